"""Tasks performed as people, and what of the recorded events is not what the YAML says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from psycopg.sql import SQL, Composed, Identifier, Literal
from tests.database.raci.attempts import VISITOR, Attempt, find_attempts, find_changes, find_inserts
from tests.database.raci.oracle import Part, Passed
from tests.database.raci.population import STATUSES, SUBJECTS, Population, key_column
from tests.database.raci.recording_oracle import VOCABULARY, Change
from tests.people import acting_as

from mentalspace.database.connection import Connection

SYSTEM = "service_role"
RECORDINGS = Path(__file__).with_name("recordings.sql")
Event = dict[str, Any]


async def listen(connection: Connection) -> None:
    """From here on a try tells its events, and only its own."""
    await connection.execute(RECORDINGS.read_bytes())
    await connection.execute("delete from governance.events")


@dataclass(repr=False)
class Recordings:
    """The same as questions about one population, which listens."""

    population: Population
    _performed: dict[str, list[tuple[str, Attempt, Change]]] = field(default_factory=dict)

    def on(self, population: Population) -> Recordings:
        """The same tasks in another database with the same rows."""
        return Recordings(population, self._performed)

    def list_performed(self, table: str) -> list[tuple[str, Attempt, Change]]:
        """Who performs what there, and what the system does."""
        if table not in self._performed:
            by_system = find_changed_by_system(self.population, table)
            self._performed[table] = [*find_performed(self.population, table), *by_system]
        return self._performed[table]

    async def find_wrong_events(self, table: str, subject: str) -> list[str]:
        """Tasks of this person whose events are not what they must be."""
        wrong = []
        role = SYSTEM if subject == SYSTEM else "authenticated"
        for performer, attempt, change in self.list_performed(table):
            if performer == subject:
                answer, events = await record(self.population, change.person.id, compose(attempt), role)
                if answer == "rows 1":
                    wrong += [f"{attempt.said}: {each}" for each in differences(change, attempt, events)]
                elif subject != SYSTEM:  # Whom constraints hold up like everybody.
                    wrong.append(f"{attempt.said}: {answer}")
        return wrong


def compose(attempt: Attempt) -> Composed:
    """The statement of an attempt, its values as JSON so that each has the column's type."""
    table, key = SQL("public.{}").format(Identifier(attempt.table)), Identifier(key_column(attempt.table))
    names = SQL(", ").join(map(Identifier, attempt.values))
    row = SQL("jsonb_populate_record(null::{}, {})").format(table, Literal(json.dumps(dict(attempt.values))))
    chosen = SQL("select {} from {} as given").format(names, row)
    if attempt.command == "insert":
        return SQL("insert into {} ({}) {}").format(table, names, chosen)
    where = SQL("where {} = {}").format(key, Literal(attempt.key))
    if attempt.command == "delete":
        return SQL("delete from {} {}").format(table, where)
    return SQL("update {} set ({}) = ({}) {}").format(table, names, chosen, where)


async def record(
    population: Population, person: str | None, statement: Composed | str, role: str = "authenticated"
) -> tuple[str, list[Event]]:
    """What a statement did, and the events of it."""
    connection = population.connection
    text = statement if isinstance(statement, str) else statement.as_string(connection)
    async with acting_as(connection, person, role):
        cursor = await connection.execute("select public.attempt_recorded(%s) as it", (text,))
        row = await cursor.fetchone()
    assert row
    return row["it"]["answer"], row["it"]["events"]


def find_performed(population: Population, table: str) -> Iterator[tuple[str, Attempt, Change]]:
    """Attempts that must pass: of every kind (tasks, columns, state before, beginning) one, of somebody."""
    oracle = population.oracle
    unseen = {id(part): part for part in oracle.parts[table] if part.command != "select"}
    begun = sorted({column for part in unseen.values() for column in part.entry.get("starts", {})})
    seen: set[tuple[object, ...]] = set()
    for subject in SUBJECTS:
        person = population.people[subject]
        if not any(performs(part, subject) for part in oracle.parts[table] if part.command != "select"):
            continue
        for attempt in find_attempts(population, subject, table):
            if not isinstance(attempt.expected, Passed):
                continue
            old = population.rows[table].get(attempt.key, {})
            change = Change(oracle, person, table, attempt.command, old, {**old, **attempt.values})
            parts = [id(part) for part in change.parts()]
            begins = (str(attempt.values.get(c)) for c in begun if attempt.command == "insert")
            kind = (*parts, old.get("status"), *sorted(attempt.values), *begins)
            if kind not in seen:
                seen.add(kind)
                for part in parts:
                    unseen.pop(part, None)
                yield subject, attempt, change
    assert not unseen, [(part.task, part.entry) for part in unseen.values()]


def find_changed_by_system(population: Population, table: str) -> Iterator[tuple[str, Attempt, Change]]:
    """What nobody judges: every change of a row in each state, and new rows like these."""
    rows, oracle = population.rows[table], population.oracle
    keys = population.related.get(("therapist", table)) or list(rows)
    once = sorted({c for part in oracle.parts[table] for c in filled(part)})
    by_state = {(rows[key].get("status"), *(rows[key][c] is None for c in once)): key for key in keys}
    states = STATUSES.get(table, (None,))
    for (status, *_), key in by_state.items():
        old = rows[key]
        # The number of a row whose columns are tried one by one.
        number = states.index(status) * len(states)
        tried = [("update", key, values) for values in find_changes(population, table, old, number)]
        tried += [("insert", "", values) for values in find_inserts(population, table, old)]
        for command, row, values in tried:
            attempt = Attempt(
                command, table, row, values, Passed(), f"{command} of the system's {dict(values)}"
            )
            before = old if row else {}
            yield SYSTEM, attempt, Change(oracle, VISITOR, table, command, before, {**before, **values})


def filled(part: Part) -> list[str]:
    """Columns for which it matters whether they were empty."""
    given = [part.entry.get(key, []) for key in ("sets", "clears")]
    return [column for each in given for column in (each if isinstance(each, list) else [each])]


def performs(part: Part, subject: str) -> bool:
    return any(part.cells.get(role, "-")[0][0] in "RA" for role in SUBJECTS[subject])


def differences(change: Change, attempt: Attempt, events: list[Event]) -> Iterator[str]:
    """Where the events are not one for each task, about this row, by this person, with the facts of it."""
    role = SYSTEM if change.person.is_visitor else "authenticated"
    named = {id(event): f"{event['module']}.{event['task']}" for event in events}
    own = [event for event in events if event["table_name"] == change.table]
    if sorted(named[id(event)] for event in own) != sorted(change.tasks):
        yield f"recorded {[event['task'] for event in events]}, not {change.tasks}"
    # What a trigger of the database does elsewhere with the change is the same task of the same person; the
    # system's change may be none.
    elsewhere = [event for event in events if event not in own and change.tasks]
    yield from (f"and {event}" for event in elsewhere if named[id(event)] not in change.tasks)
    for event in own:
        facts = event["facts"]
        about = (event["table_name"], event["kind"], event["actor_id"], event["acted_as"])
        if about != (change.table, change.command, change.person.id, role):
            yield f"about {about}"
        if attempt.key and event["row_key"] != attempt.key:
            yield f"of row {event['row_key']}"
        if not facts.keys() <= VOCABULARY or ("changed" in facts) != (change.command == "update"):
            yield f"facts {facts.keys()}"
        if "changed" in facts and not change.may_change(set(facts["changed"] or ())):
            yield f"changed {facts['changed']}"
        told = {
            name: set(fact) if isinstance(fact, list) else fact
            for name, fact in facts.items()
            if name != "changed"
        }
        if told != (expected := change.facts(event["row_key"])):
            yield f"facts {told}, not {expected}"
