"""Nobody makes themselves more than they are, and the practice keeps an administrator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest
from tests.database.raci.practice import Practice, open_practice
from tests.people import acting_as, refused

from mentalspace.database.connection import Connection, connect

GRANT = "insert into public.user_roles (user_id, role) values (%s, %s)"
REVOKE = "delete from public.user_roles where user_id = %s and role = 'administrator'"
DEACTIVATE = "update public.profiles set is_active = false where id = %s"


@pytest.fixture
async def practice(connection: Connection) -> Practice:
    return await open_practice(connection)


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Connection]:
    async with connect(database_url) as opened:
        yield opened


async def refusal(practice: Practice, person: str, statement: str, *values: Any) -> str:
    async with acting_as(practice.connection, practice.people[person]) as session, refused(session) as caught:
        await session.execute(statement.encode(), values)
    return str(caught.value.diag.message_primary)


async def run(practice: Practice, person: str, statement: str, *values: Any) -> int:
    async with acting_as(practice.connection, practice.people[person]) as session:
        return (await session.execute(statement.encode(), values)).rowcount


async def test_nobody_grants_themselves_a_role(practice: Practice) -> None:
    me = practice.people["administrator"]
    message = await refusal(practice, "administrator", GRANT, me, "therapist")
    assert message == "nobody performs administration.assign_role for themselves"
    for person in practice.people.keys() - {"administrator", "second_administrator"}:
        said = await refusal(practice, person, GRANT, practice.people[person], "administrator")
        assert said.startswith("administration.assign_role is not permitted")


async def test_an_administrator_grants_a_colleague(practice: Practice) -> None:
    async with acting_as(practice.connection, practice.people["administrator"]) as session:
        cursor = await session.execute(
            "insert into public.user_roles (user_id, role, assigned_by) values (%s, 'therapist', %s) "
            "returning assigned_by",
            (practice.people["front_desk"], practice.people["colleague"]),
        )
        assert await cursor.fetchone() == {"assigned_by": practice.people["administrator"]}


async def test_nobody_ends_or_undoes_their_own_deactivation(practice: Practice) -> None:
    message = await refusal(practice, "administrator", DEACTIVATE, practice.people["administrator"])
    assert message == "nobody performs administration.deactivate_person for themselves"
    await practice.connection.execute(DEACTIVATE.encode(), (practice.people["therapist"],))
    again = DEACTIVATE.replace("false", "true")
    assert await run(practice, "therapist", again, practice.people["therapist"]) == 0


async def test_people_correct_their_names_and_not_their_credentials(practice: Practice) -> None:
    me = practice.people["therapist"]
    assert (
        await run(practice, "therapist", "update public.profiles set last_name = 'X' where id = %s", me) == 1
    )
    for column, value in (("npi", "1234567890"), ("title", "MD"), ("email", "x@mentalspace.example")):
        said = await refusal(
            practice, "therapist", f"update public.profiles set {column} = %s where id = %s", value, me
        )
        assert said.startswith("administration.manage_profiles is not permitted")


async def test_nobody_takes_a_client_into_their_own_caseload(practice: Practice) -> None:
    await practice.connection.execute(
        "insert into public.user_roles (user_id, role) values (%s, 'front_desk')",
        (practice.people["therapist"],),
    )
    take = "update public.clients set primary_therapist_id = %s where id = %s"
    client = practice.clients["of_colleague"]
    said = await refusal(practice, "therapist", take, practice.people["therapist"], client)
    assert said == "nobody performs administration.assign_therapist for themselves"
    assert await run(practice, "front_desk", take, practice.people["therapist"], client) == 1


async def test_no_supervisor_arranges_their_own_supervision(practice: Practice) -> None:
    await practice.connection.execute(
        "insert into public.user_roles (user_id, role) values (%s, 'supervisor')",
        (practice.people["administrator"],),
    )
    arrange = "insert into public.supervision_relationships (supervisor_id, supervisee_id) values (%s, %s)"
    me, therapist = practice.people["administrator"], practice.people["therapist"]
    said = await refusal(practice, "administrator", arrange, me, therapist)
    assert said == "nobody performs administration.manage_supervision for themselves"
    assert await run(practice, "second_administrator", arrange, me, therapist) == 1


@pytest.mark.parametrize(
    ("column", "value"),
    [("portal_user_id", "client_user"), ("deceased_date", "2026-01-01"), ("status", "Discharged")],
)
async def test_a_new_record_opens_no_door(practice: Practice, column: str, value: str) -> None:
    insert = (
        f"insert into public.clients (first_name, last_name, date_of_birth, {column}) "
        "values ('Synthetic', 'Client', '1990-01-01', %s)"
    )
    said = await refusal(practice, "front_desk", insert, practice.people.get(value, value))
    assert said == f"administration.register_client does not cover this value of clients.{column}"


@pytest.mark.parametrize("statement", [REVOKE, DEACTIVATE])
async def test_the_last_administrator_stays(practice: Practice, statement: str) -> None:
    """For callers and for the system."""
    first, second = practice.people["administrator"], practice.people["second_administrator"]
    assert await run(practice, "administrator", statement, second) == 1
    await practice.connection.execute(statement.encode(), (second,))
    async with refused(practice.connection):
        await practice.connection.execute(statement.encode(), (first,))
    changed = "update public.user_roles set role = 'therapist' where user_id = %s"
    async with refused(practice.connection) as caught:
        await practice.connection.execute(changed.encode(), (first,))
    assert "last active administrator" in str(caught.value)


async def test_both_administrators_at_once_are_not_removed(practice: Practice) -> None:
    async with refused(practice.connection):
        await practice.connection.execute("delete from public.user_roles where role = 'administrator'")


@pytest.mark.parametrize("level", ["read committed", "repeatable read", "serializable"])
@pytest.mark.parametrize("statement", [REVOKE, DEACTIVATE])
async def test_two_who_remove_each_other_are_put_in_order(
    practice: Practice, other: Connection, statement: str, level: str
) -> None:
    """Each sees the other as the one who stays; only one of them may be right."""
    first, second = practice.people["administrator"], practice.people["second_administrator"]
    begin = f"begin isolation level {level}".encode()
    await practice.connection.execute(begin)
    await other.execute(begin)
    for session in (practice.connection, other):
        await session.execute("select count(*) from public.user_roles")
    await practice.connection.execute(statement.encode(), (first,))
    waiting = asyncio.create_task(other.execute(statement.encode(), (second,)))
    await asyncio.sleep(0.1)
    assert not waiting.done(), "the second waits for the first"
    await practice.connection.execute("commit")
    with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.SerializationFailure)):
        await waiting
    await other.execute("rollback")
    cursor = await practice.connection.execute(
        "select count(*) as left from public.user_roles r join public.profiles p on p.id = r.user_id "
        "where r.role = 'administrator' and p.is_active"
    )
    assert await cursor.fetchone() == {"left": 1}


async def test_a_practice_without_administrators_can_still_be_changed(connection: Connection) -> None:
    """Before the first one is made, nothing is lost by removing others."""
    practice = Practice(connection)
    await practice.add_person("therapist", "therapist")
    await connection.execute("delete from public.user_roles")
    await connection.execute("update public.profiles set is_active = false")
