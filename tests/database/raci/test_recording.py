"""Every task of the matrix is performed: exactly its event is recorded, with what the YAML says of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from psycopg.sql import SQL, Composed, Identifier, Literal
from tests.conftest import Server
from tests.database.raci.attempts import Attempt, find_attempts
from tests.database.raci.oracle import Oracle, Part, Passed
from tests.database.raci.population import SUBJECTS, Population, key_column, populate
from tests.database.raci.recording_oracle import VOCABULARY, Change
from tests.people import acting_as, refused

from mentalspace.database.connection import connect

RECORDINGS = Path(__file__).with_name("recordings.sql")
pytestmark = pytest.mark.asyncio(loop_scope="module")
CANCEL = "update public.appointments set status = 'Cancelled', notes = 'told by phone' where id = {}"
Event = dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def population(server: Server, migrated_template: str) -> AsyncIterator[Population]:
    url = await server.clone(migrated_template)
    async with connect(url) as connection:
        await connection.execute(RECORDINGS.read_bytes())
        population = await populate(connection)
        await connection.execute("delete from governance.events")
        yield population
    await server.drop(url)


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
    """Attempts that must pass, until every entry of the YAML about this table has had two of them."""
    oracle = population.oracle
    wanted = {id(part): 2 for part in oracle.parts[table] if part.command != "select"}
    for subject in SUBJECTS:
        person = population.people[subject]
        if not any(
            wanted[key] and performs(part, subject)
            for part in oracle.parts[table]
            if (key := id(part)) in wanted
        ):
            continue
        for attempt in find_attempts(population, subject, table):
            if not isinstance(attempt.expected, Passed):
                continue
            old = population.rows[table].get(attempt.key, {})
            change = Change(oracle, person, table, attempt.command, old, {**old, **attempt.values})
            if any(wanted[id(part)] for part in change.parts()):
                for part in change.parts():
                    wanted[id(part)] = max(0, wanted[id(part)] - 1)
                yield subject, attempt, change
    unseen = [(part.task, part.entry) for part in oracle.parts[table] if wanted.get(id(part)) == 2]
    assert not unseen, "entries that nobody performed"


def performs(part: Part, subject: str) -> bool:
    return any(part.cells.get(role, "-")[0][0] in "RA" for role in SUBJECTS[subject])


def differences(change: Change, attempt: Attempt, events: list[Event]) -> Iterator[str]:
    """Where the events are not one for each task, about this row, by this person, with the facts of it."""
    named = {id(event): f"{event['module']}.{event['task']}" for event in events}
    own = [event for event in events if event["table_name"] == change.table]
    if sorted(named[id(event)] for event in own) != sorted(change.tasks):
        yield f"recorded {[event['task'] for event in events]}, not {change.tasks}"
    # What a trigger of the database does elsewhere with the change is the same task of the same person.
    yield from (
        f"and {event}" for event in events if event not in own and named[id(event)] not in change.tasks
    )
    for event in own:
        facts = event["facts"]
        about = (event["table_name"], event["kind"], event["actor_id"], event["acted_as"])
        if about != (change.table, change.command, change.person.id, "authenticated"):
            yield f"about {about}"
        if attempt.key and event["row_key"] != attempt.key:
            yield f"of row {event['row_key']}"
        if not facts.keys() <= VOCABULARY or ("changed" in facts) != (change.command == "update"):
            yield f"facts {facts.keys()}"
        if "changed" in facts and not change.may_change(set(facts["changed"])):
            yield f"changed {facts['changed']}"
        told = {
            name: set(fact) if isinstance(fact, list) else fact
            for name, fact in facts.items()
            if name != "changed"
        }
        if told != (expected := change.facts(event["row_key"])):
            yield f"facts {told}, not {expected}"


@pytest.mark.parametrize("table", sorted(Oracle.read().parts))
async def test_every_task_is_recorded_once(population: Population, table: str) -> None:
    wrong, count = [], 0
    for subject, attempt, change in find_performed(population, table):
        answer, events = await record(population, change.person.id, compose(attempt))
        count += 1
        found = [answer] if answer != "rows 1" else list(differences(change, attempt, events))
        wrong += [f"{subject}: {attempt.said}: {each}" for each in found]
    assert not wrong, f"{len(wrong)} of {count}\n" + "\n".join(wrong[:20])
    assert count or all(part.command == "select" for part in population.oracle.parts[table])


@pytest.fixture
def appointment(population: Population) -> str:
    """A scheduled one of the therapist's, whom the front desk can cancel it for."""
    rows = population.rows["appointments"]
    return next(
        key
        for key in population.related["therapist", "appointments"]
        if rows[key]["status"] == "Scheduled"
        and rows[key]["provider_id"] == population.people["therapist"].id
    )


def cancel(appointment: str) -> str:
    return CANCEL.format(f"'{appointment}'")


@pytest.mark.parametrize("role", ["service_role", "postgres"])
async def test_the_system_is_recorded_as_the_system(
    population: Population, appointment: str, role: str
) -> None:
    answer, events = await record(population, population.people["front_desk"].id, cancel(appointment), role)
    assert (answer, len(events)) == ("rows 1", 1)
    assert (events[0]["task"], events[0]["actor_id"], events[0]["acted_as"]) == (
        "cancel_appointment",
        None,
        role,
    )


async def test_a_payment_of_the_systems_is_one_task(population: Population) -> None:
    client = population.related["therapist", "clients"][0]
    statement = (
        "insert into public.payment_records (client_id, payer_type, payment_method, amount) "
        f"values ('{client}', 'Client', 'Card', 10)"
    )
    _, events = await record(population, None, statement, "service_role")
    assert [event["task"] for event in events] == ["post_payment"]


async def test_a_refused_change_leaves_nothing(population: Population, appointment: str) -> None:
    answer, events = await record(population, population.people["client_user"].id, cancel(appointment))
    assert (answer, events) == ("rows 0", [])
    answer, events = await record(population, population.people["billing_staff"].id, cancel(appointment))
    assert not answer.startswith("rows 1")
    assert events == []


async def test_what_changes_nothing_is_no_event(population: Population, appointment: str) -> None:
    desk = population.people["front_desk"].id
    same = f"update public.appointments set status = status, notes = notes where id = '{appointment}'"
    assert await record(population, desk, same) == ("rows 1", [])
    code = next(iter(population.rows["service_codes"]))
    again = (
        f"insert into public.service_codes (code, description) values ('{code}', 'x') on conflict do nothing"
    )
    assert await record(population, population.people["billing_staff"].id, again) == ("rows 0", [])


async def test_each_row_is_an_event(population: Population) -> None:
    rows, mine = population.rows["appointments"], population.related["therapist", "appointments"]
    keys = [key for key in mine if rows[key]["status"] == "Scheduled"][:7]
    listed = ", ".join(f"'{key}'" for key in keys)
    statement = f"update public.appointments set status = 'Cancelled' where id in ({listed})"
    _, events = await record(population, population.people["front_desk"].id, statement)
    assert sorted(event["row_key"] for event in events) == sorted(keys)


async def test_who_gives_up_a_duty_with_it_is_recorded(population: Population) -> None:
    """By the time of the event the administrator is none any more."""
    connection, admin = population.connection, population.people["administrator"].id
    statement = f"delete from public.user_roles where user_id = '{admin}' and role = 'administrator'"
    answer, events = await record(population, admin, statement)
    assert (answer, [event["task"] for event in events]) == ("rows 1", ["revoke_role"])
    edit = f"update public.profiles set first_name = 'Else', title = 'None' where id = '{admin}'"
    both = f"with gone as ({statement}) {edit}"
    async with connection.transaction(force_rollback=True):
        answer, events = await record(population, admin, both)
    assert answer == "rows 1"
    assert {event["task"] for event in events} >= {"revoke_role", "manage_profiles"}


async def test_a_change_that_cannot_be_recorded_is_refused(population: Population, appointment: str) -> None:
    connection = population.connection
    async with connection.transaction(force_rollback=True):
        await connection.execute(
            "alter table governance.events add constraint no_room check (module <> 'scheduling') not valid"
        )
        answer, events = await record(population, population.people["front_desk"].id, cancel(appointment))
    assert (answer[:5], events) == ("23514", [])


@pytest.mark.parametrize("role", ["anon", "authenticated", "service_role"])
async def test_nobody_forges_or_suppresses(population: Population, role: str) -> None:
    connection, person = population.connection, population.people["front_desk"].id
    forged = "'{m.t}', 'UPDATE', 'appointments', '1', '{}', false, '{}', '{}', '{}', '{}'"
    recorder = "governance.record_appointments()"
    async with acting_as(connection, person, role):
        for statement in (
            f"select governance.record_tasks({forged})",
            "select governance.record_event('scheduling', 'cancel_appointment', 'appointments', '1')",
            "delete from governance.events",
            "update governance.events set died_at = now()",
            "alter table public.appointments disable trigger _raci_record",
            "drop trigger _raci_record on public.appointments",
            f"create trigger mine before update on public.appointments execute function {recorder}",
            f"create or replace function {recorder} returns trigger language plpgsql as 'begin end'",
            "truncate governance.events",
            "set local session_replication_role = replica",
        ):
            async with refused(connection):
                await connection.execute(statement.encode())


async def test_every_way_of_silencing_a_recorder_is_noticed(population: Population, appointment: str) -> None:
    """That is what the tests above are for: without the trigger they find nothing."""
    connection, desk = population.connection, population.people["front_desk"].id
    for statement in (
        "drop trigger _raci_record on public.appointments",
        "alter table public.appointments disable trigger _raci_record",
    ):
        async with connection.transaction(force_rollback=True):
            await connection.execute(statement.encode())
            assert await record(population, desk, cancel(appointment)) == ("rows 1", [])
    assert len((await record(population, desk, cancel(appointment)))[1]) == 1
