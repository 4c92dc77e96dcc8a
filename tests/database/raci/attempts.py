"""Attempts to change rows as a person: what the oracle says of each, and what Postgres answers.

Of the attempts, the normal run tries some of every kind (command, columns, transition, verdict) for each
table and person, always the same ones; MENTALSPACE_FULL=1 tries all.
"""

from __future__ import annotations

import json
import os
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any
from uuid import uuid4

from tests.database.raci.oracle import (
    DENIED,
    REFERENCES,
    SILENT,
    Oracle,
    Passed,
    Person,
    Row,
    Verdict,
    covers,
    matches,
)
from tests.database.raci.population import STATUSES, SUBJECTS, Population, key_column
from tests.database.raci.records import OTHER_VALUES
from tests.people import acting_as

from mentalspace.database.connection import Connection

VISITOR = Person(None, frozenset(), is_visitor=True)
TABLES = tuple(sorted(Oracle.read().parts))
IS_FULL = os.environ.get("MENTALSPACE_FULL") == "1"
# How many of one kind the normal run tries; inserts of one kind may differ in the row that they name.
SAMPLE = {"update": 2, "insert": 4, "delete": 3}


@dataclass(frozen=True)
class Attempt:
    """One command, what the oracle says of it, and words for a failure."""

    command: str
    table: str
    key: str
    values: Row
    expected: Verdict
    said: str

    @property
    def stamps(self) -> dict[str, str]:
        """What the database must have written, whatever was sent."""
        return dict(self.expected.stamps) if isinstance(self.expected, Passed) else {}


def sample(population: Population, subject: str, table: str, attempts: list[Attempt]) -> list[Attempt]:
    """Some of every kind, the same in every run; all of them in a full one."""
    if IS_FULL:
        return attempts
    # Columns that change along with a state, and never alone whatever the state.
    entries = [part.entry for part in population.oracle.parts[table]]
    accompanying = {column for entry in entries for column in _as_list(entry.get("with", []))}
    begun = sorted({column for entry in entries for column in entry.get("starts", {})})
    kinds: dict[tuple[str, ...], list[Attempt]] = defaultdict(list)
    for each in attempts:
        matters = bool({"status", *accompanying} & set(each.values))
        old = population.rows[table].get(each.key, {}) if matters else {}
        states = (str(old.get("status")), str(each.values.get("status")))
        begins = (str(each.values.get(column)) for column in begun if each.command == "insert")
        kinds[each.command, *states, *sorted(each.values), str(each.expected), *begins].append(each)
    choice = random.Random(f"{table} {subject}")  # noqa: S311  (the same in every run is the point)
    chosen = (choice.sample(kind, min(len(kind), SAMPLE[kind[0].command])) for kind in kinds.values())
    return [each for kind in chosen for each in kind]


def find_attempts(population: Population, subject: str, table: str) -> Iterator[Attempt]:
    """Attempts on the person's related rows; what is silent or closed to them is tried once per row only."""
    person, oracle = population.people.get(subject, VISITOR), population.oracle
    source = subject if subject in SUBJECTS else "therapist"
    keys = population.related.get((source, table)) or list(population.rows[table])
    for number, key in enumerate(keys):
        old = population.rows[table][key]
        for values in find_changes(population, table, old, number):
            expected = oracle.judge_update(person, table, old, {**old, **values})
            yield Attempt("update", table, key, values, expected, f"update {describe(old, values)}")
            if expected in (SILENT, DENIED):
                break
        expected = oracle.judge_delete(person, table, old)
        yield Attempt("delete", table, key, {}, expected, f"delete {describe(old, {})}")
        for new in find_inserts(population, table, old):
            expected = oracle.judge_insert(person, table, new)
            yield Attempt("insert", table, "", new, expected, f"insert {describe(new, {})}")
            if expected == DENIED:
                break


def find_changes(population: Population, table: str, old: Row, number: int) -> Iterator[Row]:
    """Every state from every state; every column alone; every entry of the YAML with all that goes along."""
    alone = [column for column in population.columns[table] if column != "updated_at"]
    other = {column: another_value(population, table, column, old) for column in alone}
    for status in STATUSES.get(table, ()):
        if status != old["status"]:
            yield {"status": status}
    # Each column alone in the first state; where the state matters, in one of the others by turns too.
    states = STATUSES.get(table, (None,))
    turn = states[number // len(states) % len(states)]
    entries = [part.entry for part in population.oracle.parts[table] if "from" in part.entry]
    by_state = {column for entry in entries for column in covers(entry)}
    for column, value in other.items():
        first = old.get("status") in (None, states[0])
        if column != "status" and (first or (old["status"] == turn and column in by_state)):
            yield {column: value}
    strays = dict(find_strays(population, table, old))
    for part in population.oracle.parts[table]:
        for values in _whole_entry(part.entry, old, other):
            yield values
            yield from ({**values, column: strays[column]} for column in strays if column in values)
    yield from ({column: stray} for column, stray in strays.items())
    if "updated_at" in population.columns[table]:
        yield {"updated_at": "2026-11-01T00:00:00+00:00"}


def _whole_entry(entry: Row, old: Row, other: dict[str, Any]) -> Iterator[Row]:
    """The entry's own change with everything that it covers, then with one column that it does not."""
    values: dict[str, Any] = {column: value[0] for column, value in _lists(entry.get("becomes", {})).items()}
    for key in ("changes", "sets", "with"):
        given = entry.get(key, [])
        values |= {column: other[column] for column in _as_list(given)}
    values = {column: value for column, value in values.items() if value != old[column]}
    fits = all(old[column] in allowed for column, allowed in _lists(entry.get("from", {})).items())
    if "command" in entry or not values or not fits:
        return
    yield values
    along = [column for column in _as_list(entry.get("with", [])) if column in values]
    if 1 < len(along) < len(values):
        own = {column: value for column, value in values.items() if column not in along}
        yield from ({**own, column: values[column]} for column in along)
    if stamps := {column: other[column] for column in entry.get("stamps", {}) if column not in values}:
        yield {**values, **stamps}
    foreign = next(
        (c for c in ("client_id", "user_id", "registration_date", "created_at") if c in other), None
    )
    if foreign and foreign not in values:
        yield {**values, foreign: other[foreign]}


def find_inserts(population: Population, table: str, old: Row) -> Iterator[Row]:
    """A new row like this one; then with each column that a new row may not begin with."""
    if old.get("status") not in (None, *STATUSES.get(table, ())[:1]):
        return
    new = {column: old[column] for column in population.columns[table] if column not in ("id", "updated_at")}
    new |= fresh_values(population, table, old)
    ways = [
        _lists(part.entry.get("starts", {}))
        for part in population.oracle.parts[table]
        if part.command == "insert"
    ]
    begun = [{**new, **{column: values[0] for column, values in way.items()}} for way in ways]
    first, *others = begun or [new]
    yield first
    yield from ({**first, column: stray} for column, stray in find_strays(population, table, old))
    if new.get("client_id"):
        yield {**first, "client_id": population.ids["foreign client"]}
    yield from others
    seen = {str(each) for each in (first, *others)}
    for begin in (first, *others):
        for each in _begin_otherwise(population, table, begin, ways):
            if str(each) not in seen:
                seen.add(str(each))
                yield each


def _begin_otherwise(
    population: Population, table: str, begun: Row, ways: list[dict[str, list[Any]]]
) -> Iterator[Row]:
    """The new row with one other value, that some way to begin allows or that none does."""
    for column in sorted({column for way in ways for column in way}):
        allowed = [value for way in ways for value in way.get(column, [])]
        for value in (*allowed, another_value(population, table, column, begun)):
            yield {**begun, column: value}
        yield from ({**begun, column: value} for value in STATUSES.get(table, ()) if column == "status")


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _lists(values: Row) -> dict[str, list[Any]]:
    return {column: value if isinstance(value, list) else [value] for column, value in values.items()}


def fresh_values(population: Population, table: str, old: Row) -> dict[str, Any]:
    """What must differ from the row that the new one is modelled on."""
    hour = population.hour()
    times = {"start_time": hour.isoformat(), "end_time": hour.replace(minute=50).isoformat()}
    return {
        "appointments": times,
        "blocked_times": times,
        "clients": {"medical_record_number": f"MRN-{uuid4()}"},
        "profiles": {
            "id": population.ids["login without profile"],
            "email": "login@mentalspace.example",
        },
        "user_roles": {"role": "client_user" if old.get("role") != "client_user" else "front_desk"},
        "service_codes": {"code": "99999"},
        "supervision_relationships": {"supervisee_id": population.ids["admin"]},
        "note_cosignatures": {"note_id": spare_note(population, old, "supervisee_id")},
        "unlock_requests": {"note_id": spare_note(population, old, "requested_by")},
        "insurance_claims": {"claim_number": str(uuid4())},
        "client_statements": {"statement_number": str(uuid4())},
        "client_documents": {"storage_path": str(uuid4())},
        "telehealth_sessions": {"room_name": str(uuid4())},
        "session_recordings": {"storage_path": str(uuid4())},
    }.get(table, {})


def another_value(population: Population, table: str, column: str, row: Row) -> Any:
    """A value that the column may hold and does not hold now, as JSON."""
    old = row[column]
    people = [population.ids["stranger"], population.ids["colleague"]]
    choices: dict[str, list[Any]] = {
        "id": [str(uuid4())],
        "client_id": [population.ids["foreign client"], population.related["therapist", "clients"][0]],
        "portal_user_id": people,
        "status": [*STATUSES.get(table, ())],
        "role": ["associate_trainee", "billing_staff"],
        "appointment_type": ["Intake", "Follow-up"],
        "service_location": ["Office", "Telehealth"],
        "preferred_days": [["Monday"], []],
        "preferred_time_of_day": ["Morning", "Evening"],
        "priority": ["Normal", "High"],
        "block_type": ["Other", "Sick"],
        "channel": ["email", "sms"],
        "code": ["99998"],
        "npi": ["1234567890"],
        "email": ["new@mentalspace.example"],
        "state": ["CA", "NY"],
        "postal_code": ["12345"],
        "ssn_encrypted": ["x" * 40],
        "phone_numbers": [[{"phone_number": "555-123-4567", "phone_type": "home"}], []],
        "date_of_birth": ["1990-01-01", "1991-01-01"],
        "start_date": [str(row.get("end_date") or "2026-01-01"), "2026-01-02"],
        "end_date": ["2998-01-01"],
        **OTHER_VALUES,
    }
    if column in REFERENCES.get(table, {}):
        return another_reference(population, table, column, row)
    if column in choices:
        return next(value for value in choices[column] if value != old)
    if column.endswith("_time"):
        return old.replace(":00:00+", ":01:00+") if column == "start_time" else old.replace(":50:", ":49:")
    if column.endswith(("_by", "_id")):
        return next(person for person in people if person != old)
    if column.endswith(("_at", "_for")) or column == "created_date":
        return "2026-11-01T00:00:00+00:00"
    if column.endswith("_date"):
        return "2998-01-02" if old == "2998-01-01" else "2998-01-01"
    if isinstance(old, bool):
        return not old
    return 30 if column in ("default_minutes", "standard_rate") else "Other words"


def another_reference(population: Population, table: str, column: str, row: Row) -> str:
    """Another row of the same chart, if there is one; else any."""
    named, agreeing = REFERENCES[table][column]
    alike = population.find_alike(named, tuple(agreeing))
    chart = alike.get(tuple(row[ours] for ours in agreeing.values()), [])
    return next(key for key in chain(chart, population.rows[named]) if key != row[column])


def find_recognised(population: Population, table: str) -> Iterator[tuple[str, Row]]:
    """For each entry of the YAML about a change a row and a change of it that is one."""
    rows = population.rows[table]
    one_of_each = {row.get("status"): (key, row) for key, row in rows.items()}.values()
    tried = [
        (key, row, values)
        for number, (key, row) in enumerate(one_of_each)
        for values in find_changes(population, table, row, number)
    ]
    for part in population.oracle.parts[table]:
        if part.command == "update":
            fitting = ((k, v) for k, row, v in tried if matches(part.entry, row, {**row, **v}))
            yield from islice(fitting, 1)


def find_strays(population: Population, table: str, row: Row) -> Iterator[tuple[str, str]]:
    """For each column that names a row, a row of another chart."""
    for column, (named, agreeing) in REFERENCES.get(table, {}).items():
        strays = (
            key
            for key, other in population.rows[named].items()
            if any(other[theirs] != row[ours] for theirs, ours in agreeing.items())
        )
        yield column, next(strays)


def spare_note(population: Population, old: Row, author: str) -> str | None:
    """A note of the same author about the same client that nothing waits for; any note, if there is none."""
    spare = population.spare_notes
    return spare.get((old.get(author), old.get("client_id"))) or next(iter(spare.values()))


def describe(row: Row, values: Row) -> str:
    facts = {
        c: row.get(c)
        for c in ("status", "provider_id", "client_id", "primary_therapist_id", "user_id")
        if c in row
    }
    return f"{facts} {dict(values)}"


async def read_as(connection: Connection, person: Person, table: str) -> set[str] | None:
    """The keys that the person sees; None when the table is closed to them."""
    statement = f"select {key_column(table)}::text as key from public.{table}".encode()
    async with acting_as(connection, person.id, role="anon" if person.is_visitor else "authenticated"):
        granted = await connection.execute(
            "select has_table_privilege(%s, 'select') as it", (f"public.{table}",)
        )
        row = await granted.fetchone()
        if not row or not row["it"]:
            return None
        return {row["key"] for row in await (await connection.execute(statement)).fetchall()}


async def try_all(connection: Connection, person: Person, attempts: list[Attempt]) -> list[str]:
    """Each attempt's answer, in one statement: every one is undone inside it."""
    sent = [
        (each.command, each.table, each.key, json.dumps(dict(each.values)), json.dumps(each.stamps))
        for each in attempts
    ]
    async with acting_as(connection, person.id, role="anon" if person.is_visitor else "authenticated"):
        cursor = await connection.execute(
            "select public.attempt(command, name, key, changes::jsonb, stamps::jsonb) as answer "
            "from unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[]) with ordinality "
            "as each (command, name, key, changes, stamps, number) order by number",
            tuple(list(column) for column in zip(*sent, strict=True)),
        )
        return [row["answer"] for row in await cursor.fetchall()]
