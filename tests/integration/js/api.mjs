// What supabase-js sees of the stack: one object of observations on stdout, judged by test_supabase_js.py.
// Environment: SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, SUPABASE_SECRET_KEY, LEGACY_KEY (the anon JWT).

import { createClient } from '@supabase/supabase-js';

const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, SUPABASE_SECRET_KEY, LEGACY_KEY } = process.env;
const PASSWORD = 'correct horse battery';
const email = `probe-js-${Date.now()}@mentalspace.example`;
// Node 20 has no WebSocket, and nothing here opens one.
const options = {
  auth: { persistSession: false, autoRefreshToken: false },
  realtime: { transport: globalThis.WebSocket ?? class {} },
};
const connect = (key) => createClient(SUPABASE_URL, key, options);
const visitor = connect(SUPABASE_PUBLISHABLE_KEY);
const service = connect(SUPABASE_SECRET_KEY);
const problem = ({ error, status }) => ({ status: error?.status ?? status, code: error?.code, hint: error?.hint });

async function auth() {
  const signedUp = await visitor.auth.signUp({ email, password: PASSWORD, options: { data: { nick: 'Bo' } } });
  const { data: wrong, error } = await visitor.auth.signInWithPassword({ email, password: 'wrong' });
  const signedIn = await visitor.auth.signInWithPassword({ email, password: PASSWORD });
  const { data: user } = await visitor.auth.getUser();
  const { data: claims } = await visitor.auth.getClaims();
  const refreshed = await visitor.auth.refreshSession();
  return {
    nick: signedUp.data.user?.user_metadata.nick,
    wrong: { session: wrong.session, ...problem({ error }) },
    sameUser: signedIn.data.user?.id === user.user?.id,
    email: user.user?.email === email,
    claims: claims?.claims && Object.keys(claims.claims).sort(),
    rotated: refreshed.data.session?.refresh_token !== signedIn.data.session?.refresh_token,
    factors: await visitor.auth.mfa.listFactors().then(({ data }) => data?.all),
  };
}

async function rows() {
  const books = visitor.from('probe_books');
  const inserted = await books
    .insert([{ title: 'one', price: 9.5, extra: { a: ['1'] }, code: email }, { title: 'two', pages: 2, code: null }])
    .select('title, price, pages, extra, read_at, tags');
  const counted = await visitor.from('probe_books').select('*', { count: 'exact', head: true });
  const updated = await visitor.from('probe_books').update({ read_at: '2026-11-22T01:08:27.85Z' }).eq('title', 'one').select('read_at').single();
  const upserted = await visitor.from('probe_books').upsert({ code: email, title: 'uno' }, { onConflict: 'code' }).select('title');
  const embedded = await visitor.from('probe_books').select('title, probe_notes(body), probe_shelves(name)').order('title').limit(1);
  const page = await visitor.from('probe_books').select('title', { count: 'exact' }).order('title').range(1, 1);
  const none = await visitor.from('probe_books').select('title').eq('title', 'none').maybeSingle();
  const many = await visitor.from('probe_books').select('title').single();
  const removed = await visitor.from('probe_books').delete().eq('title', 'two').select('title');
  return {
    inserted: inserted.data,
    counted: counted.count,
    updated: updated.data,
    upserted: upserted.data,
    embedded: embedded.data,
    page: { data: page.data, count: page.count },
    none: { data: none.data, error: none.error },
    many: problem(many),
    removed: removed.data,
  };
}

async function functions() {
  const call = async (name, args, how) => (await visitor.rpc(name, args, how)).data;
  return {
    scalar: await call('probe_add', { a: 2, b: 3 }),
    read: await call('probe_add', { a: 2, b: 3 }, { get: true }),
    table: await call('probe_titles', { least_pages: 1 }),
    nothing: await call('probe_nothing'),
    json: await call('probe_kind', { value: { a: [1, '2'] } }),
    uid: (await call('probe_context')).uid === (await visitor.auth.getUser()).data.user.id,
    raised: await visitor.rpc('probe_raise', { code: 'P0001' }).then(({ error, status }) => ({ status, ...error })),
    absent: problem(await visitor.functions.invoke('nosuch').then(({ error }) => ({ status: error.context.status }))),
  };
}

async function refusals() {
  const stranger = connect(SUPABASE_PUBLISHABLE_KEY);
  const legacy = connect(LEGACY_KEY);
  const wrong = connect('sb_publishable_wrong');
  return {
    visitor: problem(await stranger.from('probe_books').select()),
    duplicate: problem(await visitor.from('probe_books').insert({ title: 'x', code: email })),
    check: problem(await visitor.from('probe_books').insert({ title: '' })),
    foreign: problem(await visitor.from('probe_books').insert({ title: 'x', shelf_id: 0 })),
    wrongKey: problem(await wrong.from('probe_shelves').select()),
    legacy: (await legacy.from('probe_shelves').select()).status,
    storage: (await visitor.storage.listBuckets()).error?.message,
  };
}

async function admin() {
  const { data: listed } = await service.auth.admin.listUsers({ page: 1, perPage: 1 });
  const { data: created } = await service.auth.admin.createUser({ email: `a${email}`, password: PASSWORD, email_confirm: true });
  const { data: banned } = await service.auth.admin.updateUserById(created.user.id, { ban_duration: '1h' });
  const signIn = await connect(SUPABASE_PUBLISHABLE_KEY).auth.signInWithPassword({ email: `a${email}`, password: PASSWORD });
  const { error: notAdmin } = await visitor.auth.admin.listUsers();
  const { data: link } = await service.auth.admin.generateLink({ type: 'recovery', email });
  const verified = await connect(SUPABASE_PUBLISHABLE_KEY).auth.verifyOtp({ type: 'recovery', token_hash: link.properties.hashed_token });
  const { error: deleted } = await service.auth.admin.deleteUser(created.user.id);
  return {
    total: typeof listed.total,
    page: listed.users.length,
    banned: Boolean(banned.user.banned_until),
    signIn: problem(signIn),
    notAdmin: problem({ error: notAdmin }),
    recovered: verified.data.user?.email === email,
    deleted,
    bypasses: (await service.from('probe_books').select('code').eq('code', email)).data,
  };
}

const observations = {
  auth: await auth(),
  rows: await rows(),
  functions: await functions(),
  refusals: await refusals(),
  admin: await admin(),
};
const { error } = await visitor.auth.signOut();
observations.signOut = { error, after: problem(await visitor.from('probe_books').select()) };
process.stdout.write(JSON.stringify(observations));
