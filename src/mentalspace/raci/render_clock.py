"""Clocks to SQL: the rows that wait for a task and are due before a moment. Never connects.

The statement takes the moment that is now ($1), the one before which rows must be due ($2), and the
practice's time zone ($3): hours are counted as they pass, days and weeks on the wall clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mentalspace.raci.literals import one_of, quote
from mentalspace.raci.parts import Value
from mentalspace.raci.promises import Clock, Comparison, Doing, Since, Sla
from mentalspace.raci.tables import Table

_WALL = "$3"


def render_clock(sla: Sla, tables: Mapping[str, Table]) -> str:
    """One select: key, when it is due, whose it is, and the client."""
    clock = sla.clock
    assert clock  # noqa: S101  (the caller asks for promises that have one)
    table = tables[clock.table]
    due = _due(sla, clock)
    owners = ", ".join(f"line.{column}" for column in table.owner)
    client = f"line.{table.client}" if table.client else "null::uuid"
    conditions = "\n  and ".join(_conditions(sla, clock, tables, due))
    return (
        f"select line.id::text, {due},\n"
        f"  array_remove(array[{owners}]::uuid[], null), {client}\n"
        f"from public.{table.name} as line\n"
        f"where {conditions}"
    )


def _conditions(sla: Sla, clock: Clock, tables: Mapping[str, Table], due: str) -> Iterator[str]:
    table = tables[clock.table]
    if table.live:
        yield f"({table.live})"
    yield from _states("line", clock.states)
    yield from (f"line.{column} is not null" for column in clock.filled)
    if clock.of_client:
        yield (
            "exists (select from public.clients as client "
            f"where client.id = line.{table.client} and client.portal_user_id = line.{clock.of_client})"
        )
    yield f"{due} < $2"
    if sla.before:
        yield f"line.{sla.before} > $1"
    if clock.came and not clock.notice:
        yield f"line.{clock.came} < {due}"
    match clock.done:
        case str(column):
            yield f"line.{column} is null"
        case Doing() as doing:
            yield _not_done(doing, tables[doing.table])
        case None:
            pass


def _not_done(doing: Doing, table: Table) -> str:
    conditions = [
        *([f"({table.live})"] if table.live else []),
        *map(_compare, doing.comparisons),
        *_states("done", doing.states),
        *(f"done.{column} is not null" for column in doing.filled),
    ]
    found = f"select from public.{table.name} as done\n    where {' and '.join(conditions)}"
    return f"not exists (\n    {found}\n  )"


def _compare(each: Comparison) -> str:
    test = f"done.{each.column} {each.operator} line.{each.other}"
    return f"(done.{each.column} is null or {test})" if each.or_empty else test


def _states(alias: str, states: Mapping[str, tuple[Value, ...]]) -> Iterator[str]:
    return (one_of(f"{alias}.{column}", values) for column, values in states.items())


def _due(sla: Sla, clock: Clock) -> str:
    if clock.since:
        return _move(*_start(clock.since), "+", sla.allowed)
    due = _move(f"line.{sla.before}", None, "-", sla.allowed)
    if clock.came and clock.notice:
        return f"greatest({due}, {_move(f'line.{clock.came}', None, '+', clock.notice)})"
    return due


def _start(since: Since) -> tuple[str, str | None]:
    """The moment that starts the clock, and the same on the wall clock where that is what is known."""
    if since.day:
        wall = f"(line.{since.day} + 1)::timestamp"
        return f"({wall} at time zone {_WALL})", wall
    if since.month:
        wall = f"(date_trunc('month', line.{since.month}::timestamp) + interval '1 month')"
        return f"({wall} at time zone {_WALL})", wall
    return f"line.{since.moment}", None


def _move(moment: str, wall: str | None, sign: str, duration: str) -> str:
    """Hours as they pass; days as the calendar says, whatever the clocks did meanwhile."""
    step = f"{sign} interval {quote(duration)}"
    if duration.split()[1].startswith(("day", "week")):
        return f"(({wall or f'{moment} at time zone {_WALL}'} {step}) at time zone {_WALL})"
    return f"({moment} {step})"
