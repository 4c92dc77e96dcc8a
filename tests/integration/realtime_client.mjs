// A supabase-js client that a test drives: commands as JSON lines on stdin, what happens as JSON lines on stdout.
// Started with cwd at the folder whose node_modules has @supabase/supabase-js.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const require = createRequire(`${process.cwd()}/`);
const { createClient } = require('@supabase/supabase-js');
const [url, key, vsn] = process.argv.slice(2);
let token = key;
const client = createClient(url, key, {
  accessToken: async () => token,
  realtime: vsn === 'default' ? {} : { vsn },
});
const channels = new Map();
const tell = (name, kind, data) => process.stdout.write(`${JSON.stringify({ name, kind, data: data ?? null })}\n`);

const commands = {
  async subscribe({ name, bindings = [], config = {} }) {
    const channel = client.channel(name, { config });
    for (const binding of bindings) channel.on('postgres_changes', binding, (change) => tell(name, 'change', change));
    channel.on('broadcast', { event: '*' }, (message) => tell(name, 'broadcast', readable(message)));
    channel.on('system', {}, (message) => tell(name, 'system', message));
    if (config.presence) channel.on('presence', { event: 'sync' }, () => tell(name, 'presence', present(channel)));
    channels.set(name, channel);
    channel.subscribe((status, error) => tell(name, 'status', { status, error: error?.message ?? null }));
  },
  async set_auth({ token: fresh }) { token = fresh; await client.realtime.setAuth(); tell(null, 'done'); },
  async unsubscribe({ name }) { await client.removeChannel(channels.get(name)); tell(name, 'done'); },
  async leave_all() {
    await client.removeAllChannels();
    token = key;
    await client.realtime.setAuth();
    tell(null, 'left');
  },
  async send({ name, event, payload }) {
    tell(name, 'sent', await channels.get(name).send({ type: 'broadcast', event, payload }));
  },
  async send_bytes({ name, event, bytes }) {
    const payload = Uint8Array.from(bytes).buffer;
    tell(name, 'sent', await channels.get(name).send({ type: 'broadcast', event, payload }));
  },
  async http_send({ name, event, payload }) {
    const result = await client.channel(name).httpSend(event, payload).catch((error) => ({ error: error.message }));
    tell(name, 'sent', result);
  },
  async track({ name, payload }) { tell(name, 'tracked', await channels.get(name).track(payload)); },
  async untrack({ name }) { tell(name, 'tracked', await channels.get(name).untrack()); },
};

function readable(message) {
  const bytes = message.payload instanceof ArrayBuffer ? [...new Uint8Array(message.payload)] : undefined;
  return { event: message.event, payload: bytes ?? message.payload };
}

function present(channel) {
  const state = channel.presenceState();
  return Object.fromEntries(Object.entries(state).map(([key, metas]) => [key, metas.map(({ presence_ref, ...rest }) => rest)]));
}

createInterface({ input: process.stdin }).on('line', async (line) => {
  const { op, ...rest } = JSON.parse(line);
  try { await commands[op](rest); } catch (error) { tell(rest.name ?? null, 'failed', error.message); }
}).on('close', () => process.exit(0));
tell(null, 'ready');
