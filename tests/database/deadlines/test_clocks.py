"""Every clock: before, at, after; done in time, done late; cancelled; across the end of summer time."""

from __future__ import annotations

from datetime import datetime, timedelta

import psycopg
import pytest
from tests.database.deadlines.clocks import CASES, KEY, START, Case

from mentalspace.database.connection import Connection
from mentalspace.deadlines.promise import DueRow, Promise, find_due, find_promises

ZONE = "America/New_York"
SECOND = timedelta(seconds=1)
YEARS = timedelta(days=3650)


async def measured(connection: Connection) -> dict[str, Promise]:
    return {each.name: each for each in await find_promises(connection) if each.is_measured}


async def find_row(
    connection: Connection, promise: Promise, now: datetime, ahead: timedelta
) -> DueRow | None:
    rows = await find_due(connection, promise, now, now + ahead, ZONE)
    return next((row for row in rows if row.row_key == KEY), None)


async def test_every_clock_strikes_when_it_should(seeded_connection: Connection) -> None:
    promises = await measured(seeded_connection)
    assert set(CASES) == set(promises), "a clock without a case, or the reverse"
    wrong = []
    for name, case in CASES.items():
        async with seeded_connection.transaction(force_rollback=True):
            await seeded_connection.execute(case.waits.encode())
            wrong += [f"{name}: {what}" for what in await judge(seeded_connection, promises[name], case)]
    assert wrong == []


async def judge(connection: Connection, promise: Promise, case: Case) -> list[str]:
    """What the clock gets wrong."""
    wrong = []
    seen = await find_row(connection, promise, case.due - timedelta(days=2), timedelta(days=30))
    if seen is None or seen.due_at != case.due:
        wrong.append(f"due {case.due}, not {seen and seen.due_at.astimezone(case.due.tzinfo)}")
    for step, late in ((-SECOND, False), (timedelta(), False), (SECOND, True)):
        if bool(await find_row(connection, promise, case.due + step, timedelta())) is not late:
            wrong.append(f"{'not ' if late else ''}late {step} after it is due")
    for what, statement in (("done", case.does), ("cancelled", case.cancels)):
        async with connection.transaction(force_rollback=True):
            await connection.execute(statement.encode())
            if await find_row(connection, promise, case.due - SECOND, YEARS):
                wrong.append(f"waits, although {what} in time")
            if await find_row(connection, promise, case.due + SECOND, timedelta()):
                wrong.append(f"late, although {what} in the end")
    return wrong


async def test_what_counts_back_is_over_when_the_moment_has_come(seeded_connection: Connection) -> None:
    promises = await measured(seeded_connection)
    start = datetime.fromisoformat(START)
    backwards = [name for name, case in CASES.items() if case.counts_back]
    assert len(backwards) > 1
    for name in backwards:
        async with seeded_connection.transaction(force_rollback=True):
            await seeded_connection.execute(CASES[name].waits.encode())
            assert await find_row(seeded_connection, promises[name], start - SECOND, timedelta()), name
            assert not await find_row(seeded_connection, promises[name], start, timedelta()), name


@pytest.mark.parametrize(
    ("booked", "due"),
    [
        (
            "2026-10-31 09:00-04",
            {"send_reminders": "2026-10-31 13:00-04", "set_up_session": "2026-10-31 12:00-04"},
        ),
        # Too late for a reminder a day before; a room is still needed, an hour after the booking.
        ("2026-10-31 20:00-04", {"set_up_session": "2026-10-31 21:00-04"}),
    ],
)
async def test_short_notice(seeded_connection: Connection, booked: str, due: dict[str, str]) -> None:
    promises = await measured(seeded_connection)
    await seeded_connection.execute(CASES["telehealth.set_up_session"].waits.encode())
    await seeded_connection.execute(
        "update public.appointments set created_date = %s where id = %s", (booked, KEY)
    )
    now = datetime.fromisoformat(booked)
    found = {}
    for name in ("scheduling.send_reminders", "telehealth.set_up_session"):
        if row := await find_row(seeded_connection, promises[name], now, timedelta(days=9)):
            found[promises[name].task] = row.due_at
    assert found == {task: datetime.fromisoformat(moment) for task, moment in due.items()}


async def test_days_are_the_practices_days(seeded_connection: Connection) -> None:
    """A day of 25 hours is one day; asked for another zone, the same row is due at another time."""
    promises = await measured(seeded_connection)
    await seeded_connection.execute(CASES["billing.send_statement"].waits.encode())
    promise, now = promises["billing.send_statement"], datetime.fromisoformat("2026-11-01 12:00-05:00")
    rows = await find_due(seeded_connection, promise, now, now + YEARS, "Asia/Tokyo")
    (row,) = [row for row in rows if row.row_key == KEY]
    assert row.due_at == datetime.fromisoformat("2026-11-11 00:00+09:00")


async def test_a_task_without_a_clock_is_refused(connection: Connection) -> None:
    promises = await find_promises(connection)
    (promise,) = [each for each in promises if each.name == "scheduling.cancel_appointment"]
    now = datetime.fromisoformat(START)
    with pytest.raises(psycopg.errors.NoDataFound, match=r"no clock for scheduling\.cancel_appointment"):
        await find_due(connection, promise, now, now, ZONE)


async def test_no_promise_is_passed_over_in_silence(connection: Connection) -> None:
    promises = await find_promises(connection)
    assert len(promises) > 20
    assert [each.name for each in promises if each.is_measured is bool(each.unmeasured)] == []
