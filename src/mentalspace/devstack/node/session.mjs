// What a request's transaction is told before it runs, as PostgREST tells it.

import { sql } from 'kysely';

export const API_ROLES = new Set(['anon', 'authenticated', 'service_role']);

/** Settings of the API roles that any user may change, and what `authenticator` says to PostgREST. */
const OF_ROLES = sql`
  select r.rolname as role, split_part(c.entry, '=', 1) as name,
    substr(c.entry, strpos(c.entry, '=') + 1) as value
  from pg_db_role_setting s
  join pg_roles r on r.oid = s.setrole
  cross join unnest(s.setconfig) c (entry)
  left join pg_settings p on p.name = split_part(c.entry, '=', 1)
  where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
    and (p.context = 'user' or (r.rolname = 'authenticator' and c.entry like 'pgrst.%'))
  order by s.setdatabase`;

/** Settings by role: a map of maps. */
export async function loadRoleSettings(kysely) {
  const { rows } = await OF_ROLES.execute(kysely);
  const settings = new Map();
  for (const { role, name, value } of rows) {
    settings.set(role, (settings.get(role) ?? new Map()).set(name, value));
  }
  return settings;
}

/** Set all of them for the rest of the transaction, in one statement and in their order. */
export async function apply(transaction, settings) {
  const calls = settings.map(([name, value]) => sql`set_config(${name}, ${value}, true)`);
  await sql`select ${sql.join(calls)}`.execute(transaction);
}

/** Both spellings: the JSON claims that PostgREST sets, and the older one-claim settings that auth.uid() prefers. */
export function claims(role, jwt) {
  const all = jwt ?? { role };
  return [
    ['request.jwt.claims', JSON.stringify(all)],
    ['request.jwt.claim.sub', String(all.sub ?? '')],
    ['request.jwt.claim.role', role],
    ['request.jwt.claim.email', String(all.email ?? '')],
  ];
}

export function describeRequest(request) {
  return [
    ['request.method', request.method],
    ['request.path', new URL(request.url).pathname.replace(/^\/rest\/v1/, '') || '/'],
    ['request.headers', JSON.stringify(Object.fromEntries(request.headers))],
  ];
}

/** The schema that the request names, if it is exposed, then what PostgREST always adds on Supabase. */
export function searchPath(request, schemas) {
  const asked = request?.headers.get(isRead(request) ? 'accept-profile' : 'content-profile');
  const schema = schemas.includes(asked) ? asked : schemas[0];
  return [...new Set([schema, 'public', 'extensions'])].map((name) => `"${name}"`).join(', ');
}

export const isRead = ({ method }) => method === 'GET' || method === 'HEAD';

/** What Postgres itself says when authenticator tries: said before, for any role not of the API. */
export function forbidden(role) {
  const message = `permission denied to set role "${role}"`;
  return Object.assign(new Error(message), { code: '42501', severity: 'ERROR' });
}

/** lite reads response.headers after functions only; a pre-request function speaks on every request. */
export async function addSettledHeaders(response, transaction) {
  const { rows } = await sql`select current_setting('response.headers', true) as headers`.execute(transaction);
  for (const header of rows[0].headers ? JSON.parse(rows[0].headers) : []) {
    for (const [name, value] of Object.entries(header)) response.headers.set(name, value);
  }
  return response;
}
