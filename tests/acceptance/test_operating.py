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
from tests.acceptance.test_jobs import ROOT, SAMPLES, call
from tests.sinks import mail_sink

from mentalspace.database.connection import Connection
from mentalspace.devstack.processes import free_port
from mentalspace.worker.probe import probe


async def wait_until_ready(address: str) -> None:
    async with asyncio.timeout(20):
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


async def test_a_taken_port_ends_the_worker_with_a_line(database_url: str) -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    options = ("--only", "schedules", "--jobs", SAMPLES, "--database-url", database_url, "--address", address)
    code, out, err = await call("worker", *options)
    server.close()
    assert (code, out) == (3, "")
    assert f"{address} cannot be listened on" in err


async def test_pause_and_resume(database_url: str) -> None:
    options = ("--jobs", SAMPLES, "--database-url", database_url)
    code, out, _ = await call("job", "pause", "effect", "--reason", "maintenance", "--json", *options)
    assert (code, json.loads(out)["reason"]) == (0, "maintenance")
    code, out, _ = await call("job", "resume", "effect", *options)
    assert (code, "next slot" in out) == (0, True)


QUEUED = """
insert into public.notification_logs (notification_type, subject, message, sent_via, recipient_user_ids)
values ('sample', 'appointments', '2 rows', '{slack}', array[gen_random_uuid()])
"""


async def test_messages_are_tested_listed_delivered_and_sent_again(
    connection: Connection, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = ("--database-url", database_url)
    async with mail_sink() as mail:
        monkeypatch.setenv("MENTALSPACE_NOTIFICATION_EMAIL_URL", mail.url)
        assert (await call("notifications", "test", "email", "--to", "one@people.example"))[0] == 0
        assert mail.mails[0]["Subject"] == "[MentalSpace] Test of a channel"
        wrong = {
            ("test", "email"): "--to",
            ("test", "slack"): "MENTALSPACE_NOTIFICATION_SLACK_URL",
            ("test", "pigeon"): "email, slack or sms",
            ("resend",): "--failed",
        }
        answers = await asyncio.gather(*(call("notifications", *words) for words in wrong))
        for (code, _, err), complaint in zip(answers, wrong.values(), strict=True):
            assert (code, complaint in err) == (2, True)
    monkeypatch.setenv(
        "MENTALSPACE_NOTIFICATION_EMAIL_URL",
        "mailto://user:hunter2@127.0.0.1:1?from=a@practice.example&to={recipient}",
    )
    code, _, err = await call("notifications", "test", "email", "--to", "one@people.example")
    assert (code, "hunter2" in err, "people.example" in err) == (3, False, False)
    await connection.execute(QUEUED)
    assert (await call("job", "run", "deliver_notifications", *url))[0] == 0
    code, out, _ = await call("notifications", "list", "--status", "failed", "--json", *url)
    (failed,) = json.loads(out)
    assert (code, failed["deliveries"], failed["last_error"]) == (0, {"slack skipped": 1}, "not_configured")
    code, out, _ = await call("notifications", "resend", failed["id"], "--json", *url)
    assert (code, json.loads(out)) == (0, [failed["id"]])
    assert "pending" in (await call("notifications", "list", *url))[1]
