// REST and Auth of the embedded Supabase, for the gateway in front of it. Listens on 127.0.0.1 only. Node looks for
// the packages beside this file: copy all *.mjs into the folder that holds node_modules and start it there.
//
// Environment: DATABASE_URL (each part logs in there under its own role, with this URL's password), PORT,
// JWT_SECRET, PUBLISHABLE_KEY, SECRET_KEY; optional PUBLIC_URL (the gateway's address), SITE_URL (the frontend's),
// MAIL_FILE, API_SCHEMAS (default public), PRE_REQUEST (schema.function; else the role setting of authenticator
// that hosted Supabase reads), JWT_EXPIRY (seconds), CONFIRM_EMAIL=1 (sign-ups must follow the link first).

import { serve } from '@hono/node-server';
import { App } from '@supabase/lite';
import { requests, SupabaseConnection } from './connection.mjs';
import { describe, respond } from './errors.mjs';
import { Mailbox } from './mail.mjs';

const { env } = process;
const publicUrl = env.PUBLIC_URL ?? `http://127.0.0.1:${env.PORT}`;
const siteUrl = env.SITE_URL ?? 'http://127.0.0.1:3000';
const schemas = (env.API_SCHEMAS ?? 'public').split(',').map((name) => name.trim());
// lite also serves its configuration, with the database's address, to whoever asks
const SERVED = /^\/(rest|auth)\/v1(\/|$)/;
const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';

// lite logs what Postgres refused with its detail, that is, with values of rows
console.error = (...items) => process.stderr.write(`${items.map(describe).join(' ')}\n`);

const connection = new SupabaseConnection(env.DATABASE_URL, { schemas, preRequest: env.PRE_REQUEST });
const app = new App({
  connection,
  api: {
    enabled: true,
    schemas,
    max_rows: 1000,
    // only for a malformed Authorization: a request without one is anonymous by its key. lite would serve
    // a token of the wrong shape (alg none has no signature) as anonymous; PostgREST refuses it.
    anonymous_enabled: false,
  },
  auth: {
    enabled: true,
    site_url: siteUrl,
    additional_redirect_urls: [`${publicUrl}/**`],
    jwt_secret: env.JWT_SECRET,
    jwt_expiry: Number(env.JWT_EXPIRY ?? 3600),
    enable_signup: true,
    publishable_key: env.PUBLISHABLE_KEY,
    secret_key: env.SECRET_KEY,
    email: { enable_confirmations: env.CONFIRM_EMAIL === '1' },
  },
  options: { server: { admin: false, disableStudio: true } },
});
app.server.onError((error) => {
  console.error('REST failed:', error);
  return respond(error);
});
app._mailer = new Mailbox(env.MAIL_FILE, publicUrl, siteUrl);

async function answer(request, peerAddress) {
  const { pathname } = new URL(request.url);
  if (pathname === '/ready') return ready();
  if (!SERVED.test(pathname)) return Response.json({ message: 'no such path' }, { status: 404 });
  if (request.method === 'OPTIONS' && request.headers.has('access-control-request-method')) return preflight(request);
  const response = await requests.run(request, () => serveOne(request, pathname, { peerAddress }));
  if (!response.headers.has('access-control-allow-origin')) response.headers.set('access-control-allow-origin', '*');
  return response;
}

/** lite answers HEAD on tables, but 400 on functions: there it is GET without the body. */
async function serveOne(request, pathname, context) {
  if (request.method !== 'HEAD' || !pathname.startsWith('/rest/v1/rpc/')) return app.fetch(request, context);
  const { status, headers } = await app.fetch(new Request(request, { method: 'GET' }), context);
  return new Response(null, { status, headers });
}

async function ready() {
  try {
    await connection.ready();
    return Response.json({ status: 'ready' });
  } catch {
    return Response.json({ status: 'no database' }, { status: 503 });
  }
}

function preflight(request) {
  const headers = {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': METHODS,
    'access-control-allow-headers': request.headers.get('access-control-request-headers') ?? '*',
    'access-control-max-age': '3600',
  };
  return new Response(null, { status: 204, headers });
}

try {
  await connection.listen();
} catch (error) {
  console.error('the database does not let REST in:', error);
  process.exit(1);
}
// so that the first request does not wait for it; a failure shows at the next one
connection.introspect({ useCache: true }).catch(() => {});
const server = serve({
  port: Number(env.PORT),
  hostname: '127.0.0.1',
  fetch: (request, { incoming }) => answer(request, incoming.socket.remoteAddress ?? null),
});
// the gateway reuses connections for a few seconds; closing first would lose a request now and then
server.keepAliveTimeout = 65_000;
let ending = false;
// may be told more than once
const end = () => {
  if (ending) return;
  ending = true;
  server.close();
  server.closeAllConnections?.();
  connection.close().finally(() => process.exit(0));
};
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, end);
