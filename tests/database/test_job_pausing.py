"""A paused job starts nothing, says who paused it, and goes on with the next slot; keys keep runs apart."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.database.test_job_worker import BRISK, wait_for_runs, working
from tests.sample_jobs import BRIEF, EFFECT, JOBS, SELDOM, count_effects, register_long_ago

from mentalspace.database.connection import Connection, connect
from mentalspace.jobs.history import find_runs, list_jobs
from mentalspace.jobs.ledger import Ledger, Status
from mentalspace.jobs.pausing import NotPausedError, PausedAlreadyError, pause_job, resume_job
from mentalspace.jobs.printing import show_listings, summarize_listing

ZONE = ZoneInfo("America/New_York")
SELDOM_EFFECT = replace(EFFECT, schedule=SELDOM)


@pytest.fixture
async def long_known(connection: Connection, database_url: str) -> None:
    await register_long_ago(connection, database_url)


@pytest.mark.usefixtures("long_known")
async def test_who_paused_and_who_resumed_is_recorded(connection: Connection) -> None:
    paused = await pause_job(connection, EFFECT, "night shift", "maintenance")
    assert (paused.paused_by, paused.reason) == ("night shift as postgres", "maintenance")
    with pytest.raises(PausedAlreadyError):
        await pause_job(connection, EFFECT, "somebody else")
    resumed = await resume_job(connection, EFFECT, "day shift")
    assert (resumed.paused_at, resumed.resumed_by) == (paused.paused_at, "day shift as postgres")
    with pytest.raises(NotPausedError):
        await resume_job(connection, EFFECT, "day shift")
    rows = await connection.execute("select count(*) as pauses from governance.job_pauses")
    assert await rows.fetchall() == [{"pauses": 1}]


@pytest.mark.usefixtures("long_known")
async def test_slots_of_a_pause_are_not_caught_up(connection: Connection, database_url: str) -> None:
    await pause_job(connection, SELDOM_EFFECT, "tester")
    async with working(database_url, SELDOM_EFFECT):
        await asyncio.sleep(0.3)
        await resume_job(connection, SELDOM_EFFECT, "tester")
        await asyncio.sleep(0.8)
    assert await find_runs(connection) == []


@pytest.mark.usefixtures("long_known")
async def test_slots_after_a_pause_run(connection: Connection, database_url: str) -> None:
    await pause_job(connection, SELDOM_EFFECT, "tester")
    await resume_job(connection, SELDOM_EFFECT, "tester")
    await connection.execute("update governance.jobs set resumed_at = '2024-02-28 12:00+00'")
    async with working(database_url, SELDOM_EFFECT):
        (run,) = await wait_for_runs(connection, 1, Status.succeeded)
    assert run.scheduled_for == datetime(2024, 2, 29, 5, 0, tzinfo=UTC)


@pytest.mark.usefixtures("long_known")
async def test_a_paused_job_is_listed_last_with_who_and_why(
    connection: Connection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    await pause_job(connection, EFFECT, "night shift", "maintenance")
    listings = await list_jobs(connection, JOBS, ZONE)
    paused = next(each for each in listings if each.job is EFFECT)
    assert paused.next_slot is None
    assert summarize_listing(paused)["pause"]["reason"] == "maintenance"
    show_listings([paused], ZONE)
    out = capsys.readouterr().out
    for words in ("paused", "night shift as postgres", "maintenance"):
        assert words in out


RUNS = """
insert into governance.job_runs (job, scheduled_for, concurrency_key, status, started_at, finished_at)
select 'effect', slot, 'effect', status, slot, slot + seconds * interval '1 second'
from unnest(%s::text[], %s::float8[]) with ordinality as run (status, seconds, number)
cross join lateral (select now() - interval '1 day' + number * interval '1 hour' as slot) as at
"""


@pytest.mark.usefixtures("long_known")
async def test_durations_tell_what_became_slower(
    connection: Connection, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    statuses = ["succeeded"] * 14 + ["failed", "succeeded"]
    await connection.execute(RUNS, (statuses, [99.0, *[2.0] * 13, 50.0, 8.0]))
    (listing,) = await list_jobs(connection, [EFFECT], ZONE)
    assert listing.durations == (*[2.0] * 11, 8.0)
    assert listing.usual_seconds == 2.0
    show_listings([listing], ZONE)
    out = capsys.readouterr().out
    assert "▃▃▃▃▃▃▃▃▃▃▃█" in out
    assert "4.0 times the usual" in out


@pytest.mark.usefixtures("long_known")
async def test_runs_that_share_a_key_never_overlap_and_none_is_lost(
    connection: Connection, database_url: str
) -> None:
    jobs = tuple(replace(job, schedule=SELDOM, concurrency_key="mail") for job in (BRIEF, EFFECT))
    async with working(database_url, *jobs, pace=BRISK, workers=2):
        one, other = await wait_for_runs(connection, 2, Status.succeeded)
    first, second = sorted((one, other), key=lambda run: str(run.started_at))
    assert first.finished_at is not None
    assert second.started_at is not None
    assert first.finished_at <= second.started_at
    assert await count_effects(connection) == 1


@pytest.mark.usefixtures("long_known")
async def test_nothing_is_prepared_for_a_pooler(connection: Connection, database_url: str) -> None:
    async with Ledger(f"{database_url}?pgbouncer=true", lease=timedelta(seconds=5)) as ledger:
        for hour in range(8):
            lease = await ledger.claim(EFFECT, datetime(2026, 1, 5, hour, tzinfo=UTC))
            assert lease
            await ledger.finish(lease, Status.succeeded, None, None)
        prepared = await ledger._ask_once("list_durations", {"names": ["effect"], "limit": 9})
        assert prepared
        assert ledger._connection is not None
        rows = await ledger._connection.execute("select from pg_prepared_statements")
        assert await rows.fetchall() == []


@pytest.mark.parametrize(
    ("suffix", "threshold"),
    [
        ("", 5),
        ("?pgbouncer=true", None),
        ("?pgbouncer=true&connect_timeout=3", None),
        ("?pgbouncer=false", 5),
    ],
)
async def test_the_address_says_whether_a_pooler_answers(
    database_url: str, suffix: str, threshold: int | None
) -> None:
    async with connect(database_url + suffix) as opened:
        assert opened.prepare_threshold == threshold
