"""SQL of rules: when is a row wrong, and which rows are. Names come from contracts that were checked.

Never connects. A predicate calls the row's table by its name, and another row of the same table `twin`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from mentalspace.contracts.contract import Table
from mentalspace.contracts.identifiers import ident, idents
from mentalspace.contracts.rule import (
    Accepted,
    Complete,
    Counterpart,
    FailsWhen,
    Fresh,
    NoOverlap,
    Refers,
    Unique,
    Volume,
)

TWIN = "twin"
_SPAN = re.compile(r"^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$")


def quote(value: object) -> str:
    """A value of a contract as a literal."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def both(*parts: str | None) -> str:
    """All parts that there are; `true` if there are none."""
    given = [f"({part})" for part in parts if part and part != "true"]
    return " and ".join(given) or "true"


def key_of(table: Table) -> str:
    """The primary key of a row as text; several columns are joined by commas."""
    columns = [f"{table.name}.{ident(column)}::text" for column in table.primary_key]
    return columns[0] if len(columns) == 1 else f"concat_ws(',', {', '.join(columns)})"


def incomplete(spec: Complete) -> str:
    """A column of the row has no value."""
    parts = [f"{ident(column)} is null" for column in spec.columns]
    if spec.missing:
        values = ", ".join(quote(value) for value in spec.missing)
        parts += [f"{ident(column)}::text in ({values})" for column in spec.columns]
    return " or ".join(parts)


def unacceptable(spec: Accepted, *, is_text: bool) -> str:
    """A column of the row has a value that is not accepted."""
    name = ident(spec.column)
    text = name if is_text else f"{name}::text"
    parts = []
    if spec.values:
        words = any(isinstance(value, str) for value in spec.values)
        parts.append(f"{text if words else name} not in ({', '.join(quote(value) for value in spec.values)})")
    if spec.pattern:
        parts.append(f"{text} !~ {quote(spec.pattern)}")
    return " or ".join(parts)


def failure(own: str, spec: FailsWhen, relations: Mapping[str, str]) -> str:
    """The row is in the state that must not be, beside rows that exist or do not."""
    having = [_exists(own, other, relations) for other in spec.having]
    without = [f"not {_exists(own, other, relations)}" for other in spec.without]
    parts = [] if spec.predicate == "true" else [f"({spec.predicate})"]
    return " and ".join([*parts, *having, *without])


def orphaned(own: str, spec: Refers, target: str) -> str:
    """The row refers to one that does not exist."""
    name = f"{own}.{ident(spec.column)}"
    found = f"select from {target} as target where target.{ident(spec.to_column)} = {name}"
    return f"{name} is not null and not exists ({found})"


def has_twin(table: Table, spec: Unique) -> str:
    """Another row agrees with the row in all columns."""
    conditions = [same(table, spec.columns), _is_other(table), both(table.live, spec.where)]
    twin = f"select from {table.qualified_name} as {TWIN} where {' and '.join(conditions)}"
    return both(spec.where, f"exists ({twin})")


def twins(table: Table, spec: Unique) -> str:
    """The keys of all rows that agree with another."""
    columns = idents(spec.columns)
    rows = f"from {table.qualified_name} as {table.name}"
    alive = both(table.live, spec.where, *(f"{ident(column)} is not null" for column in spec.columns))
    several = f"select {columns} {rows} where {alive} group by {columns} having count(*) > 1"
    wanted = f"({columns})" if len(spec.columns) > 1 else columns
    return f"select {key_of(table)} as key {rows} where {alive} and {wanted} in ({several})"


def overlaps(table: Table, spec: NoOverlap) -> str:
    """Another row of the same owner shares time with the row."""
    own, start, end = table.name, ident(spec.start), ident(spec.end)
    conditions = [
        same(table, spec.within),
        shares_time(table, spec),
        f"{TWIN}.{end} > {TWIN}.{start}",
        _is_other(table),
        both(table.live, spec.where),
    ]
    twin = f"select from {table.qualified_name} as {TWIN} where {' and '.join(conditions)}"
    return both(spec.where, f"{own}.{end} > {own}.{start}", f"exists ({twin})")


def shares_time(table: Table, spec: NoOverlap) -> str:
    """The spans of the row and of its twin have an instant in common."""
    own, start, end = table.name, ident(spec.start), ident(spec.end)
    return f"{TWIN}.{start} < {own}.{end} and {TWIN}.{end} > {own}.{start}"


def overlapping(table: Table, spec: NoOverlap) -> str:
    """The keys of all rows that share time with another: sorted once, each looks at its neighbours.

    One window for both looks (`lead` does not mind the frame), and no key is made of a row that is right.
    """
    start, end = ident(spec.start), ident(spec.end)
    known = [f"{ident(column)} is not null" for column in spec.within]
    frame = "rows between unbounded preceding and 1 preceding"
    window = f"(partition by {idents(spec.within)} order by {start} {frame})"
    own = f"{idents(table.primary_key)}, {start} as starts, {end} as ends"
    return (
        f"select {key_of(table)} as key from (select {own}, "
        f"max({end}) over {window} as reached, lead({start}) over {window} as next "
        f"from {table.qualified_name} as {table.name} "
        f"where {both(table.live, spec.where, f'{end} > {start}', *known)}) as {table.name} "
        f"where reached > starts or next < ends"
    )


def stale(table: Table, spec: Fresh) -> str:
    """1 when the newest row is too old, else 0."""
    newest = f"max({ident(spec.column)}) < now() - interval {quote(interval(spec.within))}"
    return f"select case when {newest} then 1 else 0 end {_rows(table)}"


def volume(table: Table, spec: Volume) -> str:
    """1 when there are too few rows or too many, else 0."""
    low = [f"count(*) < {spec.minimum}"] if spec.minimum is not None else []
    high = [f"count(*) > {spec.maximum}"] if spec.maximum is not None else []
    return f"select case when {' or '.join([*low, *high])} then 1 else 0 end {_rows(table)}"


def interval(span: str) -> str:
    """`P14DT2H` as Postgres reads it."""
    match = _SPAN.match(span)
    parts: Iterable[tuple[str | None, str]] = zip(
        match.groups() if match else (), ("days", "hours", "minutes"), strict=False
    )
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def _rows(table: Table) -> str:
    return f"from {table.qualified_name} as {table.name} where {both(table.live)}"


def same(table: Table, columns: tuple[str, ...]) -> str:
    """The row and its twin agree in the columns."""
    return " and ".join(f"{TWIN}.{ident(column)} = {table.name}.{ident(column)}" for column in columns)


def _is_other(table: Table) -> str:
    def row(name: str) -> str:
        return ", ".join(f"{name}.{ident(column)}" for column in table.primary_key)

    return f"({row(TWIN)}) <> ({row(table.name)})"


def _exists(own: str, other: Counterpart, relations: Mapping[str, str]) -> str:
    matched = [f"{other.name}.{ident(theirs)} = {own}.{ident(ours)}" for theirs, ours in other.match.items()]
    narrowed = [f"({other.where})"] if other.where else []
    conditions = " and ".join([*matched, *narrowed])
    return f"exists (select from {relations[other.table]} as {other.name} where {conditions})"
