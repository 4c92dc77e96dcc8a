"""What the frontend is shown and told of the matrix, for every cell and every role, is what the YAML says."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.conftest import Server
from tests.database.raci.practice import Practice, open_practice
from tests.database.raci.shown import (
    MODULES,
    ROLES,
    find_wrong_answers,
    find_wrong_enforcements,
    find_wrong_rows,
)
from tests.people import acting_as

from mentalspace.database.connection import connect

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def practice(server: Server, migrated_template: str) -> AsyncIterator[Practice]:
    async with server.cloned(migrated_template) as url, connect(url) as connection:
        practice = await open_practice(connection)
        await practice.add_person("associate_trainee", "associate_trainee")
        yield practice


@pytest.mark.parametrize("role", ROLES)
async def test_everybody_is_shown_the_matrix(practice: Practice, role: str) -> None:
    assert await find_wrong_rows(practice.connection, practice.people[role]) == []


async def test_tasks_do_to_tables_what_is_written(practice: Practice) -> None:
    assert await find_wrong_enforcements(practice.connection) == []


@pytest.mark.parametrize("role", ROLES)
async def test_everybody_is_told_their_duties(practice: Practice, role: str) -> None:
    assert await find_wrong_answers(practice.connection, practice.people[role], role) == []


@pytest.mark.parametrize("change", ["portal_enabled = false", "deleted_at = now()", "portal_user_id = null"])
async def test_who_is_no_client_any_more_is_told_of_no_duty(practice: Practice, change: str) -> None:
    """What the policies refuse, the frontend offers no button for; duties of staff stay."""
    connection, person = practice.connection, practice.people["client_user"]
    async with connection.transaction(force_rollback=True):
        await connection.execute(
            f"update public.clients set {change} where portal_user_id = %s".encode(), (person,)
        )
        assert await find_wrong_answers(connection, person) == []
        await connection.execute(
            "insert into public.user_roles (user_id, role) values (%s, 'front_desk')", (person,)
        )
        assert await find_wrong_answers(connection, person, "front_desk") == []


async def test_one_open_portal_of_two_is_enough(practice: Practice) -> None:
    connection, person = practice.connection, practice.people["client_user"]
    async with connection.transaction(force_rollback=True):
        second = await practice.add_client("second", portal="client_user")
        await connection.execute("update public.clients set portal_enabled = false where id <> %s", (second,))
        assert await find_wrong_answers(connection, person, "client_user") == []


async def test_what_is_said_of_a_cell_goes_before_what_is_said_of_its_task(practice: Practice) -> None:
    shown = "select note from public.raci_matrix where task = 'manage_blocked_time' and role = 'therapist'"
    noted = (
        "update governance.raci_assignments set note = %s "
        "where task = 'manage_blocked_time' and role = 'therapist'"
    )
    task_note = MODULES["scheduling"]["tasks"]["manage_blocked_time"]["note"]
    for note, expected in (("Of the cell.", "Of the cell."), ("", task_note)):
        async with practice.connection.transaction(force_rollback=True):
            await practice.connection.execute(noted.encode(), (note,))
            async with acting_as(practice.connection, practice.people["therapist"]) as session:
                assert await (await session.execute(shown.encode())).fetchall() == [{"note": expected}]


async def test_all_modules_are_asked_about() -> None:
    assert len(MODULES) == 6
