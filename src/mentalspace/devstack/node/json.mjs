// JSON stays what the client sent. lite 0.10.0 reads a string given for a json column or argument as JSON text, so
// that "5" would be stored as the number 5, and hands arrays and objects to the driver, which takes arrays for
// Postgres arrays. Quoted for each reading on the way, the value arrives as the text of itself.

const isJson = (type) => /^jsonb?$/.test(type ?? '');
const quote = (value) => JSON.stringify(value);

/** The request as lite parsed it, with the values meant for json columns and arguments quoted. */
export function keepJson(ast, { columns, functions }, fromBody) {
  if (ast.values && ast.from) {
    const names = jsonColumns(columns, ast.schema ?? 'public', ast.from);
    // once for lite's reading, once to be text
    return { ...ast, values: eachRow(ast.values, (row) => quoteIn(row, names, (value) => quote(quote(value)))) };
  }
  // arguments in a URL are JSON text, as they are for PostgREST; in a body lite quotes all but strings
  if (ast.function && fromBody && isObject(ast.args)) {
    const names = jsonArguments(functions, ast.schema ?? 'public', ast.function);
    return { ...ast, args: quoteIn(ast.args, names, (value) => (typeof value === 'string' ? quote(value) : value)) };
  }
  return ast;
}

function jsonColumns(columns, schema, table) {
  const own = columns.filter((column) => column.table === table && column.schema === schema && isJson(column.pg_type));
  return new Set(own.map(({ name }) => name));
}

function jsonArguments(functions, schema, name) {
  const named = functions.filter((each) => each.schema === schema && each.name === name);
  return new Set(named.flatMap(({ arg_names, arg_types }) => arg_names.filter((_, index) => isJson(arg_types[index]))));
}

function quoteIn(row, names, quoted) {
  if (!isObject(row)) return row;
  const pairs = Object.entries(row);
  return Object.fromEntries(
    pairs.map(([name, value]) => [name, names.has(name) && value !== null ? quoted(value) : value]),
  );
}

const eachRow = (values, change) => (Array.isArray(values) ? values.map(change) : change(values));
const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
