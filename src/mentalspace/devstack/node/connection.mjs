// The connection of @supabase/lite 0.10.0, made safe. Overrides methods that are not documented: pin the version
// exactly, and keep tests/integration/gateway green when it changes.
//
// lite has one connection for everything and, on a database without RLS, serves REST as its owner; it also grants
// every table to every API role. Here each part logs in as the role that does it on hosted Supabase:
//   rest     authenticator: no rights of its own, may only become an API role. A request whose role were not set
//            would be refused by Postgres, not served.
//   auth     supabase_auth_admin: owns the auth tables, sees nothing else.
//   catalog  supabase_read_only_user: information_schema shows only what its caller may read. Read-only, and no
//            request's statement ever runs on it.

import { AsyncLocalStorage } from 'node:async_hooks';
import { PostgresConnection } from '@supabase/lite/postgres';
import { sql } from 'kysely';
import { translate, unavailable } from './errors.mjs';
import { keepJson } from './json.mjs';
import { Listener } from './listener.mjs';
import { asRole, Pool } from './pool.mjs';
import {
  addSettledHeaders, API_ROLES, apply, claims, describeRequest, forbidden, isRead, loadRoleSettings, searchPath,
} from './session.mjs';
import { Types } from './types.mjs';

/** The HTTP request being served; lite passes its headers on for functions only. */
export const requests = new AsyncLocalStorage();

export class SupabaseConnection extends PostgresConnection {
  #types = new Types();
  #auth;
  #rest;
  #catalog;
  /** lite's own reading of the schema, on the catalog's connections. */
  #reader;
  #listener;
  #schemas;
  #preRequest;
  #settings = new Map();
  #cache;
  #loading;
  #generation = 0;

  constructor(url, { schemas, preRequest }) {
    super({ url });
    const types = this.#types;
    const readOnly = { default_transaction_read_only: 'on' };
    this.#auth = new Pool(url, 'supabase_auth_admin', 'auth', { max: 5, types });
    this.#rest = new Pool(url, 'authenticator', 'rest', { max: 10, types });
    this.#catalog = new Pool(url, 'supabase_read_only_user', 'catalog', { max: 2, types, settings: readOnly });
    this.#reader = new PostgresConnection({ url });
    this.#reader.kysely = this.#catalog.kysely;
    this.kysely = this.#auth.kysely;
    this.#listener = new Listener(asRole(url, 'authenticator', 'listener'), (said) => this.#reload(said));
    this.#schemas = schemas;
    this.#preRequest = preRequest;
  }

  async listen() {
    await this.#listener.listen();
  }

  async ready() {
    await sql`select 1`.execute(this.#rest.kysely);
  }

  async close() {
    await Promise.all([this.#listener, this.#auth, this.#rest, this.#catalog].map((each) => each.close()));
  }

  normalizeDbError(error) {
    return translate(super.normalizeDbError(error));
  }

  /**
   * Without a context it is Auth, on its own tables; with one it is REST: always in a role, always in a transaction.
   * lite's own withContext would first grant every table to every API role, once a table has RLS, and set no role
   * while none has.
   */
  async withContext(context, run, how) {
    if (!context) return super.withContext(context, run, how);
    const role = context.auth?.role ?? 'anon';
    if (!API_ROLES.has(role)) throw forbidden(role);
    return this.#rest.kysely.transaction().execute(async (transaction) => {
      await this.#enter(transaction, role, context.auth?.jwt, how?.rpc);
      const response = await run(transaction);
      return this.#hook && !how?.rpc ? addSettledHeaders(response, transaction) : response;
    });
  }

  async onPostgrestAST(ast, context) {
    const known = await super.onPostgrestAST(ast, context);
    return keepJson(known, await this.introspect({ useCache: true }), requests.getStore()?.method === 'POST');
  }

  async introspect({ useCache } = {}) {
    if (useCache && this.#cache) return this.#cache;
    this.#loading ??= this.#load().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  async clearSchemaCache() {
    this.#generation += 1;
    this.#cache = undefined;
  }

  async viewOptionsMetadata(name, schema) {
    return this.#reader.viewOptionsMetadata(name, schema);
  }

  async #load() {
    for (;;) {
      const generation = this.#generation;
      const found = await this.#reader.introspect();
      // lite answers a failed introspection with an empty database: every table would be a 404
      if (!found.functions) throw unavailable();
      if (generation === this.#generation) return (this.#cache = found);
    }
  }

  async #reload(said) {
    if (said !== 'reload config') {
      await this.#types.learn(this.#catalog.pool);
      await this.clearSchemaCache();
    }
    if (said !== 'reload schema') this.#settings = await loadRoleSettings(this.#catalog.kysely);
  }

  /** The function to call before every request. */
  get #hook() {
    return this.#preRequest ?? this.#settings.get('authenticator')?.get('pgrst.db_pre_request');
  }

  /** Put the transaction into the request's role. */
  async #enter(transaction, role, jwt, rpc) {
    const request = requests.getStore();
    const settings = [
      ...(this.#settings.get(role) ?? []),
      ['search_path', searchPath(request, this.#schemas)],
      ...claims(role, jwt),
      ...describeRequest(request),
      ['role', role],
    ];
    if (await this.#isReadOnly(request, rpc)) settings.push(['transaction_read_only', 'on']);
    await apply(transaction, settings);
    if (this.#hook) await sql`select ${sql.id(...this.#hook.split('.'))}()`.execute(transaction);
  }

  /** PostgREST reads in read-only transactions, and calls functions so that are declared stable or immutable. */
  async #isReadOnly(request, rpc) {
    if (isRead(request)) return true;
    if (!rpc) return false;
    const { functions } = await this.introspect({ useCache: true });
    const named = functions.filter(({ schema, name }) => this.#schemas.includes(schema) && rpc.path === `/rpc/${name}`);
    return named.length > 0 && named.every(({ volatility }) => volatility !== 'v');
  }
}
