"""Enforcements in words, for documents, comments and explanations. Never connects."""

from __future__ import annotations

from collections.abc import Sequence

from mentalspace.raci.matrix import Enforcement
from mentalspace.raci.parts import Value
from mentalspace.raci.promises import Clock, Doing, Sla


def describe_enforcement(enforcement: Enforcement) -> str:
    """`appointments.status becomes Cancelled (from Scheduled or Confirmed)`."""
    condition = " and ".join(f"{column} {join_words(values)}" for column, values in enforcement.was.items())
    suffix = f" (from {condition})" if condition else ""
    return f"{_what(enforcement)}{suffix}"


def describe_refinements(enforcement: Enforcement) -> list[str]:
    """What is demanded beside duty and scope, one sentence each."""
    said = []
    if enforcement.accompanied_by:
        said.append(f"may change along: {', '.join(enforcement.accompanied_by)}")
    if enforcement.starts:
        starts = "; ".join(f"{column} {join_words(values)}" for column, values in enforcement.starts.items())
        said.append(f"a new row starts with: {starts}")
    if enforcement.stamps:
        stamps = ", ".join(f"{column} = {value}" for column, value in enforcement.stamps.items())
        said.append(f"written by the database: {stamps}")
    if enforcement.not_by:
        said.append(f"never by the person in: {', '.join(enforcement.not_by)}")
    return said


def describe_clock(sla: Sla) -> str:
    """`Runs for appointments (status No Show) from end_time, until no_show_documented_at is set`."""
    clock = sla.clock
    assert clock  # noqa: S101  (the caller asks for promises that have one)
    conditions = [f"{column} {join_words(values)}" for column, values in clock.states.items()]
    conditions += [f"{column} set" for column in clock.filled]
    conditions += [f"{clock.of_client} is the client"] if clock.of_client else []
    rows = f"{clock.table} ({', '.join(conditions)})" if conditions else clock.table
    return f"Runs for {rows} {_start(sla)}, until {_end(clock)}"


def _start(sla: Sla) -> str:
    since = sla.clock.since if sla.clock else None
    if since is None:
        return f"back from {sla.before}"
    kind = "the end of the month of " if since.month else "the end of the day of " if since.day else ""
    return f"from {kind}{since.column}"


def _end(clock: Clock) -> str:
    match clock.done:
        case str(column):
            return f"{column} is set"
        case Doing() as doing:
            states = [f"{column} {join_words(values)}" for column, values in doing.states.items()]
            states += [f"{column} set" for column in doing.filled]
            which = f" ({', '.join(states)})" if states else ""
            return f"a row of {doing.table}{which} is there"
        case None:
            return "they are in another state"


def join_words(values: Sequence[Value]) -> str:
    """`Scheduled, Confirmed or empty`."""
    words = [_word(value) for value in values]
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _what(enforcement: Enforcement) -> str:
    table = enforcement.table
    if enforcement.command == "select":
        return f"reading {table}"
    if enforcement.command:
        return {"insert": f"new rows of {table}", "delete": f"deleting rows of {table}"}[enforcement.command]
    if enforcement.becomes:
        column, values = next(iter(enforcement.becomes.items()))
        return f"{table}.{column} becomes {join_words(values)}"
    columns = join_words(enforcement.triggers)
    verb = "is set" if enforcement.sets else "is cleared" if enforcement.clears else "changes"
    return f"{table}.{columns} {verb}"


def _word(value: Value) -> str:
    if value is None:
        return "empty"
    return value if isinstance(value, str) else str(value).lower()
