"""What an operator does: start, look, pause, test a channel, send again, stop."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE
from time import monotonic

import pytest
from tests.acceptance.conftest import Cli
from tests.acceptance.test_jobs import ROOT, SAMPLES, mentalspace
from tests.outbox import fetch_all, record, until
from tests.sample_jobs import HANGING
from tests.sinks import mail_sink

from mentalspace.database.connection import Connection
from mentalspace.devstack.processes import free_port
from mentalspace.events.history import State, find_events
from mentalspace.jobs.history import find_runs
from mentalspace.jobs.ledger import Ledger, Status
from mentalspace.worker.probe import probe


async def wait_until_ready(address: str) -> None:
    async with asyncio.timeout(60):
        while await asyncio.to_thread(probe, address, "/health/ready"):
            await asyncio.sleep(0.1)


async def read_page(address: str, path: str) -> str:
    """All that a worker answers."""
    host, port = address.split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET {path} HTTP/1.1\r\n\r\n".encode())
    answer = (await reader.read()).decode()
    writer.close()
    return answer


@pytest.mark.parametrize(
    ("script", "options"),
    [("scheduler", ("--jobs", SAMPLES)), ("realtime", ("--consumers", "tests.outbox:CONSUMERS"))],
)
async def test_the_containers_processes_show_themselves_and_drain(
    database_url: str, script: str, options: tuple[str, ...]
) -> None:
    address = f"127.0.0.1:{free_port()}"
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
        "MENTALSPACE_WORKER_ADDRESS": address,
        "MENTALSPACE_DATABASE_URL": database_url,
        "MENTALSPACE_SUPABASE_URL": "http://127.0.0.1:1",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, f"workers/{script}.py", *options, cwd=ROOT, env=environment, stdout=PIPE, stderr=PIPE
    )
    try:
        await wait_until_ready(address)
        assert "mentalspace_database_up 1.0" in await read_page(address, "/metrics")
        asked = monotonic()
        process.send_signal(signal.SIGTERM)
        out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    assert (process.returncode, out) == (0, b"")
    assert monotonic() - asked < 20
    assert "hunter2" not in err.decode()
    assert "status server started" in [json.loads(line)["event"] for line in err.decode().splitlines()]


BUSY = "select from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"


async def test_what_does_not_end_in_time_is_handed_back(connection: Connection, database_url: str) -> None:
    """Both halves are in the middle of work when they are told to end; nothing of it counts as tried."""
    async with Ledger(database_url) as ledger:
        await ledger.register(HANGING, "America/New_York")
    await connection.execute("update governance.jobs set registered_at = now() - interval '1 hour'")
    await record(connection, "a")
    address = f"127.0.0.1:{free_port()}"
    work = ("--jobs", "tests.sample_jobs:HANGING", "--consumers", "tests.outbox:HANGING")
    where = ("--database-url", database_url, "--address", address)

    async def busy() -> bool:
        return len(await fetch_all(connection, BUSY)) == 2

    async def draining() -> bool:
        return "draining" in await read_page(address, "/health/ready")

    async with mentalspace("worker", *work, *where, "--drain", "1") as process:
        await until(busy)
        assert "ready" in await read_page(address, "/health/ready")
        asked = monotonic()
        process.send_signal(signal.SIGTERM)
        await until(draining)
        assert "200 OK" in await read_page(address, "/health/live")
        await process.communicate()
    assert (process.returncode, monotonic() - asked < 20) == (0, True)
    (run,) = await find_runs(connection)
    assert (run.status, run.attempt) == (Status.queued, 0)
    (entry,) = await find_events(connection)
    assert (entry.state, entry.attempts) == (State.pending, 0)


async def test_a_taken_port_ends_the_worker_with_a_line(database_url: str, cli: Cli) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    options = ("--only", "schedules", "--jobs", SAMPLES, "--database-url", database_url, "--address", address)
    async with server:
        ended = await cli("worker", *options)
    assert (ended.code, ended.out) == (3, "")
    assert f"{address} cannot be listened on" in ended.err


async def test_pause_and_resume(database_url: str, cli: Cli) -> None:
    options = ("--jobs", SAMPLES, "--database-url", database_url)
    paused = await cli("job", "pause", "effect", "--reason", "maintenance", "--json", *options)
    assert (paused.code, json.loads(paused.out)["reason"]) == (0, "maintenance")
    resumed = await cli("job", "resume", "effect", *options)
    assert (resumed.code, "next slot" in resumed.out) == (0, True)


QUEUED = """
insert into public.notification_logs (notification_type, subject, message, sent_via, recipient_user_ids)
values ('sample', 'appointments', '2 rows', '{slack}', array[gen_random_uuid()])
"""


async def test_messages_are_tested_listed_delivered_and_sent_again(
    connection: Connection, database_url: str, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = ("--database-url", database_url)
    async with mail_sink() as mail:
        monkeypatch.setenv("MENTALSPACE_NOTIFICATION_EMAIL_URL", mail.url)
        assert (await cli("notifications", "test", "email", "--to", "one@people.example")).code == 0
        assert mail.mails[0]["Subject"] == "[MentalSpace] Test of a channel"
        wrong = {
            ("test", "email"): "--to",
            ("test", "slack"): "MENTALSPACE_NOTIFICATION_SLACK_URL",
            ("test", "pigeon"): "email, slack or sms",
            ("resend",): "--failed",
        }
        for words, complaint in wrong.items():
            ended = await cli("notifications", *words)
            assert (ended.code, complaint in ended.err) == (2, True)
    monkeypatch.setenv(
        "MENTALSPACE_NOTIFICATION_EMAIL_URL",
        "mailto://user:hunter2@127.0.0.1:1?from=a@practice.example&to={recipient}",
    )
    ended = await cli("notifications", "test", "email", "--to", "one@people.example")
    assert (ended.code, "hunter2" in ended.err, "people.example" in ended.err) == (3, False, False)
    await connection.execute(QUEUED)
    assert (await cli("job", "run", "deliver_notifications", *url)).code == 0
    ended = await cli("notifications", "list", "--status", "failed", "--json", *url)
    (failed,) = json.loads(ended.out)
    assert (ended.code, failed["deliveries"]) == (0, {"slack skipped": 1})
    assert failed["last_error"] == "not_configured"
    ended = await cli("notifications", "resend", failed["id"], "--json", *url)
    assert (ended.code, json.loads(ended.out)) == (0, [failed["id"]])
    assert "pending" in (await cli("notifications", "list", *url)).out
