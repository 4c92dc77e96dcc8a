// What Postgres refuses, answered as PostgREST answers it.
//
// lite 0.10.0 turns many SQLSTATEs into a 500 without code, details and hint. It does pass on whatever a
// function raises with SQLSTATE 'PGRST' (message: the body, detail: the status), so refusals are put into that form.

/** HTTP status by SQLSTATE, else by its class, else 400: the table of PostgREST's error page. */
const BY_CODE = {
  23503: 409, 23505: 409, 25006: 405, 53400: 500, '57P01': 503, P0001: 400,
};
const BY_CLASS = {
  '08': 503, '09': 500, '0L': 403, '0P': 403, 25: 500, 28: 403, '2D': 500, 38: 500, 39: 500, '3B': 500, 40: 500,
  53: 503, 54: 500, 55: 500, 57: 500, 58: 500, F0: 500, HV: 500, P0: 500, XX: 500,
};
// lite answers these itself, and rightly: it rewrites its own SQL's wording to the request's.
const LITE_ANSWERS = /^(42|PT|PGRST)/;
// what the driver says of a connection that broke or was not made: by code, or in words alone
const CONNECTION = /^(ECONN|ENOTFOUND|ETIMEDOUT|EPIPE)|^Connection terminated|not queryable|^timeout exceeded/;

export function statusOf(code, message = '') {
  if (code === '21000') return message.endsWith('requires a WHERE clause') ? 400 : 500;
  if (code === '22023') return /^role .* does not exist$/.test(message) ? 401 : 400;
  return BY_CODE[code] ?? BY_CLASS[code.slice(0, 2)] ?? 400;
}

/** The error lite should see instead of `error`; the same one where lite answers rightly. */
export function translate(error) {
  const code = error?.code;
  if (CONNECTION.test(code ?? error?.message)) return unavailable();
  if (typeof code !== 'string') return error;
  if (!error.severity || LITE_ANSWERS.test(code)) return error;
  const { message, detail, hint } = error;
  return refusal(statusOf(code, message), { code, message, details: detail, hint });
}

export function unavailable() {
  return refusal(503, {
    code: 'PGRST000',
    message: 'Database connection error. Retrying the connection.',
  });
}

function refusal(status, { code, message, details = null, hint = null }) {
  const error = new Error(JSON.stringify({ code, message, details, hint }));
  return Object.assign(error, { code: 'PGRST', sqlstate: code, detail: JSON.stringify({ status, headers: {} }) });
}

/** What is thrown where lite does not look for refusals, such as while it reads the schema. */
export function respond(error) {
  const known = translate(error);
  const isRefusal = known?.code === 'PGRST';
  const body = isRefusal ? JSON.parse(known.message) : { code: 'SUP', message: 'Internal server error' };
  const status = isRefusal ? JSON.parse(known.detail).status : 500;
  return Response.json({ details: null, hint: null, ...body }, { status });
}

/** One log line for anything thrown: its kind and code. Messages and details of Postgres hold rows' values. */
export function describe(item) {
  if (item === null || typeof item !== 'object') return String(item);
  const name = item.name && item.name !== 'Error' ? item.name : 'error';
  return [name, item.sqlstate ?? item.code].filter(Boolean).join(' ');
}
