"""What the policies look up is what roles, matrix and people say: at the next statement, whoever meddles."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import psycopg
import pytest
from tests.database.raci.practice import Practice, open_practice
from tests.people import acting_as, refused

from mentalspace.contracts.parse import read_contracts
from mentalspace.database.connection import Connection, connect
from mentalspace.database.queries import load_queries
from mentalspace.raci.drift import find_drift
from mentalspace.raci.parse import parse_matrix

ROOT = Path(__file__).parents[3]
UNEQUAL = load_queries("mentalspace.raci")["count_unequal_reach"]
DERIVE_AGAIN = "update governance.raci_versions set is_active = is_active"
BOTH = {"of_therapist", "of_colleague"}

# What changes, and whom of the two clients a person is shown at the next statement; none: as before.
CHANGES: dict[str, Mapping[str, set[str]]] = {
    "delete from public.user_roles where user_id = {front_desk}": {"front_desk": set()},
    "update public.profiles set is_active = false where id = {front_desk}": {"front_desk": set()},
    "update public.profiles set is_active = false where id = {therapist}": {"therapist": set()},
    "update public.profiles set is_active = false where id = {supervisor}": {"supervisor": set()},
    "update public.profiles set is_active = false where id = {client_user}": {"client_user": set()},
    "update public.clients set portal_enabled = false where portal_user_id = {client_user}": {
        "client_user": set()
    },
    "update public.clients set deleted_at = now() where portal_user_id = {client_user}": {
        "client_user": set(),
        "therapist": set(),
        "front_desk": {"of_colleague"},
    },
    "update public.user_roles set role = 'therapist' where user_id = {front_desk}": {"front_desk": set()},
    "update public.user_roles set role = 'front_desk' where user_id = {therapist}": {"therapist": BOTH},
    "update public.user_roles set role = 'client_user' where user_id = {therapist}": {"therapist": set()},
    "update public.user_roles set user_id = {newcomer} where user_id = {front_desk}": {
        "front_desk": set(),
        "newcomer": BOTH,
    },
    "insert into public.user_roles (user_id, role) values ({therapist}, 'front_desk')": {"therapist": BOTH},
    "insert into public.user_roles (user_id, role) values ({on_leave}, 'billing_staff')": {"on_leave": set()},
    "update public.profiles set is_active = true where id = {on_leave}": {"on_leave": BOTH},
    "delete from governance.raci_assignments where role = 'front_desk'": {"front_desk": set()},
    "update governance.raci_assignments set scope = 'own' where role = 'front_desk'": {"front_desk": set()},
    "update governance.raci_assignments set scope = 'all' where role = 'therapist'": {
        "therapist": BOTH,
        "colleague": BOTH,
    },
    "update governance.raci_versions set is_active = false": {
        "front_desk": set(),
        "therapist": set(),
        "supervisor": set(),
        "client_user": set(),
    },
}
REFUSED = {
    "update governance.held_reach set scope = 'all' where scope = 'own'": psycopg.errors.ForeignKeyViolation,
    "update governance.held_reach set is_active = true where not is_active": (
        psycopg.errors.ForeignKeyViolation
    ),
    "update governance.held_reach set user_id = {newcomer} where role = 'supervisor'": (
        psycopg.errors.ForeignKeyViolation
    ),
    "update governance.held_reach set role = 'client_user'": psycopg.errors.CheckViolation,
    "insert into governance.held_reach select {newcomer}, subject, action, role, scope, true "
    "from governance.raci_reach where role = 'front_desk'": psycopg.errors.ForeignKeyViolation,
    "insert into governance.held_reach "
    "values ({therapist}, 'profiles', 'delete', 'therapist', 'all', true)": (
        psycopg.errors.ForeignKeyViolation
    ),
}

MEDDLED = {
    "delete from governance.held_reach where subject = 'clients'": ("held_reach", set()),
    "delete from governance.raci_reach where role = 'front_desk'": ("raci_reach", set()),
    "update governance.raci_reach set scope = 'own' where scope = 'all'": ("raci_reach", set()),
    "update governance.raci_reach set scope = 'all' where scope = 'caseload'": ("raci_reach", BOTH),
}
GIVE = "insert into public.user_roles (user_id, role) values ({newcomer}, 'front_desk')"
DEACTIVATE = "update public.profiles set is_active = false where id = {newcomer}"
# A role is given while the matrix or the person changes, and the other way round.
AT_ONCE = ((GIVE, DERIVE_AGAIN), (DERIVE_AGAIN, GIVE), (DEACTIVATE, GIVE), (GIVE, DEACTIVATE))


@pytest.fixture
async def practice(connection: Connection) -> Practice:
    practice = await open_practice(connection)
    await practice.add_person("newcomer")
    await practice.add_person("on_leave", "front_desk", is_active=False)
    return practice


async def shown(practice: Practice) -> dict[str, set[str]]:
    """Whom everybody sees, in a transaction of their own inside the one that changed something."""
    found: dict[str, set[str]] = {}
    for person, key in practice.people.items():
        async with acting_as(practice.connection, key) as session:
            rows = await (await session.execute("select id from public.clients")).fetchall()
        keys = {row["id"] for row in rows}
        found[person] = {name for name, key in practice.clients.items() if key in keys}
    return found


async def unequal(connection: Connection) -> int:
    row = await (await connection.execute(UNEQUAL)).fetchone()
    assert row
    return int(row["of_roles"] + row["of_people"])


def named(practice: Practice, statement: str) -> bytes:
    return statement.format(**{name: f"'{key}'" for name, key in practice.people.items()}).encode()


async def test_it_follows_every_source_at_the_next_statement(practice: Practice) -> None:
    before = await shown(practice)
    assert before["front_desk"] == BOTH
    assert before["client_user"] == before["therapist"] == {"of_therapist"}
    for statement, differing in CHANGES.items():
        async with practice.connection.transaction(force_rollback=True):
            await practice.connection.execute(named(practice, statement))
            assert await unequal(practice.connection) == 0, statement
            now = await shown(practice)
        assert {person: now[person] for person in differing} == differing, statement
    assert await shown(practice) == before


async def test_of_several_tasks_that_make_rows_the_widest_counts(practice: Practice) -> None:
    narrower = (
        "update governance.raci_assignments set duties = '{R}', scope = 'own' "
        "where task = 'take_payment' and role = 'billing_staff'"
    )
    reaches = (
        "select scope::text from governance.raci_reach "
        "where subject = 'payment_records' and action = 'insert' and role = 'billing_staff'"
    )
    await practice.connection.execute(narrower.encode())
    cursor = await practice.connection.execute(reaches.encode())
    assert await cursor.fetchall() == [{"scope": "all"}]


async def test_nothing_can_be_held_that_is_not_given(practice: Practice) -> None:
    for statement, error in REFUSED.items():
        with pytest.raises(error):
            async with practice.connection.transaction():
                await practice.connection.execute(named(practice, statement))
    for statement in (b"select from governance.held_reach", b"delete from governance.held_reach"):
        async with (
            acting_as(practice.connection, practice.people["administrator"]) as session,
            refused(session),
        ):
            await session.execute(statement)


async def test_what_was_meddled_with_is_found_and_derived_again(practice: Practice) -> None:
    matrix = parse_matrix(ROOT / "docs" / "raci", read_contracts(ROOT / "docs" / "data-contracts"))
    for statement, (table, seen) in MEDDLED.items():
        async with practice.connection.transaction(force_rollback=True):
            await practice.connection.execute(statement.encode())
            (finding,) = await find_drift(practice.connection, matrix)
            assert finding.key == f"raci:governance.{table}:rows", statement
            assert (await shown(practice))["front_desk"] == seen, statement
            await practice.connection.execute(DERIVE_AGAIN.encode())
            assert await unequal(practice.connection) == 0, statement
            assert (await shown(practice))["front_desk"] == BOTH, statement
    assert await find_drift(practice.connection, matrix) == []


async def test_two_who_change_it_at_once_are_put_in_order(practice: Practice, database_url: str) -> None:
    async with connect(database_url) as other:
        await other.execute("set lock_timeout = '50ms'")
        for first, second in AT_ONCE:
            async with practice.connection.transaction(force_rollback=True):
                await practice.connection.execute(named(practice, first))
                with pytest.raises(psycopg.errors.LockNotAvailable):
                    await other.execute(named(practice, second))
    assert await unequal(practice.connection) == 0
