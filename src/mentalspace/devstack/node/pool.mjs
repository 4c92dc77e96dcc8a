// Connections of one role, through `pg` (it comes with lite, at the version of the lock file).
//
// lite's own driver, postgres 3.4.9, is never connected: when the server closes a connection that is lent out, it
// ends the process, or goes on with it after it was lent to somebody else (its issues 1154 and 1208). And it declares
// the types of parameters, where PostgREST lets Postgres infer them.

import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';

const CONNECT_MILLISECONDS = 5_000;
const IDLE_MILLISECONDS = 60_000;

export class Pool {
  /** `settings` hold for every session; `types` parses what comes back. */
  constructor(url, role, part, { max, types, settings = {} }) {
    this.pool = new pg.Pool({
      ...asRole(url, role, part),
      max,
      types,
      options: Object.entries({ TimeZone: 'UTC', ...settings }).map(([name, value]) => `-c ${name}=${value}`).join(' '),
      connectionTimeoutMillis: CONNECT_MILLISECONDS,
      idleTimeoutMillis: IDLE_MILLISECONDS,
    });
    // a connection that breaks is replaced, and who uses it is told by the next query; unheard, it ends the process
    this.pool.on('error', () => {});
    this.pool.on('connect', (client) => client.on('error', () => {}));
    this.kysely = new Kysely({ dialect: new PostgresDialect({ pool: this.pool }) });
  }

  close() {
    return this.pool.end();
  }
}

/** Where to connect as this role, with the password of the URL. */
export function asRole(url, role, part) {
  const address = new URL(url);
  address.username = role;
  return { connectionString: address.href, application_name: `mentalspace ${part}` };
}
