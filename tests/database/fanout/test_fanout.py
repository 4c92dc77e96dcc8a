"""Who is told: a second, naive reading of the matrix, for every task and many rows of the seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from tests.outbox import fetch_all
from tests.people import acting_as

from mentalspace.database.connection import Connection
from mentalspace.events import Event, EventContext
from mentalspace.events.drain import Drained, drain_batch
from mentalspace.fanout.consumers import CONSUMERS
from mentalspace.fanout.recipients import find_recipients
from mentalspace.settings import Settings

ZONE = "America/New_York"
CELLS = """
select cell.module, cell.task, cell.role::text, cell.duties[1] as duty, cell.scope::text
from governance.raci_assignments cell
join governance.raci_versions matrix using (module, version)
where matrix.is_active and not cell.performs
"""
PEOPLE = """
select person.id, person.is_active, array_agg(held.role::text) as roles
from public.profiles person join public.user_roles held on held.user_id = person.id
group by 1
"""
SUPERVISION = """
select supervisor_id, supervisee_id
from public.supervision_relationships,
  (select (now() at time zone 'America/New_York')::date as today) calendar
where status = 'Active' and start_date <= today and coalesce(end_date, today) >= today
"""
ROWS = "select id, provider_id, client_id from public.appointments order by id limit 60"
MESSAGES = "select * from public.notification_logs where delivery_key like 'raci:%'"
CLIENTS = "select id, portal_user_id, portal_enabled, primary_therapist_id from public.clients"
CANCEL = """
select governance.record_event('scheduling', 'cancel_appointment', 'appointments', id::text,
  jsonb_build_object('command', 'update', 'owners', array[provider_id], 'client', client_id))
from public.appointments order by id limit %s
"""


async def rows(connection: Connection, query: str) -> list[Mapping[str, Any]]:
    return await (await connection.execute(query.encode())).fetchall()


class Oracle:
    """The matrix read person by person."""

    def __init__(self, **tables: Sequence[Mapping[str, Any]]) -> None:
        self.cells, self.people = tables["cells"], tables["people"]
        self.clients = {row["id"]: row for row in tables["clients"]}
        self.supervisees: dict[UUID, set[UUID]] = {}
        for row in tables["supervision"]:
            self.supervisees.setdefault(row["supervisor_id"], set()).add(row["supervisee_id"])

    def reaches(self, role: str, scope: str, person: UUID, owner: UUID | None, client: UUID) -> bool:
        row = self.clients[client]
        if role == "client_user":
            return row["portal_user_id"] == person and row["portal_enabled"]
        if scope == "all" or owner == person:
            return True
        if scope == "own":
            return False
        if row["primary_therapist_id"] == person:
            return True
        team = self.supervisees.get(person, set())
        return scope == "supervisees" and (owner in team or row["primary_therapist_id"] in team)

    def told(
        self, module: str, task: str, owner: UUID, client: UUID, actor: UUID | None
    ) -> dict[str, set[UUID]]:
        found: dict[str, set[UUID]] = {"C": set(), "I": set()}
        for cell in self.cells:
            if (cell["module"], cell["task"]) != (module, task):
                continue
            for person in self.people:
                if (
                    person["is_active"]
                    and person["id"] != actor
                    and cell["role"] in person["roles"]
                    and self.reaches(cell["role"], cell["scope"], person["id"], owner, client)
                ):
                    found[cell["duty"]].add(person["id"])
        found["I"] -= found["C"]
        return {duty: people for duty, people in found.items() if people}


@pytest.fixture
async def oracle(seeded_connection: Connection) -> Oracle:
    return Oracle(
        cells=await rows(seeded_connection, CELLS),
        people=await rows(seeded_connection, PEOPLE),
        clients=await rows(seeded_connection, CLIENTS),
        supervision=await rows(seeded_connection, SUPERVISION),
    )


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
