"""Every role ever held leaves a trace that nobody writes by hand."""

from __future__ import annotations

from typing import Any

from tests.charts import add_person, insert
from tests.people import acting_as, refused

from mentalspace.database.connection import Connection


async def history(connection: Connection) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(
        "select user_id, role::text, assigned_by, revoked_by, revoked_at is not null as taken "
        "from public.user_role_history order by assigned_at, role, revoked_at nulls last"
    )
    return [tuple(row.values()) for row in await cursor.fetchall()]


async def test_given_changed_and_taken(connection: Connection) -> None:
    person, giver = await add_person(connection), await add_person(connection)
    await insert(connection, "user_roles", user_id=person, role="therapist", assigned_by=giver)
    assert await history(connection) == [(person, "therapist", giver, None, False)]
    await connection.execute("update public.user_roles set role = 'supervisor' where user_id = %s", (person,))
    await connection.execute("delete from public.user_roles where user_id = %s", (person,))
    assert sorted(await history(connection), key=str) == sorted(
        [(person, "therapist", giver, None, True), (person, "supervisor", giver, None, True)], key=str
    )


async def test_who_takes_a_role_is_recorded(connection: Connection) -> None:
    boss, person = await add_person(connection), await add_person(connection)
    await insert(connection, "user_roles", user_id=boss, role="administrator")
    await insert(connection, "user_roles", user_id=person, role="therapist")
    async with acting_as(connection, boss):
        await connection.execute("delete from public.user_roles where user_id = %s", (person,))
        await connection.execute("reset role")
        taken = [row for row in await history(connection) if row[4]]
    assert taken == [(person, "therapist", None, boss, True)]


async def test_nobody_writes_history(connection: Connection) -> None:
    boss = await add_person(connection)
    await insert(connection, "user_roles", user_id=boss, role="administrator")
    for role, user in (("anon", None), ("authenticated", boss), ("service_role", None)):
        async with acting_as(connection, user, role=role):
            for statement in (
                "update public.user_role_history set revoked_at = null",
                "delete from public.user_role_history",
                "insert into public.user_role_history default values",
            ):
                async with refused(connection):
                    await connection.execute(statement)
