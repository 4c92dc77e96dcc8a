"""What the calendar refuses, also to two at once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from psycopg import errors
from tests.charts import add_person
from tests.database.practice.rows import HOUR, NINE, book, insert
from tests.outbox import until
from tests.people import refused

from mentalspace.database.connection import Connection, connect


async def test_an_appointment_is_validated(connection: Connection, client: UUID, therapist: UUID) -> None:
    for constraint, wrong in (
        ("appointments_end_time_check", {"end_time": NINE}),
        ("appointments_end_time_check", {"end_time": NINE - HOUR}),
        ("appointments_duration_check", {"end_time": NINE + timedelta(hours=25)}),
        ("appointments_status_check", {"status": "completed"}),
        ("appointments_appointment_type_check", {"appointment_type": "Massage"}),
        ("appointments_service_location_check", {"service_location": "Moon"}),
    ):
        async with refused(connection, errors.CheckViolation) as caught:
            await book(connection, client, therapist, NINE, **wrong)
        assert caught.value.diag.constraint_name == constraint
    for column in ("client_id", "provider_id"):
        async with refused(connection, errors.ForeignKeyViolation):
            values = {"client_id": client, "provider_id": therapist, column: uuid4()}
            await insert(connection, "appointments", start_time=NINE, end_time=NINE + HOUR, **values)


async def test_every_status_of_the_architecture(
    connection: Connection, client: UUID, therapist: UUID
) -> None:
    statuses = (
        "Scheduled", "Confirmed", "Checked In", "In Session", "Completed", "No Show", "Cancelled",
        "Rescheduled",
    )  # fmt: skip
    for day, status in enumerate(statuses):
        await book(connection, client, therapist, NINE + timedelta(days=day), status=status)


async def test_a_provider_is_not_booked_twice(connection: Connection, client: UUID, therapist: UUID) -> None:
    first = await book(connection, client, therapist, NINE)
    for at in (NINE, NINE + timedelta(minutes=59), NINE - timedelta(minutes=59)):
        async with refused(connection, errors.ExclusionViolation) as caught:
            await book(connection, client, therapist, at)
        assert caught.value.diag.constraint_name == "appointments_no_double_booking"
    # back to back on both sides, and for somebody else at the same time
    await book(connection, client, therapist, NINE + HOUR)
    await book(connection, client, therapist, NINE - HOUR)
    await book(connection, client, await add_person(connection), NINE)
    # what does not hold its slot frees it, and does not get it back while it is taken
    for status in ("Cancelled", "Rescheduled", "No Show"):
        await connection.execute("update appointments set status = %s where id = %s", (status, first))
        other = await book(connection, client, therapist, NINE)
        async with refused(connection, errors.ExclusionViolation):
            await connection.execute("update appointments set status = 'Confirmed' where id = %s", (first,))
        await connection.execute("update appointments set deleted_at = now() where id = %s", (other,))


async def test_nor_by_two_at_once(
    database_url: str, connection: Connection, client: UUID, therapist: UUID
) -> None:
    for first_commits in (True, False):
        async with connect(database_url) as other:
            at = NINE + timedelta(days=int(first_commits))
            async with connection.transaction(force_rollback=not first_commits):
                await book(connection, client, therapist, at)
                waiting = asyncio.create_task(book(other, client, therapist, at + timedelta(minutes=30)))
                await until(lambda: count_waiting(connection))
                assert not waiting.done()
            if first_commits:
                with pytest.raises(errors.ExclusionViolation):
                    await waiting
            else:
                assert await waiting


async def count_waiting(connection: Connection) -> int:
    """How many wait for their turn to book, rather than for a rival's row, which could end in a deadlock."""
    row = await (
        await connection.execute(
            "select count(*) as n from pg_stat_activity "
            "where wait_event = 'advisory' and datname = current_database()"
        )
    ).fetchone()
    assert row
    return int(row["n"])


async def test_the_day_is_the_practices(connection: Connection, client: UUID, therapist: UUID) -> None:
    late = datetime(2026, 7, 2, 2, 30, tzinfo=UTC)  # 22:30 on July 1 in New York
    appointment = await book(connection, client, therapist, late)
    await connection.execute("set time zone 'Asia/Tokyo'")
    row = await (
        await connection.execute(
            "select appointment_date::text as day from appointments where id = %s", (appointment,)
        )
    ).fetchone()
    assert row == {"day": "2026-07-01"}
    async with refused(connection, errors.GeneratedAlways):
        await connection.execute("update appointments set appointment_date = '2026-01-01'")
