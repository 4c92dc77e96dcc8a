// The connection of @supabase/lite 0.10.0, made safe. Overrides methods that are not documented: pin the version
// exactly, and keep tests/integration/test_rest*.py green when it changes.
//
// lite has one connection for everything and, on a database without RLS, serves REST as its owner; it also grants
// every table to every API role. Here each part logs in as the role that does it on hosted Supabase:
//   rest     authenticator: no rights of its own, may only become an API role. A request whose role were not set
//            would be refused by Postgres, not served.
//   auth     supabase_auth_admin: owns the auth tables, sees nothing else.
//   catalog  supabase_read_only_user: information_schema shows only what its caller may read. Read-only, and no
//            request's statement ever runs on it.

import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { PostgresConnection } from '@supabase/lite/postgres';
import { sql } from 'kysely';
import postgres from 'postgres';
import { translate, unavailable } from './errors.mjs';
import { keepStrings } from './json.mjs';
import { types } from './types.mjs';

export const API_ROLES = new Set(['anon', 'authenticated', 'service_role']);
const RETRY_MILLISECONDS = 500;
/** The HTTP request being served; lite passes its headers on for functions only. */
export const requests = new AsyncLocalStorage();

const SETTINGS_OF_ROLES = sql`
  select r.rolname as role, split_part(c.entry, '=', 1) as name,
    substr(c.entry, strpos(c.entry, '=') + 1) as value
  from pg_db_role_setting s
  join pg_roles r on r.oid = s.setrole
  cross join unnest(s.setconfig) c (entry)
  left join pg_settings p on p.name = split_part(c.entry, '=', 1)
  where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
    and (p.context = 'user' or (r.rolname = 'authenticator' and c.entry like 'pgrst.%'))
  order by s.setdatabase`;

export class SupabaseConnection extends PostgresConnection {
  #rest;
  #catalog;
  #schemas;
  #preRequest;
  #settings = new Map();
  #cache;
  #loading;
  #generation = 0;
  #listener;
  #url;
  #isClosing = false;
  #isRetrying = false;

  constructor(url, { schemas, preRequest }) {
    super(options(url, 'supabase_auth_admin', 'auth', { max: 5 }));
    this.#rest = new PostgresConnection(options(url, 'authenticator', 'rest', { max: 10 }));
    this.#catalog = new PostgresConnection(
      options(url, 'supabase_read_only_user', 'catalog', { max: 2 }, { default_transaction_read_only: 'on' }),
    );
    this.#url = url;
    inferBooleans(this.#rest.driver);
    this.#schemas = schemas;
    this.#preRequest = preRequest;
  }

  /** Follow `notify pgrst, 'reload schema' | 'reload config'`; what was said while disconnected counts as both. */
  async listen() {
    // the driver's own listen() gives up when the server is away for a moment
    this.#listener = postgres(asRole(this.#url, 'authenticator'), {
      max: 1,
      idle_timeout: null,
      max_lifetime: null,
      fetch_types: false,
      connection: { application_name: 'mentalspace listener' },
      onnotice: () => {},
      onnotify: (_, what) => this.#reload(what).catch(() => {}),
      onclose: () => this.#listenAgain(),
    });
    await this.#listener.unsafe('listen pgrst');
    await this.#reload('');
  }

  async #listenAgain() {
    if (this.#isRetrying) return;
    this.#isRetrying = true;
    if (!this.#isClosing) console.error('the database closed the connection; trying again until it is back');
    while (!this.#isClosing) {
      await delay(RETRY_MILLISECONDS);
      try {
        await this.#listener.unsafe('listen pgrst');
        this.#isRetrying = false;
        return await this.#reload('');
      } catch {
        // still away
      }
    }
  }

  async #reload(what) {
    if (what !== 'reload config') this.clearSchemaCache();
    if (what !== 'reload schema') await this.#loadSettings();
  }

  async ready() {
    await sql`select 1`.execute(this.#rest.kysely);
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
      await this.#enter(transaction, role, context, how?.rpc);
      const response = await run(transaction);
      return how?.rpc || !this.#preRequestNow() ? response : addHeaders(response, await settledHeaders(transaction));
    });
  }

  async onPostgrestAST(ast, context) {
    const known = await super.onPostgrestAST(ast, context);
    return keepStrings(known, await this.introspect({ useCache: true }), requests.getStore()?.method === 'POST');
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
    return this.#catalog.viewOptionsMetadata(name, schema);
  }

  async close() {
    this.#isClosing = true;
    await Promise.all([super.close(), this.#rest.close(), this.#catalog.close(), this.#listener?.end()]);
  }

  async #load() {
    for (;;) {
      const generation = this.#generation;
      const found = await this.#catalog.introspect();
      // lite answers a failed introspection with an empty database: every table would be a 404
      if (!found.functions) throw unavailable();
      if (generation === this.#generation) return (this.#cache = found);
    }
  }

  async #loadSettings() {
    const { rows } = await SETTINGS_OF_ROLES.execute(this.#catalog.kysely);
    const settings = new Map();
    for (const { role, name, value } of rows) {
      settings.set(role, (settings.get(role) ?? new Map()).set(name, value));
    }
    this.#settings = settings;
  }

  #preRequestNow() {
    return this.#preRequest ?? this.#settings.get('authenticator')?.get('pgrst.db_pre_request');
  }

  /** One statement puts the transaction into the request's role; what the request may see starts after it. */
  async #enter(transaction, role, context, rpc) {
    const request = requests.getStore();
    const settings = [
      ...(this.#settings.get(role) ?? []),
      ['search_path', this.#searchPath(request)],
      ...claims(role, context.auth?.jwt),
      ...(request ? describeRequest(request) : []),
      ['role', role],
    ];
    if (request && (await this.#isReadOnly(request, rpc))) settings.push(['transaction_read_only', 'on']);
    const calls = settings.map(([name, value]) => sql`set_config(${name}, ${value}, true)`);
    await sql`select ${sql.join(calls)}`.execute(transaction);
    const hook = this.#preRequestNow();
    if (hook) await sql`select ${sql.id(...hook.split('.'))}()`.execute(transaction);
  }

  #searchPath(request) {
    const header = request && (isRead(request) ? 'accept-profile' : 'content-profile');
    const asked = request?.headers.get(header);
    const schema = this.#schemas.includes(asked) ? asked : this.#schemas[0];
    return [...new Set([schema, 'public', 'extensions'])].map((name) => `"${name}"`).join(', ');
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

const isRead = ({ method }) => method === 'GET' || method === 'HEAD';

function options(url, role, part, pool, settings = {}) {
  const connection = { application_name: `mentalspace ${part}`, ...settings };
  return { url: asRole(url, role), postgresOptions: { types, connection, onnotice: () => {}, ...pool } };
}

function asRole(url, role) {
  const address = new URL(url);
  address.username = role;
  return address.href;
}

/**
 * Let Postgres say what a boolean parameter is: the driver declares it boolean, and so refuses true for a json
 * column and `text = true` for a filter that reads `eq.true`.
 */
function inferBooleans(driver) {
  const reserve = driver.reserve;
  driver.reserve = async () => {
    const reserved = await reserve();
    const unsafe = reserved.unsafe;
    const infer = (value) => (typeof value === 'boolean' ? driver.typed(value, 0) : value);
    reserved.unsafe = (text, values, how) => unsafe(text, values?.map(infer), how);
    return reserved;
  };
}

/** Both spellings: the JSON claims that PostgREST sets, and the older one-claim settings that auth.uid() prefers. */
function claims(role, jwt) {
  const all = jwt ?? { role };
  return [
    ['request.jwt.claims', JSON.stringify(all)],
    ['request.jwt.claim.sub', String(all.sub ?? '')],
    ['request.jwt.claim.role', role],
    ['request.jwt.claim.email', String(all.email ?? '')],
  ];
}

function describeRequest(request) {
  return [
    ['request.method', request.method],
    ['request.path', new URL(request.url).pathname.replace(/^\/rest\/v1/, '') || '/'],
    ['request.headers', JSON.stringify(Object.fromEntries(request.headers))],
  ];
}

/** What Postgres itself says when authenticator tries: raised before, for any role not of the API. */
function forbidden(role) {
  const message = `permission denied to set role "${role}"`;
  return Object.assign(new Error(message), { code: '42501', severity: 'ERROR' });
}

/** lite reads response.headers after functions only; a pre-request function speaks on every request. */
async function settledHeaders(transaction) {
  const { rows } = await sql`select current_setting('response.headers', true) as headers`.execute(transaction);
  return rows[0].headers ? JSON.parse(rows[0].headers) : [];
}

function addHeaders(response, headers) {
  for (const header of headers) {
    for (const [name, value] of Object.entries(header)) response.headers.set(name, value);
  }
  return response;
}
