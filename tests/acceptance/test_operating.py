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
from tests.acceptance.test_jobs import ROOT, SAMPLES
from tests.sinks import mail_sink

from mentalspace.database.connection import Connection
from mentalspace.devstack.processes import free_port
from mentalspace.worker.probe import probe


async def wait_until_ready(address: str) -> None:
    async with asyncio.timeout(60):
        while await asyncio.to_thread(probe, address, "/health/ready"):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


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
        host, port = address.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(b"GET /metrics HTTP/1.1\r\n\r\n")
        metrics = (await reader.read()).decode()
        writer.close()
        assert "mentalspace_database_up 1.0" in metrics
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
