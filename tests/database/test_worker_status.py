"""A worker over HTTP: alive, ready or not, metrics of what it did and of what waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.outbox import record
from tests.sample_jobs import EFFECT, FAILING, JOBS

from mentalspace.database.connection import Connection
from mentalspace.errors import InputError, UnavailableError
from mentalspace.jobs.ledger import Ledger, Status
from mentalspace.jobs.pausing import pause_job
from mentalspace.jobs.runner import Report
from mentalspace.worker.health import Health
from mentalspace.worker.metrics import Metrics
from mentalspace.worker.probe import probe
from mentalspace.worker.status import StatusServer, parse_address

NOWHERE = "postgresql://postgres:hunter2@127.0.0.1:1/postgres"


@asynccontextmanager
async def serving(url: str, stop: asyncio.Event | None = None) -> AsyncIterator[tuple[StatusServer, Metrics]]:
    metrics = Metrics(url)
    server = StatusServer("127.0.0.1:0", Health(url, metrics, stop or asyncio.Event()).pages)
    ending = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        group.create_task(server.run(ending))
        while not server.port:
            await asyncio.sleep(0.01)
        try:
            yield server, metrics
        finally:
            ending.set()


async def ask(server: StatusServer, path: str, method: str = "GET") -> tuple[int, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(f"{method} {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return int(head.split()[1]), body


def read(text: str) -> dict[tuple[str, ...], float]:
    return {
        (sample.name.removeprefix("mentalspace_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_alive_and_ready_with_a_database(database_url: str) -> None:
    async with serving(database_url) as (server, _):
        assert await ask(server, "/health/live") == (200, "alive\n")
        assert await ask(server, "/health/ready?x=1") == (200, "ready\n")
        assert await ask(server, "/health/live", "HEAD") == (200, "")
        assert (await ask(server, "/health/live", "POST"))[0] == 405
        assert (await ask(server, "/"))[0] == 404
        assert await asyncio.to_thread(probe, f"0.0.0.0:{server.port}", "/health/ready") == 0
        assert await asyncio.to_thread(probe, f"0.0.0.0:{server.port}", "/elsewhere") == 1
    assert await asyncio.to_thread(probe, f"0.0.0.0:{server.port}", "/health/live") == 1


async def test_alive_but_not_ready_without_database_or_while_draining(
    database_url: str, empty_database_url: str
) -> None:
    for url in (NOWHERE, empty_database_url):
        async with serving(url) as (server, _):
            assert (await ask(server, "/health/live"))[0] == 200
            status, body = await ask(server, "/health/ready")
            assert status == 503
            assert "hunter2" not in body
            status, body = await ask(server, "/metrics")
            assert (status, read(body)["database_up",]) == (200, 0)
    stop = asyncio.Event()
    stop.set()
    async with serving(database_url, stop) as (server, _):
        assert await ask(server, "/health/ready") == (503, "draining\n")


async def test_nonsense_is_dropped_and_the_next_is_served(database_url: str) -> None:
    async with serving(database_url) as (server, _):
        for garbage in (b"\x00" * 20_000, b"\r\n\r\n", b"GET\r\n\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(garbage)
            writer.write_eof()
            await asyncio.wait_for(reader.read(), 8)
            writer.close()
        assert (await ask(server, "/health/live"))[0] == 200


async def test_metrics_say_what_was_done_and_what_waits(connection: Connection, database_url: str) -> None:
    await record(connection, "a", "b")
    await connection.execute(
        "insert into public.notification_logs (notification_type, subject, message) values ('a', 'b', 'c')"
    )
    async with Ledger(database_url) as ledger:
        await ledger.register(JOBS, "America/New_York")
        for job, status in ((EFFECT, Status.succeeded), (FAILING, Status.failed)):
            lease = await ledger.claim(job, datetime(2026, 1, 5, tzinfo=UTC))
            assert lease
            await ledger.finish(lease, status, None, None)
        assert await ledger.claim(EFFECT, datetime(2026, 1, 6, tzinfo=UTC))
    await pause_job(connection, FAILING, "tester")
    async with serving(database_url) as (server, metrics):
        metrics.observe_run(Report(1, "effect", Status.succeeded, 0.2))
        metrics.observe_run(Report(2, "effect", None, 9.0))
        said = read((await ask(server, "/metrics"))[1])
    expected = {
        ("database_up",): 1,
        ("job_run_seconds_count", "effect", "succeeded"): 1,
        ("job_run_seconds_count", "effect", "lost"): 1,
        ("events_waiting",): 2,
        ("events_dead",): 0,
        ("deliveries_due",): 1,
        ("job_failing", "failing"): 1,
        ("job_failing", "effect"): 0,
        ("job_paused", "failing"): 1,
        ("job_runs_open", "running"): 1,
        ("alerts_open",): 0,
    }
    assert {key: said.get(key) for key in expected} == expected
    assert said["job_last_success_timestamp_seconds", "effect"] > 1_700_000_000
    assert said["events_lag_seconds",] >= 0


async def test_a_taken_port_says_so(database_url: str) -> None:
    async with serving(database_url) as (server, _):
        again = StatusServer(f"127.0.0.1:{server.port}", {})
        with pytest.raises(UnavailableError, match="taken"):
            await again.run(asyncio.Event())


@pytest.mark.parametrize("address", ["8080", ":8080", "host:", "host:x", "host:70000"])
def test_an_address_needs_host_and_port(address: str) -> None:
    with pytest.raises(InputError, match="host:port"):
        parse_address(address)
    assert parse_address("[::1]:80") == ("::1", 80)
