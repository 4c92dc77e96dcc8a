"""`mentalspace worker` as a process against a database, with nothing to wake it."""

from __future__ import annotations

import json
import signal
from time import monotonic

from tests.acceptance.conftest import Cli
from tests.acceptance.test_jobs import mentalspace
from tests.outbox import fetch_all, record, until

from mentalspace.database.connection import Connection
from mentalspace.events.history import measure_backlog

CONSUMED = "select count(*) from governance.consumed_events"


async def test_events_are_consumed_without_realtime(connection: Connection, database_url: str) -> None:
    await record(connection, "a", "b")
    options = ("--only", "changes", "--consumers", "tests.outbox:CONSUMERS", "--database-url", database_url)
    async with mentalspace("worker", *options) as process:

        async def consumed() -> bool:
            return await fetch_all(connection, CONSUMED) == [(2,)]

        await until(consumed)
        asked = monotonic()
        process.send_signal(signal.SIGTERM)
        out, err = await process.communicate()
    assert (process.returncode, out) == (0, b"")
    assert monotonic() - asked < 20
    events = [json.loads(line)["event"] for line in err.decode().splitlines()]
    assert {"claimer started", "feed ended, trying again", "claimer stopped"} <= set(events)
    assert (await measure_backlog(connection)).waiting == 0


async def test_a_dead_event_is_listed_retried_and_dropped(
    connection: Connection, database_url: str, cli: Cli
) -> None:
    await record(connection, "a", "b")
    await connection.execute("update governance.events set died_at = now(), error_class = 'KeyError'")
    answers = []
    for words in (
        ("list", "--state", "dead", "--json"),
        ("retry", "1", "--json"),
        ("drop", "--all", "--json"),
        ("list", "--json"),
        ("list",),
    ):
        ended = await cli("events", *words, "--database-url", database_url)
        assert ended.code == 0
        answers.append(ended.out)
    dead, retried, dropped, left = map(json.loads, answers[:4])
    assert [entry["error_class"] for entry in dead] == ["KeyError", "KeyError"]
    assert (retried, dropped, [entry["state"] for entry in left]) == ([1], [2], ["pending"])
    assert "1 waiting" in answers[4]


async def test_wrong_words_are_refused(database_url: str, cli: Cli) -> None:
    for words in (("list", "--state", "lost"), ("retry",), ("drop", "1", "--all")):
        ended = await cli("events", *words, "--database-url", database_url)
        assert (ended.code, len(ended.err.splitlines())) == (2, 1)
    assert (await cli("worker", "--consumers", "tests.outbox:EFFECTS")).code == 2
