// How values travel between JSON and Postgres, so that clients see what PostgREST would show them.

const text = (value) => value;
const isoTime = (value) =>
  value.endsWith('infinity') ? value : value.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00');

/** lite sends some JSON as text already, some as values; encoding the text again would store a string. */
function encodeJson(value) {
  if (typeof value !== 'string') return JSON.stringify(value);
  try {
    JSON.parse(value);
    return value;
  } catch {
    return JSON.stringify(value);
  }
}

function number(value) {
  const parsed = Number(value);
  return Number.isFinite(parsed) ? parsed : value;
}

const type = (oid, serialize, parse) => ({ to: oid, from: [oid], serialize, parse });

export const types = {
  json: type(114, encodeJson, JSON.parse),
  jsonb: type(3802, encodeJson, JSON.parse),
  timestamp: type(1114, text, isoTime),
  timestamptz: type(1184, text, isoTime),
  numeric: type(1700, String, number),
  bytea: type(17, text, text),
};
