"""The first administrator comes from outside, and nobody inside makes themselves one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.charts import add_person, insert
from tests.people import acting_as

from mentalspace.administration.administrator import Administrator, Candidate
from mentalspace.administration.creating import AdministratorExistsError, create_administrator
from mentalspace.database.connection import Connection, connect
from mentalspace.errors import RefusedError

ANN, BEN = (Candidate(email=f"{name}@mentalspace.example") for name in ("ann", "ben"))


class FakeLogins:
    """Auth, reduced to its table."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.made: list[UUID] = []
        self.removed: list[UUID] = []

    async def make(self, email: str) -> UUID:
        user_id = uuid4()
        async with connect(self._url) as connection:
            await connection.execute("insert into auth.users (id, email) values (%s, %s)", (user_id, email))
        self.made.append(user_id)
        return user_id

    async def delete(self, user_id: UUID) -> None:
        async with connect(self._url) as connection:
            await connection.execute("delete from auth.users where id = %s", (user_id,))
        self.removed.append(user_id)


@pytest.fixture
def logins(database_url: str) -> FakeLogins:
    return FakeLogins(database_url)


async def create(
    connection: Connection, logins: FakeLogins, candidate: Candidate = ANN, **options: Any
) -> Administrator:
    return await create_administrator(connection, candidate, logins.make, logins, **options)


async def administrators(connection: Connection) -> set[UUID]:
    cursor = await connection.execute("select user_id from public.user_roles where role = 'administrator'")
    return {row["user_id"] for row in await cursor.fetchall()}


async def test_login_profile_and_role(connection: Connection, logins: FakeLogins) -> None:
    made = await create(connection, logins)
    assert (made.login_created, made.profile_created, made.role_assigned) == (True, True, True)
    assert await administrators(connection) == {made.user_id}
    async with acting_as(connection, made.user_id):
        cursor = await connection.execute("select email, first_name from public.profiles")
        assert await cursor.fetchall() == [{"email": ANN.email, "first_name": "Practice"}]


async def test_a_second_time_changes_nothing(connection: Connection, logins: FakeLogins) -> None:
    first = await create(connection, logins)
    again = await create(connection, logins, Candidate(email=ANN.email.upper(), first_name="Other"))
    assert again.user_id == first.user_id
    assert (again.login_created, again.profile_created, again.role_assigned) == (False, False, False)
    cursor = await connection.execute("select first_name from public.profiles")
    assert await cursor.fetchall() == [{"first_name": "Practice"}]


async def test_somebody_with_a_login_keeps_it(connection: Connection, logins: FakeLogins) -> None:
    user_id = await logins.make(ANN.email)
    made = await create(connection, logins)
    assert (made.user_id, made.login_created, made.role_assigned) == (user_id, False, True)
    assert logins.made == [user_id]


async def test_another_one_only_if_asked_for(connection: Connection, logins: FakeLogins) -> None:
    first = await create(connection, logins)
    with pytest.raises(AdministratorExistsError, match="--additional") as caught:
        await create(connection, logins, BEN)
    assert caught.value.exit_code == 3
    assert logins.made == [first.user_id], "refused before a login was made"
    second = await create(connection, logins, BEN, additional=True)
    assert await administrators(connection) == {first.user_id, second.user_id}


async def test_a_deactivated_administrator_does_not_count(connection: Connection, logins: FakeLogins) -> None:
    first = await create(connection, logins)
    # The practice's own guard would not let its last administrator go.
    await connection.execute("alter table public.profiles disable trigger user")
    await connection.execute("update public.profiles set is_active = false")
    with pytest.raises(RefusedError, match="deactivated"):
        await create(connection, logins)
    assert (await create(connection, logins, BEN)).user_id != first.user_id


async def test_two_at_once_make_one(database_url: str, logins: FakeLogins) -> None:
    async def caller(candidate: Candidate) -> Administrator:
        async with connect(database_url) as connection:
            return await create(connection, logins, candidate)

    results = await asyncio.gather(caller(ANN), caller(BEN), return_exceptions=True)
    refusals = [result for result in results if isinstance(result, AdministratorExistsError)]
    async with connect(database_url) as connection:
        assert len(await administrators(connection)) == 1
        cursor = await connection.execute("select count(*) as number from auth.users")
        assert await cursor.fetchone() == {"number": 1}, "the other login was taken back"
    assert len(refusals) == 1


async def test_when_it_fails_the_login_is_taken_back(connection: Connection, logins: FakeLogins) -> None:
    await connection.execute("alter table public.user_roles add check (role <> 'administrator')")
    with pytest.raises(psycopg.errors.CheckViolation):
        await create(connection, logins)
    assert logins.removed == logins.made != []
    cursor = await connection.execute("select from public.profiles")
    assert await cursor.fetchall() == []


async def test_a_login_of_another_project_is_taken_back(connection: Connection, logins: FakeLogins) -> None:
    async def elsewhere(_: str) -> UUID:
        return uuid4()

    with pytest.raises(RefusedError, match="another project"):
        await create_administrator(connection, ANN, elsewhere, logins)
    assert len(logins.removed) == 1
    assert await administrators(connection) == set()


# nobody inside ----------------------------------------------------------------------------------------------

ATTEMPTS = {
    "give oneself the role": "insert into public.user_roles (user_id, role) values (%(me)s, 'administrator')",
    "give oneself any role": "insert into public.user_roles (user_id, role) values (%(me)s, 'supervisor')",
    "give it in another's name": "insert into public.user_roles (user_id, role, assigned_by) "
    "values (%(me)s, 'administrator', %(boss)s)",
    "give it to an accomplice": "insert into public.user_roles (user_id, role) "
    "values (%(friend)s, 'administrator')",
    "change the own role": "update public.user_roles set role = 'administrator' where user_id = %(me)s",
    "take over the administrator's": "update public.user_roles set user_id = %(me)s where user_id = %(boss)s",
    "become the administrator": "update public.profiles set id = %(me)s where id = %(boss)s",
    "make a profile": "insert into public.profiles (id, email, first_name, last_name) "
    "values (%(outsider)s, 'new@mentalspace.example', 'New', 'One')",
    "remove the administrator": "delete from public.user_roles where user_id = %(boss)s",
    "deactivate the administrator": "update public.profiles set is_active = false where id = %(boss)s",
    "write history": "insert into public.user_role_history (user_id, role, assigned_at) "
    "values (%(me)s, 'administrator', now())",
}
CLAIMS: tuple[Mapping[str, Any], ...] = (
    {},
    {"role": "administrator", "user_role": "administrator"},
    {"app_metadata": {"role": "administrator"}, "user_metadata": {"role": "administrator"}},
)


async def attempt(connection: Connection, statement: str, values: Mapping[str, Any]) -> int:
    """Rows changed; 0 if refused."""
    try:
        async with connection.transaction():
            return (await connection.execute(statement, values)).rowcount
    except psycopg.errors.InsufficientPrivilege:
        return 0


async def people(connection: Connection) -> dict[str, UUID]:
    found = {name: await add_person(connection) for name in ("boss", "friend")}
    outsider = uuid4()
    await connection.execute(
        "insert into auth.users (id, email) values (%s, 'outsider@mentalspace.example')", (outsider,)
    )
    await insert(connection, "user_roles", user_id=found["boss"], role="administrator")
    return found | {"outsider": outsider}


@pytest.mark.parametrize(
    "role",
    [None, "supervisor", "therapist", "associate_trainee", "billing_staff", "front_desk", "client_user"],
)
async def test_nobody_makes_themselves_an_administrator(connection: Connection, role: str | None) -> None:
    known = await people(connection)
    me = await add_person(connection)
    if role:
        await insert(connection, "user_roles", user_id=me, role=role)
    before = await held(connection)
    for claims in CLAIMS:
        async with acting_as(connection, me, claims={"role": "authenticated"} | claims):
            changed = {
                name: await attempt(connection, statement, known | {"me": me})
                for name, statement in ATTEMPTS.items()
            }
            assert changed == dict.fromkeys(ATTEMPTS, 0)
    assert await held(connection) == before


@pytest.mark.parametrize("who", ["visitor", "outsider"])
async def test_nobody_from_outside_does_either(connection: Connection, who: str) -> None:
    """A visitor without a token, and somebody who signed up and was never registered."""
    known = await people(connection)
    user = known["outsider"] if who == "outsider" else None
    role = "authenticated" if who == "outsider" else "anon"
    async with acting_as(connection, user, role=role):
        changed = {
            name: await attempt(connection, statement, known | {"me": known["outsider"]})
            for name, statement in ATTEMPTS.items()
        }
    assert changed == dict.fromkeys(ATTEMPTS, 0)


async def test_a_deactivated_administrator_appoints_nobody(connection: Connection) -> None:
    known = await people(connection)
    me = await add_person(connection)
    await insert(connection, "user_roles", user_id=me, role="administrator")
    await connection.execute("update public.profiles set is_active = false where id = %s", (me,))
    async with acting_as(connection, me):
        for name in ("give it to an accomplice", "give oneself any role", "remove the administrator"):
            assert await attempt(connection, ATTEMPTS[name], known | {"me": me}) == 0, name


async def held(connection: Connection) -> list[tuple[Any, ...]]:
    cursor = await connection.execute(
        "select user_id, role::text, is_active from public.user_roles "
        "join public.profiles on profiles.id = user_id order by user_id, role"
    )
    return [tuple(row.values()) for row in await cursor.fetchall()]
