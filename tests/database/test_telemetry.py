"""What runs, events and deliveries tell a collector: names, keys, counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import SecretStr
from tests.outbox import Writer, record
from tests.sample_jobs import EFFECT, FAILING, lease_run, make_effects
from tests.sinks import hook_sink
from tests.spans import kept_spans

from mentalspace.database.connection import Connection
from mentalspace.delivery.jobs import deliver
from mentalspace.events import EventContext
from mentalspace.events.consumer import Consumer
from mentalspace.events.drain import drain_batch
from mentalspace.jobs.oneshot import run_now
from mentalspace.settings import load_settings

MESSAGE = """
insert into public.notification_logs (notification_type, subject, message, sent_via, recipient_user_ids)
values ('sample', 'Jane Roe', 'Jane Roe', '{slack}', array[gen_random_uuid()])
"""


async def test_runs(connection: Connection, database_url: str) -> None:
    await make_effects(connection)
    settings = load_settings(database_url=database_url)
    with kept_spans() as spans:
        await run_now(EFFECT, settings)
        await run_now(FAILING, settings)
    done, failed = spans.about("job run")
    assert (done["job"], done["attempt"], done["status"], done["findings"]) == ("effect", 1, "succeeded", 0)
    assert (failed["status"], failed["error_class"]) == ("failed", "DatabaseError 22P02")
    assert "Jane" not in spans.text


async def test_batches_of_events_and_who_consumed_them(connection: Connection) -> None:
    await connection.execute("create table public.effects (consumer text, event_id bigint, row_key text)")
    await record(connection, "a", "a", "b")
    spoilt = Writer("spoilt", fails=lambda event: ValueError("Jane Roe") if event.row_key == "b" else None)
    with kept_spans() as spans:
        context = EventContext(connection, load_settings())
        await drain_batch(context, [spoilt.consumer, Consumer("idle", spoilt.handle, lambda _: False)])
        await drain_batch(context, [spoilt.consumer])
    (batch,) = spans.about("events batch")
    assert batch == {"events": 3, "consumed": 2, "failed": 1, "died": 0}
    assert spans.about("consumer") == [{"consumer": "spoilt", "events": 3, "rows": 2}]
    assert spans.parents()["consumer"] == "events batch"
    assert "Jane" not in spans.text


@pytest.mark.parametrize(("status", "end"), [(200, "sent"), (500, "failed")])
async def test_deliveries(connection: Connection, status: int, end: str) -> None:
    await connection.execute(MESSAGE)
    run = await lease_run(connection)
    async with hook_sink() as hook:
        hook.status = status
        settings = load_settings(notification_slack_url=SecretStr(hook.url))
        with kept_spans() as spans:
            await deliver(replace(run, settings=settings))
    assert spans.about("delivery") == [{"channel": "slack", "attempt": 1, "messages": 1, "end": end}]
    assert "Jane" not in spans.text
    assert hook.url not in spans.text
