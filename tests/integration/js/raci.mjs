// The frontend's three questions about RACI, asked by each person with supabase-js: one object of answers on stdout,
// judged by test_raci_from_supabase_js.py. Environment: SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY; QUESTIONS on stdin:
// { people: { login: [[module, task, duty]] }, password }.

import { createClient } from '@supabase/supabase-js';

const { SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY } = process.env;
const AT_ONCE = 8;
// Node 20 has no WebSocket, and nothing here opens one.
const options = {
  auth: { persistSession: false, autoRefreshToken: false },
  realtime: { transport: globalThis.WebSocket ?? class {} },
};
const connect = () => createClient(SUPABASE_URL, SUPABASE_PUBLISHABLE_KEY, options);

async function read() {
  let text = '';
  for await (const chunk of process.stdin) text += chunk;
  return JSON.parse(text);
}

async function answers(client, tasks) {
  const given = [];
  const ask = async ([module, task, duty], number) => {
    const all = await client.rpc('get_raci_permissions', { module, task });
    const one = await client.rpc('has_raci_permission', { module, task, duty });
    given[number] = { all: all.data, one: one.data, codes: [all.error?.code, one.error?.code], status: one.status };
  };
  for (let start = 0; start < tasks.length; start += AT_ONCE) {
    await Promise.all(tasks.slice(start, start + AT_ONCE).map((each, number) => ask(each, start + number)));
  }
  return given;
}

async function observe(client, tasks) {
  const matrix = await client.from('raci_matrix').select('module, task, role, duties, scope, can_perform, version');
  return {
    matrix: matrix.data,
    status: matrix.status,
    code: matrix.error?.code,
    answers: await answers(client, tasks),
  };
}

const { people, password } = await read();
const seen = { visitor: await observe(connect(), Object.values(people)[0].slice(0, 2)) };
for (const [login, tasks] of Object.entries(people)) {
  const client = connect();
  const { error } = await client.auth.signInWithPassword({ email: `${login}@mentalspace.example`, password });
  if (error) throw error;
  seen[login] = await observe(client, tasks);
}
process.stdout.write(JSON.stringify(seen));
