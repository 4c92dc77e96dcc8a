"""Every task of the matrix is performed: exactly its event is recorded, with what the YAML says of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.conftest import Server
from tests.database.raci.oracle import Oracle
from tests.database.raci.population import Population, populate
from tests.database.raci.recordings import Recordings, listen, record
from tests.people import acting_as, refused

from mentalspace.database.connection import connect

pytestmark = pytest.mark.asyncio(loop_scope="module")
CANCEL = "update public.appointments set status = 'Cancelled', notes = 'told by phone' where id = {}"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def population(server: Server, migrated_template: str) -> AsyncIterator[Population]:
    url = await server.clone(migrated_template)
    async with connect(url) as connection:
        population = await populate(connection)
        await listen(connection)
        yield population
    await server.drop(url)


@pytest.mark.parametrize("table", sorted(Oracle.read().parts))
async def test_every_task_is_recorded_once(population: Population, table: str) -> None:
    recordings = Recordings(population)
    performers = {performer for performer, *_ in recordings.list_performed(table)}
    for performer in performers:
        wrong = await recordings.find_wrong_events(table, performer)
        assert not wrong, f"{performer}: {len(wrong)}\n" + "\n".join(wrong[:20])
    assert performers


@pytest.fixture
def appointment(population: Population) -> str:
    """A scheduled one of the therapist's, whom the front desk can cancel it for."""
    rows = population.rows["appointments"]
    return next(
        key
        for key in population.related["therapist", "appointments"]
        if (rows[key]["status"], rows[key]["deleted_at"]) == ("Scheduled", None)
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
    keys = [key for key in mine if (rows[key]["status"], rows[key]["deleted_at"]) == ("Scheduled", None)][:7]
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
