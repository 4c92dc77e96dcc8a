// How values of Postgres become JSON, so that clients see what PostgREST would show them.

import pg from 'pg';

const isoTime = (text) =>
  text.endsWith('infinity') ? text : text.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00');

/** As a number where one holds it; NaN and infinity stay text, and so does what is too large to be exact. */
function number(text) {
  const value = Number(text);
  return Number.isFinite(value) && (Number.isSafeInteger(value) || !Number.isInteger(value)) ? value : text;
}

const PARSERS = new Map([
  [16, (text) => text === 't'],
  [20, number],
  [21, number],
  [23, number],
  [26, number],
  [114, JSON.parse],
  [700, number],
  [701, number],
  [1114, isoTime],
  [1184, isoTime],
  [1700, number],
  [3802, JSON.parse],
]);

/** Parsers by type; the array types of a database, enums' too, are known once it was asked. */
export class Types {
  #elements = new Map();

  /** Read which types are arrays of which. */
  async learn(pool) {
    const { rows } = await pool.query("select oid, typelem from pg_type where typcategory = 'A' and typelem <> 0");
    this.#elements = new Map(rows.map(({ oid, typelem }) => [oid, typelem]));
  }

  getTypeParser(oid, format) {
    return format === 'binary' ? pg.types.getTypeParser(oid, format) : this.#parser(oid);
  }

  #parser(oid) {
    const element = this.#elements.get(oid);
    if (element === undefined) return PARSERS.get(oid) ?? String;
    const parse = this.#parser(element);
    return (text) => pg.types.arrayParser.create(text, parse).parse();
  }
}
