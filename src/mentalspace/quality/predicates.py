"""SQL of rules: when is a row wrong, and which rows are. Names come from contracts that were checked.

Never connects. A predicate calls the row's table by its name, and another row of the same table `twin`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from mentalspace.contracts.contract import Table
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
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"


def both(*parts: str | None) -> str:
    """All parts that there are; `true` if there are none."""
    given = [f"({part})" for part in parts if part and part != "true"]
    return " and ".join(given) or "true"


def key_of(table: Table, alias: str | None = None) -> str:
    """The primary key of a row as text; several columns are joined by commas."""
    name = alias or table.name
    columns = [f"{name}.{column}::text" for column in table.primary_key]
    return columns[0] if len(columns) == 1 else f"concat_ws(',', {', '.join(columns)})"


def incomplete(spec: Complete) -> str:
    """A column of the row has no value."""
    parts = [f"{column} is null" for column in spec.columns]
    if spec.missing:
        values = ", ".join(quote(value) for value in spec.missing)
        parts += [f"{column}::text in ({values})" for column in spec.columns]
    return " or ".join(parts)


def unacceptable(spec: Accepted, *, is_text: bool) -> str:
    """A column of the row has a value that is not accepted."""
    column = spec.column if is_text else f"{spec.column}::text"
    parts = []
    if spec.values:
        texts = all(isinstance(value, str) for value in spec.values)
        name = column if texts else spec.column
        parts.append(f"{name} not in ({', '.join(quote(value) for value in spec.values)})")
    if spec.pattern:
        parts.append(f"{column} !~ {quote(spec.pattern)}")
    return " or ".join(parts)


def failure(own: str, spec: FailsWhen, relations: Mapping[str, str]) -> str:
    """The row is in the state that must not be, beside rows that exist or do not."""
    having = [_exists(own, other, relations) for other in spec.having]
    without = [f"not {_exists(own, other, relations)}" for other in spec.without]
    parts = [] if spec.predicate == "true" else [f"({spec.predicate})"]
    return " and ".join([*parts, *having, *without])


def orphaned(own: str, spec: Refers, target: str) -> str:
    """The row refers to one that does not exist."""
    return (
        f"{own}.{spec.column} is not null and not exists "
        f"(select from {target} as target where target.{spec.to_column} = {own}.{spec.column})"
    )


def has_twin(table: Table, spec: Unique) -> str:
    """Another row agrees with the row in all columns."""
    same = " and ".join(f"{TWIN}.{column} = {table.name}.{column}" for column in spec.columns)
    twin = f"select from {table.qualified_name} as {TWIN} where {same} and {_is_other(table)}"
    return both(spec.where, f"exists ({twin} and {both(table.live, spec.where)})")


def twins(table: Table, spec: Unique) -> str:
    """The keys of all rows that agree with another."""
    columns = ", ".join(spec.columns)
    rows = f"from {table.qualified_name} as {table.name}"
    alive = both(table.live, spec.where, *(f"{column} is not null" for column in spec.columns))
    several = f"select {columns} {rows} where {alive} group by {columns} having count(*) > 1"
    wanted = f"({columns})" if len(spec.columns) > 1 else columns
    return f"select {key_of(table)} as key {rows} where {alive} and {wanted} in ({several})"


def overlaps(table: Table, spec: NoOverlap) -> str:
    """Another row of the same owner shares time with the row."""
    own, start, end = table.name, spec.start, spec.end
    same = " and ".join(f"{TWIN}.{column} = {own}.{column}" for column in spec.within)
    shared = (
        f"{TWIN}.{start} < {own}.{end} and {TWIN}.{end} > {own}.{start} and {TWIN}.{end} > {TWIN}.{start}"
    )
    twin = f"select from {table.qualified_name} as {TWIN} where {same} and {shared} and {_is_other(table)}"
    return both(
        spec.where, f"{own}.{end} > {own}.{start}", f"exists ({twin} and {both(table.live, spec.where)})"
    )


def overlapping(table: Table, spec: NoOverlap) -> str:
    """The keys of all rows that share time with another: sorted once, each looks at its neighbours."""
    owner, start, end = ", ".join(spec.within), spec.start, spec.end
    alive = both(table.live, spec.where, f"{end} > {start}", *(f"{each} is not null" for each in spec.within))
    order = f"partition by {owner} order by {start}, {', '.join(table.primary_key)}"
    return (
        f"select key from (select {key_of(table)} as key, {start} as starts, {end} as ends, "
        f"max({end}) over ({order} rows between unbounded preceding and 1 preceding) as reached, "
        f"lead({start}) over ({order}) as next "
        f"from {table.qualified_name} as {table.name} where {alive}) as neighbours "
        f"where reached > starts or next < ends"
    )


def stale(table: Table, spec: Fresh) -> str:
    """1 when the newest row is too old, else 0."""
    newest = f"max({spec.column}) < now() - interval {quote(interval(spec.within))}"
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


def _is_other(table: Table) -> str:
    def row(name: str) -> str:
        return ", ".join(f"{name}.{column}" for column in table.primary_key)

    return f"({row(TWIN)}) <> ({row(table.name)})"


def _exists(own: str, other: Counterpart, relations: Mapping[str, str]) -> str:
    matched = " and ".join(f"{other.name}.{theirs} = {own}.{ours}" for theirs, ours in other.match.items())
    narrowed = f" and ({other.where})" if other.where else ""
    return f"exists (select from {relations[other.table]} as {other.name} where {matched}{narrowed})"
