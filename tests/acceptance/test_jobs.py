"""`mentalspace worker` and `mentalspace job`: as processes where signals and kills matter."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic

import pytest
from tests.acceptance.conftest import Cli
from tests.sample_jobs import JOBS, make_effects

from mentalspace.database.connection import Connection
from mentalspace.jobs.history import find_runs
from mentalspace.jobs.ledger import Ledger, Status

ROOT = Path(__file__).parents[2]
SAMPLES = "tests.sample_jobs:JOBS"


@asynccontextmanager
async def mentalspace(*arguments: str) -> AsyncIterator[Process]:
    """The CLI as a process that does not outlive the block."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "COLUMNS": "160"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "cli.py", *arguments, cwd=ROOT, env=environment, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def wait_for(connection: Connection, job: str, status: Status) -> None:
    async with asyncio.timeout(60):
        while True:
            if any(run.status is status for run in await find_runs(connection, job)):
                return
            await asyncio.sleep(0.05)


@pytest.fixture
async def long_known(connection: Connection, database_url: str) -> None:
    await make_effects(connection)
    async with Ledger(database_url) as ledger:
        await ledger.register(JOBS, "America/New_York")
    await connection.execute(
        "update governance.jobs set registered_at = now() - interval '1 hour' where name = 'effect'"
    )


@pytest.mark.usefixtures("long_known")
async def test_worker_runs_its_schedule_and_drains(connection: Connection, database_url: str) -> None:
    async with mentalspace(
        "worker", "--only", "schedules", "--jobs", SAMPLES, "--database-url", database_url
    ) as process:
        await wait_for(connection, "effect", Status.succeeded)
        asked = monotonic()
        process.send_signal(signal.SIGTERM)
        out, err = await process.communicate()
    assert process.returncode == 0
    assert monotonic() - asked < 20
    assert out == b""
    events = [json.loads(line)["event"] for line in err.decode().splitlines()]
    assert events[0] == "worker started"
    assert {"run started", "run ended"} <= set(events)
    assert events[-1] == "worker stopped"


@pytest.mark.usefixtures("long_known")
async def test_a_killed_run_is_taken_over_with_one_effect(connection: Connection, database_url: str) -> None:
    options = ("--jobs", SAMPLES, "--database-url", database_url)
    async with mentalspace("job", "run", "atomic", *options) as process:
        await wait_for(connection, "atomic", Status.running)
        await asyncio.sleep(0.5)
        process.kill()
        await process.communicate()
    await connection.execute(
        "update governance.job_runs set lease_until = clock_timestamp() + interval '1 second' "
        "where status = 'running'"
    )
    async with mentalspace("worker", "--only", "schedules", *options, "--sweep", "0.5") as process:
        await wait_for(connection, "atomic", Status.succeeded)
        process.send_signal(signal.SIGTERM)
        await process.communicate()
    (run,) = await find_runs(connection, "atomic")
    assert run.attempt == 2
    rows = await (
        await connection.execute("select attempt from public.effects where run_id = %s", (run.run_id,))
    ).fetchall()
    assert [row["attempt"] for row in rows] == [2]


@pytest.mark.usefixtures("long_known")
async def test_exit_codes_of_a_run(database_url: str, cli: Cli) -> None:
    expected = {
        "effect": (0, "succeeded"),
        "finding": (1, "succeeded"),
        "failing": (3, "failed"),
    }
    options = ("--json", "--jobs", SAMPLES, "--database-url", database_url)
    answers = [await cli("job", "run", job, *options) for job in expected]
    told = [(ended.code, json.loads(ended.out)) for ended in answers]
    reports = {report["job"]: (code, report["status"]) for code, report in told}
    assert reports == expected


async def test_what_cannot_run_says_so_in_a_line(cli: Cli) -> None:
    nowhere = "postgresql://postgres:postgres@127.0.0.1:1/postgres"
    cases = (
        (("job", "run", "effects", "--jobs", SAMPLES, "--database-url", nowhere), 2, "there are: atomic"),
        (("job", "run", "effect", "--jobs", SAMPLES, "--database-url", nowhere), 3, "./run up"),
        (("worker", "--jobs", SAMPLES, "--database-url", "nonsense"), 2, "postgresql://"),
    )
    for arguments, code, word in cases:
        ended = await cli(*arguments)
        assert (ended.code, ended.out) == (code, "")
        assert word in ended.err
        assert len(ended.err.splitlines()) <= 2


@pytest.mark.usefixtures("long_known")
async def test_sigterm_cancels_a_run_by_hand(connection: Connection, database_url: str) -> None:
    async with mentalspace(
        "job", "run", "slow", "--jobs", SAMPLES, "--database-url", database_url
    ) as process:
        await wait_for(connection, "slow", Status.running)
        process.send_signal(signal.SIGTERM)
        await process.communicate()
    assert process.returncode == 3
    (run,) = await find_runs(connection, "slow")
    assert run.status is Status.cancelled


@pytest.mark.usefixtures("long_known")
async def test_list_and_history_say_what_came_of_it(database_url: str, cli: Cli) -> None:
    options = ("--jobs", SAMPLES, "--database-url", database_url)
    await cli("job", "run", "effect", *options)
    listed = await cli("job", "list", "--json", *options)
    listed_text = await cli("job", "list", *options)
    told = await cli("job", "history", "effect", "--json", "--database-url", database_url)
    jobs = {each["name"]: each for each in json.loads(listed.out)}
    assert jobs["effect"]["last_run"]["status"] == "succeeded"
    assert jobs["effect"]["next_run"]
    assert jobs["slow"]["last_run"] is None
    assert "Leaves an effect" in listed_text.out
    (run,) = json.loads(told.out)
    assert run["outcome"]["summary"] == "left an effect"
    assert "left an effect" in listed_text.out
    assert [ended.code for ended in (listed, listed_text, told)] == [0, 0, 0]
