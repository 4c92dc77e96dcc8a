"""Which rows must be judged again after a change, or after time has passed. Pure; never connects.

A row's answer follows from the row itself, from the rows of other tables that match it, from its twins (the
rows of its own table that it is compared with), and from the clock. So it can only have changed if

    the row changed                             judged by its key
    a matching row changed                      rows that match it as it was, or as it is
    a twin came                                 rows that are twins of a changed row as it is
    a twin went                                 rows that were wrong: without a twin a row can only get better
    the boundary of a comparison passed it      rows whose value lies between the boundary then and now

What is not of this kind is judged whole each time, and `full_because` says why.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from mentalspace.contracts.contract import Contracts, Table
from mentalspace.contracts.guard import find_own_functions, find_tables, reads_clock
from mentalspace.contracts.identifiers import ident
from mentalspace.contracts.moments import Moment, UnsoundClockError, find_moments
from mentalspace.contracts.physical_types import canonical_type
from mentalspace.contracts.rule import Counterpart, FailsWhen, Fresh, NoOverlap, Query, Refers, Unique
from mentalspace.quality.check import Boundary, Incremental, Watch
from mentalspace.quality.predicates import TWIN, both, key_of, same, shares_time

SINCE, UNTIL = "$2", "$3"
# Types whose values a captured image gives back exactly.
_EXACT = (
    *("uuid", "text", "character varying", "smallint", "integer", "bigint", "numeric", "boolean", "date"),
    *("timestamp with time zone", "timestamp without time zone"),
)


class UnsoundError(ValueError):
    """Changed rows are not enough to answer the rule."""


def plan_passes(contracts: Contracts, table: Table, spec: Any) -> Incremental:
    """How a rule about the rows of a table is answered after changes."""
    planner = _Planner(contracts, table)
    if table.live and reads_clock(table.live):
        return Incremental(full_because="which rows are in use depends on the time")
    try:
        return planner.plan(spec)
    except (UnsoundError, UnsoundClockError) as error:
        return Incremental(full_because=str(error))


class _Planner:
    def __init__(self, contracts: Contracts, table: Table) -> None:
        self.contracts = contracts
        self.table = table

    def plan(self, spec: Any) -> Incremental:
        match spec:
            case FailsWhen():
                return self._failure(spec)
            case Refers():
                return self._build([self._match(self._target(spec), {spec.to_column: spec.column})])
            case Unique():
                condition = same(self.table, spec.columns)
                return self._twins(spec.where, condition)
            case NoOverlap():
                condition = f"{same(self.table, spec.within)} and {shares_time(self.table, spec)}"
                return self._twins(spec.where, condition)
            case Query():
                return self._number(find_tables(spec.query), spec.query)
            case Fresh():
                raise UnsoundError("the newest row grows older by itself; one number is read")
            case _ if hasattr(spec, "columns") or hasattr(spec, "column"):
                return self._build([])
            case _:
                return self._number((self.table.qualified_name,), "true")

    def _failure(self, spec: FailsWhen) -> Incremental:
        others = (*spec.having, *spec.without)
        watches = [self._match(self.contracts[other.table].table, other.match) for other in others]
        texts = [spec.predicate, *(other.where for other in others if other.where)]
        own = [self._boundary(moment) for moment in find_moments(spec.predicate)]
        theirs = [boundary for other in others for boundary in self._their_boundaries(other)]
        return self._build(watches, [*own, *theirs], texts)

    def _target(self, spec: Refers) -> Table:
        if spec.to_table not in self.contracts:
            raise UnsoundError(f"{spec.to_table} has no contract: nobody tells of its changes")
        return self.contracts[spec.to_table].table

    def _twins(self, where: str | None, condition: str) -> Incremental:
        if where and reads_clock(where):
            raise UnsoundError("it compares rows with each other, and which ones depends on the time")
        return self._build([*self._came_and_went(condition)], texts=[where] if where else [])

    def _number(self, tables: Sequence[str], query: str) -> Incremental:
        if reads_clock(query):
            raise UnsoundError("it is one number, and it depends on the time")
        relations = {f"{name}" for name in (self.table.qualified_name, *tables)}
        return Incremental(
            watches=tuple(Watch(relation=name) for name in sorted(relations)),
            functions=find_own_functions(query),
            relations=tuple(sorted(relations)),
        )

    def _build(
        self, watches: Sequence[Watch], boundaries: Sequence[Boundary] = (), texts: Sequence[str] = ()
    ) -> Incremental:
        texts = [*texts, *([self.table.live] if self.table.live else [])]
        every = tuple(dict.fromkeys([self._changed(), *watches]))
        return Incremental(
            watches=every,
            boundaries=tuple(dict.fromkeys(boundaries)),
            functions=tuple(sorted({name for text in texts for name in find_own_functions(text)})),
            relations=tuple(sorted({watch.relation for watch in every})),
        )

    def _changed(self) -> Watch:
        """The row itself; one that is gone is judged, too: it is wrong no more."""
        table, key = self.table, self.table.primary_key
        return Watch(
            relation=table.qualified_name,
            columns=key,
            source=f"{_images(table, key)} left join {_named(table)} on {_agree(table.name, key)}",
            key=_key_of_changed(key),
        )

    def _match(self, other: Table, match: dict[str, str]) -> Watch:
        """Rows that match a row of another table as it was, or as it is."""
        table, on = self.table, _agree(self.table.name, tuple(match.values()))
        return Watch(
            relation=other.qualified_name,
            columns=tuple(match),
            source=f"{_images(other, tuple(match))} join {_named(table)} on {on}",
            key=key_of(table),
        )

    def _came_and_went(self, condition: str) -> Iterator[Watch]:
        table, key = self.table, self.table.primary_key
        twins = f"{_images(table, key)} join {table.qualified_name} as {TWIN} on {_agree(TWIN, key)}"
        yield Watch(
            relation=table.qualified_name,
            columns=key,
            source=self._found(f"{twins} join {_named(table)} on {condition}"),
            key=key_of(table),
        )
        yield Watch(
            relation=table.qualified_name,
            columns=key,
            source=f"jsonb_to_recordset($1) as image (key text) join {_named(table)} on {self._is_key()}",
            key=key_of(table),
            rows="failing",
        )

    def _is_key(self) -> str:
        """The row has the key that was kept; one column is compared as it is, so that its index serves."""
        key = self.table.primary_key
        if len(key) > 1:
            return f"{key_of(self.table)} = image.key"
        return f"{self.table.name}.{ident(key[0])} = image.key::{_type(self.table, key[0])}"

    def _found(self, source: str) -> str:
        """Rows of the table that a source has, each once, with no other table beside them.

        Rules write their columns without a table: they must not be taken for another's.
        """
        table, key = self.table, self.table.primary_key
        columns = ", ".join(
            f"{table.name}.{ident(column)} as {_changed_name(place)}" for place, column in enumerate(key)
        )
        return (
            f"(select distinct {columns} from {source}) as changed "
            f"join {_named(table)} on {_agree(table.name, key)}"
        )

    def _boundary(self, moment: Moment) -> Boundary:
        return Boundary(source=_named(self.table), condition=_between(moment))

    def _their_boundaries(self, other: Counterpart) -> Iterator[Boundary]:
        on = " and ".join(
            f"{other.name}.{ident(theirs)} = {self.table.name}.{ident(own)}"
            for theirs, own in other.match.items()
        )
        relation = self.contracts[other.table].table.qualified_name
        for moment in find_moments(other.where or "true"):
            source = f"{_named(self.table)} join {relation} as {other.name} on {on} where {_between(moment)}"
            yield Boundary(source=self._found(source))


def _between(moment: Moment) -> str:
    """The value lies between the boundary then and now, whichever is the later: clocks are set back."""
    then, now = moment.boundary_at(SINCE), moment.boundary_at(UNTIL)
    return f"{moment.value} between least({then}, {now}) and greatest({then}, {now})"


def _images(table: Table, columns: tuple[str, ...]) -> str:
    typed = ", ".join(f"{ident(column)} {_type(table, column)}" for column in columns)
    named = ", ".join(f"{ident(column)} as {_changed_name(place)}" for place, column in enumerate(columns))
    return (
        f"(select distinct {named} from jsonb_to_recordset($1) as image ({typed})"
        f" where {both(*(f'{ident(column)} is not null' for column in columns))}) as changed"
    )


def _changed_name(place: int) -> str:
    """No column of a table is called so: rules write theirs without a table."""
    return f"changed_{place + 1}"


def _agree(name: str, columns: tuple[str, ...]) -> str:
    """The row called so has the values of the changed one."""
    pairs = (f"{name}.{ident(column)} = {_changed_name(place)}" for place, column in enumerate(columns))
    return " and ".join(pairs)


def _key_of_changed(columns: tuple[str, ...]) -> str:
    """Like `key_of`, of a row that may be gone."""
    parts = [f"{_changed_name(place)}::text" for place in range(len(columns))]
    return parts[0] if len(parts) == 1 else f"concat_ws(',', {', '.join(parts)})"


def _type(table: Table, name: str) -> str:
    column = table.column(name)
    kind = canonical_type(column.physical_type) if column else ""
    if kind.partition("(")[0] not in _EXACT and "." not in kind:
        raise UnsoundError(f"rows cannot be found by {table.name}.{name}, which is {kind}")
    return kind


def _named(table: Table) -> str:
    return f"{table.qualified_name} as {table.name}"
