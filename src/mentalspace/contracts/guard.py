"""Which SQL a contract may hold: predicates over known columns, and single read-only selects. Never connects.

A contract is reviewed, not hostile; the guard keeps mistakes and surprises out, and fails closed: a function
that is not on the list is refused. What runs is confined once more, by a read-only transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import OptimizeError, SqlglotError
from sqlglot.optimizer.qualify import qualify
from sqlglot.tokenizer_core import Token, TokenType

from mentalspace.contracts.contract import Contracts
from mentalspace.contracts.contradictions import unknown_column

DIALECT = "postgres"
Columns = Mapping[str, tuple[str, ...]]

# Functions that neither write nor wait, by the names that sqlglot gives them; `now()` is CURRENT_TIMESTAMP.
_KNOWN_WORDS = """
    ABS ALL AND ANY ARRAY ARRAY_CONTAINED_BY ARRAY_CONTAINS_ALL ARRAY_OVERLAPS AVG CASE CAST CEIL COALESCE
    CONCAT COUNT CURRENT_DATE CURRENT_TIMESTAMP DATE_PART EXISTS EXTRACT FLOOR GREATEST IF INITCAP
    JSONB_EXTRACT
    JSONB_EXTRACT_SCALAR JSON_EXTRACT JSON_EXTRACT_SCALAR LEAST LEFT LENGTH LOWER MAX MIN NULLIF OR POSITION
    REGEXP_I_LIKE REGEXP_LIKE REPLACE RIGHT ROUND STARTS_WITH STR_POSITION SUBSTRING SUM TIMESTAMP_TRUNC TRIM
    TRUNC UPPER
"""
_OTHER_WORDS = """
    array_position btrim cardinality char_length date_trunc isfinite jsonb_array_length jsonb_typeof
    make_interval num_nonnulls num_nulls octet_length pg_input_is_valid translate
"""
_KNOWN = frozenset(_KNOWN_WORDS.split())
_OTHERS = frozenset(_OTHER_WORDS.split())
# Questions that the workspace answers itself: governance.are_…(), governance.is_…().
_OWN_SCHEMA, _OWN_PREFIXES = "governance", ("are_", "is_")
_WRITING = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Into, exp.Lock, exp.Command, exp.DDL)
_UNWELCOME = {
    TokenType.SEMICOLON: "a semicolon",
    TokenType.PARAMETER: "a parameter",
    TokenType.PLACEHOLDER: "a parameter",
    TokenType.HEREDOC_STRING: "a dollar-quoted string",
    TokenType.BYTE_STRING: "an escape string",
}


def check_predicate(text: str, own: str, columns: Columns, *, qualified: bool = False) -> Iterator[str]:
    """What is wrong with a predicate over the rows of `own`; `columns` has every table it may name.

    A column without a table is the row's own; `qualified` demands that every column names its table.
    """
    try:
        tree = _parse(text)
    except ValueError as error:
        yield str(error)
        return
    if not isinstance(tree, exp.Query) and not isinstance(tree, exp.Condition):
        yield "write a condition"
        return
    if tree.find(exp.Query):
        yield "no select inside a predicate; write rows of other tables under having or without"
        return
    yield from _find_strange_functions(tree)
    for column in tree.find_all(exp.Column):
        yield from _check_column(column, own, columns, qualified=qualified)


def check_query(text: str, contracts: Contracts) -> Iterator[str]:
    """What is wrong with a query: it must be one select that only reads tables with a contract."""
    try:
        tree = _parse(text)
    except ValueError as error:
        yield str(error)
        return
    if not isinstance(tree, exp.Query) or tree.find(*_WRITING):
        yield "write one select that reads and nothing else"
        return
    problems = [*_find_strange_functions(tree), *_find_strange_tables(tree, contracts)]
    yield from problems or _find_strange_columns(tree, contracts)


def find_columns(text: str) -> tuple[str, ...]:
    """The columns that a sound predicate names, without their tables, in alphabetical order."""
    return tuple(sorted({column.name for column in _parse(text).find_all(exp.Column)}))


def find_named_columns(text: str) -> frozenset[str]:
    """The columns that a sound predicate or query may read, of whichever table; `*` if it may read all."""
    tree = _parse(text)
    stars = any(not isinstance(star.parent, exp.Count) for star in tree.find_all(exp.Star))
    return frozenset({column.name for column in tree.find_all(exp.Column)} | ({"*"} if stars else set()))


def find_tables(text: str) -> tuple[str, ...]:
    """The tables that a sound query reads, in alphabetical order."""
    return tuple(
        sorted({f"{table.db}.{table.name}" for table in _parse(text).find_all(exp.Table) if table.db})
    )


def reads_clock(text: str) -> bool:
    """Whether a sound predicate looks at the time, so that its answer changes by itself."""
    return _parse(text).find(exp.CurrentTimestamp, exp.CurrentDate) is not None


def find_own_functions(text: str) -> tuple[str, ...]:
    """The functions of the workspace that a sound predicate or query asks, in alphabetical order."""
    calls = (each for each in _parse(text).find_all(exp.Anonymous) if isinstance(each.parent, exp.Dot))
    return tuple(sorted({f"{_OWN_SCHEMA}.{call.name}" for call in calls}))


def parse_condition(text: str) -> exp.Expr:
    """A sound condition as a tree that others share: copy it before you change it."""
    return _parse(text)


@cache
def _parse(text: str) -> exp.Expr:
    for token in _tokenize(text):
        if token.comments:
            raise ValueError("no comments in SQL; say it in the description")
        if token.token_type in _UNWELCOME:
            raise ValueError(f"no {_UNWELCOME[token.token_type].removeprefix('a ')} in SQL")
    try:
        trees = sqlglot.parse(text, read=DIALECT)
    except SqlglotError as error:
        raise ValueError(f"not SQL: {_first_line(error)}") from error
    if len(trees) != 1 or trees[0] is None:
        raise ValueError("write exactly one expression")
    return trees[0]


def _tokenize(text: str) -> list[Token]:
    try:
        return sqlglot.tokenize(text, read=DIALECT)
    except SqlglotError as error:
        raise ValueError(f"not SQL: {_first_line(error)}") from error


def _first_line(error: SqlglotError) -> str:
    return str(error).splitlines()[0].split(" Line 1,")[0].rstrip(".")


def _find_strange_functions(tree: exp.Expr) -> Iterator[str]:
    for function in tree.find_all(exp.Func):
        if isinstance(function, exp.Anonymous):
            if not _is_known(function):
                yield f"function {function.name}() is not on the list of docs/contracts.md"
        elif function.sql_name() not in _KNOWN:
            yield f"function {function.sql_name().lower()} is not on the list of docs/contracts.md"


def _is_known(function: exp.Anonymous) -> bool:
    parent = function.parent
    if isinstance(parent, exp.Dot) and parent.expression is function:
        return parent.this.name == _OWN_SCHEMA and str(function.name).startswith(_OWN_PREFIXES)
    return function.name in _OTHERS


def _check_column(column: exp.Column, own: str, columns: Columns, *, qualified: bool) -> Iterator[str]:
    if not column.table and qualified:
        yield f"write {own}.{column.name} or <other table>.{column.name}, so that it is clear whose it is"
        return
    table = column.table or own
    if table not in columns:
        yield f"{table}.{column.name}: no such table here; write one of {', '.join(sorted(columns))}"
    elif column.name not in columns[table]:
        yield unknown_column(table, column.name, columns[table])


def _find_strange_tables(tree: exp.Expr, contracts: Contracts) -> Iterator[str]:
    known = {contract.table.qualified_name for contract in contracts.values()}
    named = {f".{cte.alias}" for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            yield "no functions among the tables of a query"
        elif f"{table.db}.{table.name}" not in known | named:
            name = f"{table.db}.{table.name}".removeprefix(".")
            yield f"{name} is not a table with a contract; write one of {', '.join(sorted(known))}"


def _find_strange_columns(tree: exp.Expr, contracts: Contracts) -> Iterator[str]:
    schema: dict[str, Any] = {}
    for contract in contracts.values():
        table = contract.table
        types = {column.name: column.physical_type for column in table.columns}
        schema.setdefault(table.schema_name, {})[table.name] = types
    try:
        qualify(tree.copy(), schema=schema, dialect=DIALECT)
    except OptimizeError as error:
        yield _first_line(error).split(". Line:")[0]
