"""Who is told: a second, naive reading of the matrix, for every task and many rows of the seed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from tests.database.fanout.oracle import Oracle, rows
from tests.outbox import fetch_all
from tests.people import act_as, acting_as

from mentalspace.database.connection import Connection
from mentalspace.events import Event, EventContext
from mentalspace.events.drain import Drained, drain_batch
from mentalspace.fanout.consumers import CONSUMERS, compose_messages
from mentalspace.fanout.recipients import Recipients, find_recipients
from mentalspace.settings import Settings

ZONE = "America/New_York"
ROWS = "select id, provider_id, client_id from public.appointments order by id limit 60"
MESSAGES = "select * from public.notification_logs where delivery_key like 'raci:%'"
CANCEL = """
select governance.record_event('scheduling', 'cancel_appointment', 'appointments', id::text,
  jsonb_build_object('command', 'update', 'owners', array[provider_id], 'client', client_id))
from public.appointments order by id limit %s
"""


@pytest.fixture
async def oracle(seeded_connection: Connection) -> Oracle:
    return await Oracle.read(seeded_connection)


def event(number: int, module: str, task: str, row: Mapping[str, Any], actor: UUID | None) -> Event:
    facts = {"owners": [str(row["provider_id"])], "client": str(row["client_id"])}
    now = datetime.now(UTC)
    key = str(row["id"])
    return Event(number, "appointments", key, module, task, "update", actor, "authenticated", now, facts)


async def test_everybody_in_scope_and_nobody_else(seeded_connection: Connection, oracle: Oracle) -> None:
    tasks = sorted({(cell["module"], cell["task"]) for cell in oracle.cells})
    actors = [None, *(person["id"] for person in oracle.people)]
    events, expected = [], {}
    for number, row in enumerate(await rows(seeded_connection, ROWS)):
        for task in tasks:
            actor = actors[len(events) % len(actors)]
            events.append(event(len(events), *task, row, actor))
            told = oracle.told(*task, row["provider_id"], row["client_id"], actor)
            expected |= {(len(events) - 1, duty): people for duty, people in told.items()}
        assert number < 60
    found = await find_recipients(seeded_connection, events, ZONE)
    assert {(each.event_id, each.duty): set(each.user_ids) for each in found} == expected
    assert len(expected) > 500


async def test_facts_that_are_none_name_nobody(seeded_connection: Connection, oracle: Oracle) -> None:
    all_of_them = {
        person["id"]
        for cell in oracle.cells
        for person in oracle.people
        if cell["task"] == "cancel_appointment"
        and cell["scope"] == "all"
        and cell["role"] in person["roles"]
        and person["is_active"]
    }
    now = datetime.now(UTC)
    for facts in ({}, {"owners": "me", "client": 7}, {"owners": [None, "x"], "clients": {"a": 1}}):
        lone = Event(
            1, "appointments", "1", "scheduling", "cancel_appointment", "update", None, "postgres", now, facts
        )
        found = await find_recipients(seeded_connection, [lone], ZONE)
        assert {person for each in found for person in each.user_ids} == all_of_them


async def test_a_task_that_nobody_declared_tells_nobody(seeded_connection: Connection) -> None:
    now = datetime.now(UTC)
    stray = Event(1, "things", "1", "no_module", "no_task", "other", None, "postgres", now)
    assert await find_recipients(seeded_connection, [stray], ZONE) == []


async def test_messages_of_an_event_reach_their_readers(
    seeded_connection: Connection, oracle: Oracle
) -> None:
    connection = seeded_connection
    await connection.execute(CANCEL.encode(), (1,))
    assert await drain_batch(EventContext(connection, Settings()), CONSUMERS) == Drained(1, 1)
    (row,) = await rows(connection, ROWS.replace("60", "1"))
    told = oracle.told("scheduling", "cancel_appointment", row["provider_id"], row["client_id"], None)
    messages = await rows(connection, MESSAGES)
    assert {each["notification_type"][5]: set(each["recipient_user_ids"]) for each in messages} == {
        {"C": "c", "I": "i"}[duty]: people for duty, people in told.items()
    }
    for message in messages:
        assert message["subject"] == "Scheduling: Cancel Appointment"
        assert str(row["id"]) in message["message"]
        async with acting_as(connection, message["recipient_user_ids"][0]):
            own = "select id from public.notification_logs where delivery_key like 'raci:%'"
            assert message["id"] in {each["id"] for each in await rows(connection, own)}


CHOOSE = """
select appointment.id, appointment.provider_id, appointment.client_id
from public.appointments appointment
join public.clients client on client.id = appointment.client_id
where appointment.status in ('Scheduled', 'Confirmed') and {}
order by appointment.id limit 1
"""
CANCEL_ONE = """
update public.appointments set status = 'Cancelled', cancellation_reason = 'asked to', notes = 'told by phone'
where id = %s
"""
SUPERVISED = """
provider_id in (
  select supervisee_id from public.supervision_relationships where status = 'Active' and end_date is null
)
"""
PERSON = "select id from public.profiles where email = 'front.desk@mentalspace.example'"


@pytest.mark.parametrize("concerns", [SUPERVISED, "client.portal_user_id is not null"])
async def test_what_the_front_desk_does_is_told_to_whom_it_concerns(
    seeded_connection: Connection, oracle: Oracle, concerns: str
) -> None:
    """From the change as PostgREST makes it to the messages; nothing but compiled objects between."""
    connection = seeded_connection
    (desk,), (row,) = await rows(connection, PERSON), await rows(connection, CHOOSE.format(concerns))
    async with connection.transaction():
        await act_as(connection, desk["id"])
        await connection.execute(CANCEL_ONE, (row["id"],))
    assert await drain_batch(EventContext(connection, Settings()), CONSUMERS) == Drained(1, 1)
    told = oracle.told("scheduling", "cancel_appointment", row["provider_id"], row["client_id"], desk["id"])
    messages = await rows(connection, MESSAGES)
    found = {each["notification_type"]: set(each["recipient_user_ids"]) for each in messages}
    assert found == {{"C": "raci_consulted", "I": "raci_informed"}[duty]: told[duty] for duty in told}
    people = {each["id"]: each["roles"] for each in oracle.people}
    heard = {person for each in found.values() for person in each}
    # Of all clients this one, if they have a login; of all supervisors this therapist's; not the front desk.
    portal = oracle.clients[row["client_id"]]["portal_user_id"]
    assert {person for person in heard if "client_user" in people[person]} == ({portal} if portal else set())
    supervisors = {person for person, team in oracle.supervisees.items() if row["provider_id"] in team}
    assert found.get("raci_consulted", set()) == supervisors
    assert {role for person in heard for role in people[person]} >= {"administrator", "billing_staff"}
    assert desk["id"] not in heard
    # Who may cancel it themselves, and did not.
    assert row["provider_id"] in heard
    assert portal or supervisors


async def hear(connection: Connection, person: UUID, statement: str, key: UUID) -> set[UUID]:
    """Who is told of a change that this person makes."""
    await connection.execute("delete from public.notification_logs where delivery_key like 'raci:%'")
    async with connection.transaction():
        await act_as(connection, person)
        changed = await connection.execute(statement.encode(), (key,))
        assert changed.rowcount == 1
    await drain_batch(EventContext(connection, Settings()), CONSUMERS)
    return {person for each in await rows(connection, MESSAGES) for person in each["recipient_user_ids"]}


async def test_a_clinician_is_not_told_of_what_they_cancel_themselves(
    seeded_connection: Connection, oracle: Oracle
) -> None:
    connection = seeded_connection
    (row,) = await rows(connection, CHOOSE.format(SUPERVISED))
    heard = await hear(connection, row["provider_id"], CANCEL_ONE, row["id"])
    told = oracle.told(
        "scheduling", "cancel_appointment", row["provider_id"], row["client_id"], row["provider_id"]
    )
    assert heard == set().union(*told.values())
    assert row["provider_id"] not in heard


async def test_a_client_hears_of_a_statement_when_it_is_sent(seeded_connection: Connection) -> None:
    """A draft is the practice's own: neither a new one nor a corrected or dropped one is told."""
    connection = seeded_connection
    (client, other) = await rows(
        connection,
        "select id, portal_user_id from public.clients where portal_enabled and deleted_at is null limit 2",
    )
    (billing,) = await rows(connection, PERSON.replace("front.desk", "billing.staff"))
    draft = """
        insert into public.client_statements (client_id, statement_number, period_start, period_end, balance)
        select id, 'T-' || gen_random_uuid(), '2026-10-01', '2026-10-31', 1 from public.clients where id = %s
    """
    written = (
        "select id from public.client_statements where statement_number like 'T-%' order by created_at desc"
    )
    for changes in (
        (("balance = 2", False), ("status = 'Sent'", True), ("status = 'Paid'", True)),
        (("status = 'Void'", False),),
        (("status = 'Sent'", True), ("status = 'Void'", True)),
    ):
        everybody = [await hear(connection, billing["id"], draft, client["id"])]
        assert client["portal_user_id"] not in everybody[0]
        statement = (await rows(connection, written))[0]
        for change, is_told in changes:
            text = f"update public.client_statements set {change} where id = %s"
            heard = await hear(connection, billing["id"], text, statement["id"])
            assert (client["portal_user_id"] in heard) is is_told, change
            everybody.append(heard)
        assert all(other["portal_user_id"] not in heard and heard for heard in everybody)


async def test_either_side_of_a_message_hears_the_other(seeded_connection: Connection) -> None:
    """Both may write, and so hold R: each is told what the other wrote, and that it was read nobody."""
    connection = seeded_connection
    (chart,) = await rows(
        connection,
        "select id, portal_user_id as client, primary_therapist_id as therapist from public.clients "
        "where portal_enabled and deleted_at is null and primary_therapist_id is not null limit 1",
    )
    write = """
        insert into public.client_portal_messages (client_id, subject, body, recipient_id)
        select id, 'S', 'T', primary_therapist_id from public.clients where id = %s
    """
    written = "select id from public.client_portal_messages where body = 'T'"
    heard = await hear(connection, chart["client"], write, chart["id"])
    assert chart["therapist"] in heard
    assert chart["client"] not in heard
    (message,) = await rows(connection, written)
    read = "update public.client_portal_messages set read_at = now() where id = %s"
    assert await hear(connection, chart["therapist"], read, message["id"]) == set()
    heard = await hear(
        connection, chart["therapist"], write.replace("primary_therapist_id", "portal_user_id"), chart["id"]
    )
    assert chart["client"] in heard
    assert chart["therapist"] not in heard


async def test_what_is_nobodys_is_told_to_every_holder(seeded_connection: Connection) -> None:
    """A price has no owner, so every scope covers it: all who are Informed hear of it."""
    connection = seeded_connection
    await connection.execute("update public.service_codes set is_active = not is_active where code = '90834'")
    assert await drain_batch(EventContext(connection, Settings()), CONSUMERS) == Drained(1, 1)
    (message,) = await rows(connection, MESSAGES)
    informed = "('front_desk', 'therapist', 'associate_trainee', 'supervisor')"
    holders = await rows(
        connection,
        "select distinct person.id from public.profiles person join public.user_roles held "
        f"on held.user_id = person.id where person.is_active and held.role in {informed}",
    )
    assert set(message["recipient_user_ids"]) == {row["id"] for row in holders}


def test_one_task_in_two_tables_is_one_message() -> None:
    """A claim is submitted with its charges; a note is unlocked and its request used up."""
    now, person, reader = datetime.now(UTC), UUID(int=1), UUID(int=2)
    changed = [("insurance_claims", "a"), ("charge_entries", "b"), ("charge_entries", "c")]
    events = {
        number: Event(number, table, key, "billing", "submit_claim", "update", person, "authenticated", now)
        for number, (table, key) in enumerate(changed)
    }
    found = [Recipients(number, "Billing", "Submit Claim", "I", (reader,)) for number in events]
    (message,) = compose_messages(found, events)
    assert message.recipient_user_ids == (reader,)
    assert message.delivery_key == "raci:I:0"
    assert message.message.startswith("Submit Claim: insurance_claims a, 2 rows of charge_entries, by user ")


async def test_many_rows_at_once_are_one_message(seeded_connection: Connection) -> None:
    connection = seeded_connection
    await connection.execute(CANCEL.encode(), (40,))
    await drain_batch(EventContext(connection, Settings()), CONSUMERS)
    (count,) = await fetch_all(
        connection, "select count(*) from public.notification_logs where delivery_key like 'raci:%'"
    )
    assert isinstance(count[0], int)
    assert 0 < count[0] < 40
    texts = await fetch_all(
        connection, "select message from public.notification_logs where delivery_key like 'raci:%'"
    )
    assert any("rows of appointments" in str(text) for (text,) in texts)
