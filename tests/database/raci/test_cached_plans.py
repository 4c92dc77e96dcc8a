"""A statement prepared once and run for one person after the other, as a pool of PostgREST runs it.

A plan is kept by the session and knows nobody: whatever the policies look up must be looked up each time.
A function that called itself immutable, or a look-up folded into the plan, would show another's rows here.
"""

from __future__ import annotations

from uuid import UUID

import pytest
from tests.database.raci.practice import Practice, open_practice
from tests.people import acting_as

from mentalspace.database.connection import Connection

LISTED = {
    # No parameter: Postgres plans it once and for all, whatever plan_cache_mode says.
    "clients": "select id from public.clients order by last_name, id",
    "clients_page(boolean, bigint)": "select id from public.clients where is_active = $1 "
    "order by last_name, first_name, id limit $2",
    "appointments_page(boolean, bigint)": "select client_id as id from public.appointments "
    "where (deleted_at is null) = $1 order by start_time limit $2",
}
ARGUMENTS = "(true, 50)"
SEEN = {
    "client_user": {"of_therapist"},
    "front_desk": {"of_therapist", "of_colleague"},
    "therapist": {"of_therapist"},
    "colleague": {"of_colleague"},
    "supervisor": {"of_colleague"},
    "stranger": set(),
}
# With six people twelve runs: Postgres may turn to a plan for all after five.
ROUNDS = 2


@pytest.fixture
async def practice(connection: Connection) -> Practice:
    # What psycopg prepares by itself it deallocates at a rollback, and all that we prepared with it.
    connection.prepare_threshold = None
    practice = await open_practice(connection)
    await practice.add_person("stranger")
    await practice.add_appointment("of_therapist", "therapist")
    await practice.add_appointment("of_colleague", "colleague")
    for name, statement in LISTED.items():
        await connection.execute(f"prepare {name} as {statement}".encode())
    return practice


async def look(practice: Practice, person: str, prepared: str) -> set[str]:
    """The clients that this person is shown, by name."""
    name, _, takes = prepared.partition("(")
    async with acting_as(practice.connection, practice.people[person]) as session:
        rows = await session.execute(f"execute {name}{ARGUMENTS if takes else ''}".encode())
        found = {row["id"] for row in await rows.fetchall()}
    return {client for client, key in practice.clients.items() if key in found}


@pytest.mark.parametrize("mode", ["auto", "force_generic_plan", "force_custom_plan"])
async def test_everybody_gets_their_own_rows_from_one_prepared_statement(
    practice: Practice, mode: str
) -> None:
    await practice.connection.execute(f"set plan_cache_mode = {mode}".encode())
    for prepared in LISTED:
        # Narrow before wide and wide before narrow: the plan that stays is made for each of them once.
        for people in (list(SEEN), list(reversed(SEEN))):
            await practice.connection.execute("discard plans")
            for person in people * ROUNDS:
                assert await look(practice, person, prepared) == SEEN[person], (prepared, mode, person)


async def test_a_kept_plan_hears_of_a_revoked_role_and_a_moved_client(practice: Practice) -> None:
    await practice.connection.execute("set plan_cache_mode = force_generic_plan")
    for prepared in LISTED:
        assert await look(practice, "front_desk", prepared) == SEEN["front_desk"]
    await revoke(practice, practice.people["front_desk"])
    await practice.connection.execute(
        "update public.clients set primary_therapist_id = %s where id = %s",
        (practice.people["therapist"], practice.clients["of_colleague"]),
    )
    for prepared in LISTED:
        assert await look(practice, "front_desk", prepared) == set()
        assert await look(practice, "therapist", prepared) == {"of_therapist", "of_colleague"}


async def revoke(practice: Practice, person: UUID) -> None:
    await practice.connection.execute("delete from public.user_roles where user_id = %s", (person,))
