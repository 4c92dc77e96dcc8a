"""Releases: recorded once, reviewed in time, measured over exactly 72 hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr
from tests.charts import add_person, insert, open_chart
from tests.people import acting_as, refused

from mentalspace.database.connection import Connection
from mentalspace.errors import InputError
from mentalspace.jobs.oneshot import run_now
from mentalspace.releases.findings import find_overdue
from mentalspace.releases.jobs import JOBS
from mentalspace.releases.recording import (
    capture_metrics,
    complete_review,
    fetch_release,
    find_releases,
    find_uncaptured,
    record_release,
)
from mentalspace.releases.release import Deployment, Release, ReviewState
from mentalspace.settings import Settings

START = datetime(2026, 3, 6, 12, tzinfo=UTC)
# In the middle of the window the clocks of the practice go forward; 72 hours stay 72 hours.
END = START + timedelta(hours=72)
MOMENT = timedelta(microseconds=1)


async def now(connection: Connection) -> datetime:
    row = await (await connection.execute("select now() as now")).fetchone()
    assert row
    moment: datetime = row["now"]
    return moment


async def record(connection: Connection, version: str = "v1", at: datetime | None = START) -> Release:
    return await record_release(connection, Deployment(version=version, deployed_at=at))


async def add_issue(connection: Connection, at: datetime, severity: str = "high", **values: Any) -> None:
    await insert(connection, "issue_tracker", title="x", severity=severity, created_at=at, **values)


async def add_request(connection: Connection, at: datetime, milliseconds: int, status: int = 200) -> None:
    await insert(
        connection,
        "api_logs",
        method="GET",
        url="/",
        created_at=at,
        response_time_ms=milliseconds,
        status_code=status,
    )


# recording --------------------------------------------------------------------------------------------------


async def test_a_release_and_its_review_are_one(connection: Connection) -> None:
    release = await record_release(
        connection,
        Deployment(version="v1", deployed_at=START, changes=("one", "two"), deployment_minutes=3),
    )
    assert (release.release_date, release.changes) == (START, ("one", "two"))
    assert release.review.scheduled_for == END
    assert release.review.overdue_after == START + timedelta(hours=96)
    assert release.review.facilitator == "release_manager"


async def test_a_release_whose_review_cannot_be_scheduled_is_not_recorded(connection: Connection) -> None:
    await connection.execute("alter table public.post_release_reviews add check (false)")
    with pytest.raises(psycopg.errors.CheckViolation):
        await record(connection)
    assert await find_releases(connection) == ()


async def test_whoever_inserts_a_release_gets_a_review(connection: Connection) -> None:
    async with acting_as(connection, None, role="service_role"):
        await connection.execute("insert into public.releases (version) values ('v9')")
        release = await fetch_release(connection, "v9")
        assert release.review.scheduled_for == release.release_date + timedelta(hours=72)


async def test_a_version_is_recorded_once(connection: Connection) -> None:
    await record(connection)
    with pytest.raises(InputError, match="v1 is recorded already, deployed 2026-03-06 12:00") as caught:
        await record(connection, at=START + timedelta(days=1))
    assert caught.value.exit_code == 2
    assert len(await find_releases(connection)) == 1


async def test_a_release_of_tomorrow_is_refused(connection: Connection) -> None:
    with pytest.raises(InputError, match="in the future"):
        await record(connection, at=await now(connection) + timedelta(hours=1))
    assert await find_releases(connection) == ()


async def test_now_is_the_clock_of_the_database(connection: Connection) -> None:
    before = await now(connection)
    release = await record(connection, at=None)
    assert before <= release.release_date <= await now(connection)
    assert release.review.state is ReviewState.scheduled


async def test_an_unknown_version_names_the_latest(connection: Connection) -> None:
    with pytest.raises(InputError, match="no release v2; none is recorded"):
        await fetch_release(connection, "v2")
    await record(connection)
    with pytest.raises(InputError, match="no release v2; the latest are v1"):
        await capture_metrics(connection, "v2")


async def test_newest_first(connection: Connection) -> None:
    for days, version in enumerate(("v1", "v3", "v2")):
        await record(connection, version, START + timedelta(days=days))
    assert [release.release_version for release in await find_releases(connection)] == ["v2", "v3", "v1"]


# reviews ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "state"),
    [
        (timedelta(hours=72) - timedelta(minutes=1), ReviewState.scheduled),
        (timedelta(hours=72), ReviewState.due),
        (timedelta(hours=96) - timedelta(minutes=1), ReviewState.due),
        (timedelta(hours=96), ReviewState.overdue),
    ],
)
async def test_due_after_72_hours_overdue_after_96(
    connection: Connection, age: timedelta, state: ReviewState
) -> None:
    async with connection.transaction():  # now() stands still
        await record(connection, at=await now(connection) - age)
        release = await fetch_release(connection, "v1")
    assert release.review.state is state
    assert len(find_overdue([release])) == (state is ReviewState.overdue)


async def test_a_completed_review_is_neither_due_nor_overdue(connection: Connection) -> None:
    await record(connection)
    release = await complete_review(connection, "v1", facilitator="clinical_director", health_score=7.5)
    assert release.review.state is ReviewState.completed
    assert (release.review.facilitator, release.review.health_score) == ("clinical_director", 7.5)
    assert release.review.completed_at
    assert not release.awaits_review
    with pytest.raises(InputError, match="completed already"):
        await complete_review(connection, "v1")


async def test_no_review_before_the_72_hours_are_over(connection: Connection) -> None:
    await record(connection, at=await now(connection) - timedelta(hours=71))
    with pytest.raises(InputError, match="72 hours of v1 are not over"):
        await complete_review(connection, "v1")


async def test_a_corrected_deployment_time_moves_the_review(connection: Connection) -> None:
    await record(connection)
    await connection.execute("update public.releases set deployed_at = deployed_at + interval '1 day'")
    release = await fetch_release(connection, "v1")
    assert release.review.scheduled_for == END + timedelta(days=1)


# metrics ----------------------------------------------------------------------------------------------------


async def test_the_window_is_half_open(connection: Connection) -> None:
    """The moment of deployment counts, the moment 72 hours later does not."""
    chart = await open_chart(connection)
    client = await chart.client()
    for moment in (START - MOMENT, START, END - MOMENT, END):
        await add_issue(connection, moment)
        await chart.appointment(client, START.date(), created_date=moment)
        await add_request(connection, moment, 100 if START <= moment < END else 900)
    await record(connection)
    metrics = await capture_metrics(connection, "v1")
    assert metrics.total_defects == 2
    assert metrics.business_metrics.appointments_created == 2
    assert metrics.performance.p95_response_time == 100
    assert (metrics.window_end, metrics.is_complete) == (END, True)


async def test_severity_is_p0_to_p3(connection: Connection) -> None:
    for severity, number in (("critical", 1), ("high", 2), ("medium", 3), ("low", 4)):
        for _ in range(number):
            await add_issue(connection, START, severity)
    await add_issue(connection, START, "low", found_in="staging")
    await record(connection)
    metrics = await capture_metrics(connection, "v1")
    assert metrics.defects.model_dump() == {"p0": 1, "p1": 2, "p2": 3, "p3": 5}
    assert (metrics.total_defects, metrics.escaped_defects) == (11, 10)


async def test_p95_and_error_rate(connection: Connection) -> None:
    for number in range(1, 101):
        await add_request(connection, START, number, 500 if number <= 3 else 404 if number <= 50 else 200)
    await record(connection)
    performance = (await capture_metrics(connection, "v1")).performance
    assert (performance.p95_response_time, performance.error_rate) == (95, 3.0)


async def test_without_requests_nothing_is_made_up(connection: Connection) -> None:
    await add_request(connection, START - MOMENT, 80)
    await record(connection)
    metrics = await capture_metrics(connection, "v1")
    assert (metrics.performance.p95_response_time, metrics.performance.error_rate) == (None, None)
    assert (metrics.total_defects, metrics.business_metrics.appointments_created) == (0, 0)


async def test_a_partial_window_says_so_and_grows(connection: Connection) -> None:
    await record(connection)
    await add_issue(connection, START + timedelta(hours=1))
    await add_issue(connection, START + timedelta(hours=50))
    first = await capture_metrics(connection, "v1", START + timedelta(hours=24))
    assert (first.total_defects, first.is_complete) == (1, False)
    again = await capture_metrics(connection, "v1", START + timedelta(hours=24))
    assert again == first
    last = await capture_metrics(connection, "v1", END)
    assert (last.total_defects, last.is_complete) == (2, True)
    cursor = await connection.execute("select count(*) as number from public.release_metrics")
    assert await cursor.fetchone() == {"number": 1}


async def test_complete_metrics_outlive_the_logs_they_came_from(connection: Connection) -> None:
    """api_logs are kept for a month; capturing again must not lose what was measured."""
    await record(connection)
    await add_request(connection, START, 120)
    first = await capture_metrics(connection, "v1")
    await connection.execute("delete from public.api_logs")
    assert await capture_metrics(connection, "v1") == first


async def test_metrics_of_a_wrong_time_are_measured_again(connection: Connection) -> None:
    await record(connection)
    await add_issue(connection, END)
    assert (await capture_metrics(connection, "v1")).total_defects == 0
    await connection.execute("update public.releases set deployed_at = deployed_at + interval '1 day'")
    assert await find_uncaptured(connection) == ("v1",)
    assert (await capture_metrics(connection, "v1")).total_defects == 1


async def test_the_database_refuses_complete_metrics_of_an_open_window(connection: Connection) -> None:
    await record(connection)
    await capture_metrics(connection, "v1", START + timedelta(hours=1))
    with pytest.raises(psycopg.errors.CheckViolation):
        await connection.execute("update public.release_metrics set is_complete = true")


# the job ----------------------------------------------------------------------------------------------------


async def test_the_job_captures_what_is_not_complete(connection: Connection, database_url: str) -> None:
    moment = await now(connection)
    await record(connection, "done")
    await capture_metrics(connection, "done")
    await record(connection, "over", moment - timedelta(hours=80))
    await record(connection, "running", moment - timedelta(hours=1))
    report = await run_now(JOBS[0], Settings(database_url=SecretStr(database_url)))
    assert report.outcome
    assert report.outcome.data == {"captured": ["over", "running"]}
    assert [finding.subject for finding in report.outcome.findings] == ["release done"]
    assert await find_uncaptured(connection) == ("running",)


# who may ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "table", ["releases", "release_metrics", "post_release_reviews", "review_action_items"]
)
async def test_users_reach_none_of_it(connection: Connection, table: str) -> None:
    person = await add_person(connection)
    await insert(connection, "user_roles", user_id=person, role="administrator")
    for user, role in ((None, "anon"), (person, "authenticated")):
        async with acting_as(connection, user, role=role), refused(connection):
            await connection.execute(f"select from public.{table}")


async def test_an_action_item_is_tracked_until_it_is_done(connection: Connection) -> None:
    await record(connection)
    row = await (await connection.execute("select id from public.post_release_reviews")).fetchone()
    assert row
    item = await insert(
        connection,
        "review_action_items",
        review_id=row["id"],
        action="Add mobile browsers to the test matrix",
        owner_position="release_manager",
        due_date=START.date(),
    )
    assert (await fetch_release(connection, "v1")).review.open_action_items == 1
    async with refused(connection, psycopg.errors.CheckViolation):
        await connection.execute("update public.review_action_items set status = 'done'")
    await connection.execute(
        "update public.review_action_items set status = 'done', completed_at = now() where id = %s", (item,)
    )
    assert (await fetch_release(connection, "v1")).review.open_action_items == 0
