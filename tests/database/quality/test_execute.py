"""`execute_quality_check` over the API: by name, for the service role, and never SQL."""

from __future__ import annotations

import psycopg
import pytest
from tests.people import acting_as, refused

from mentalspace.database.connection import Connection

CALL = "select * from public.execute_quality_check(%s)"


@pytest.mark.parametrize("name", ["appointments.double_booking", "public.appointments.double_booking"])
async def test_the_service_role_runs_a_check_by_its_name(connection: Connection, name: str) -> None:
    async with acting_as(connection, None, role="service_role"):
        row = await (await connection.execute(CALL, (name,))).fetchone()
    assert row == {"count": 0, "outcome": "passed", "threshold": 0, "severity": "critical"}


async def test_what_is_wrong_is_counted(seeded_connection: Connection) -> None:
    async with acting_as(seeded_connection, None, role="service_role"):
        row = await (
            await seeded_connection.execute(CALL, ("appointments.completed_without_note",))
        ).fetchone()
    assert row
    assert (row["count"], row["outcome"]) == (4, "failed")


@pytest.mark.parametrize(
    "text",
    ["select count(*) from public.clients", "double_booking", "", "appointments.double_booking; select 1"],
)
async def test_anything_but_a_name_is_refused(connection: Connection, text: str) -> None:
    async with acting_as(connection, None, role="service_role"):
        with pytest.raises(psycopg.Error) as caught:
            await connection.execute(CALL, (text,))
    assert caught.value.sqlstate == "PT404"
    assert "SQL is not run" in (caught.value.diag.message_hint or "")


@pytest.mark.parametrize("role", ["anon", "authenticated"])
async def test_others_are_refused(connection: Connection, role: str) -> None:
    async with acting_as(connection, "00000001-0000-4000-8000-000000000001", role=role):
        for call in (CALL, "select * from governance.execute_quality_check(%s)"):
            async with refused(connection):
                await connection.execute(call.encode(), ("appointments.double_booking",))


async def test_a_check_that_cannot_run_is_an_error_of_the_call(connection: Connection) -> None:
    await connection.execute("drop table public.blocked_times")
    async with acting_as(connection, None, role="service_role"):
        with pytest.raises(psycopg.errors.UndefinedTable, match="could not run"):
            await connection.execute(CALL, ("appointments.booked_in_blocked_time",))
