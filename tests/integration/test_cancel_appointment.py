"""A cancelled appointment, all the way: REST, the trigger, the outbox, Realtime, the worker, the messages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import pytest
from pydantic import SecretStr
from tests.conftest import RunningStack
from tests.database.fanout.oracle import Oracle, rows
from tests.integration.rest import sign_in
from tests.outbox import until

from mentalspace.database.connection import Connection, connect
from mentalspace.settings import Settings
from mentalspace.wiring import CONSUMERS, SUBSCRIPTIONS
from mentalspace.worker.changes import ChangeWorker, Sweeps

MESSAGES = """
select message.notification_type, message.recipient_user_ids, message.message, message.sent_via
from public.notification_logs message
join governance.consumed_events event on message.delivery_key ~ ('^raci:[CI]:' || event.event_id || '$')
where event.task = 'cancel_appointment' and event.row_key = '{}' and event.actor_id = '{}'
"""
DESK = "select id from public.profiles where email = 'front.desk@mentalspace.example'"
FORGET = "delete from public.notification_logs where delivery_key like 'raci:%'"


@pytest.fixture
async def database(stack: RunningStack) -> AsyncIterator[Connection]:
    async with connect(stack.database_url) as connection:
        yield connection


@asynccontextmanager
async def working(stack: RunningStack) -> AsyncIterator[ChangeWorker]:
    """A worker with the product's own consumers, woken by Realtime alone."""
    settings = Settings(
        database_url=SecretStr(stack.database_url),
        supabase_url=stack.url,
        supabase_secret_key=SecretStr(stack.secret_key),
    )
    never = timedelta(hours=1)
    worker, stop = ChangeWorker(settings, CONSUMERS, SUBSCRIPTIONS, Sweeps(never, never)), asyncio.Event()
    running = asyncio.create_task(worker.run(stop))
    try:
        yield worker
    finally:
        stop.set()
        await asyncio.wait_for(running, 10)


async def test_who_is_consulted_and_informed_hears_of_it(
    stack: RunningStack, http: httpx.AsyncClient, database: Connection, appointments: dict[str, str]
) -> None:
    """REST, the compiled trigger, the outbox, Realtime, the worker: messages to those, and to nobody else."""
    appointment = appointments["own"]
    (desk,) = await rows(database, DESK)
    (row,) = await rows(
        database, f"select provider_id, client_id from public.appointments where id = '{appointment}'"
    )
    oracle, concerned = await Oracle.read(database), (row["provider_id"], row["client_id"])
    told = oracle.told("scheduling", "cancel_appointment", *concerned, desk["id"])
    assert told
    messages = MESSAGES.format(appointment, desk["id"])
    front_desk = await sign_in(http, "front.desk")
    try:
        async with working(stack) as worker:

            async def is_live() -> bool:
                return worker.feed.live

            async def is_told() -> bool:
                return len(await rows(database, messages)) == len(told)

            await until(is_live)
            assert (await front_desk.cancel(appointment)).status_code == 200
            await until(is_told)
        found = await rows(database, messages)
    finally:
        await database.execute(FORGET)
    assert {each["notification_type"]: set(each["recipient_user_ids"]) for each in found} == {
        {"C": "raci_consulted", "I": "raci_informed"}[duty]: people for duty, people in told.items()
    }
    assert all(appointment in each["message"] for each in found)
    assert all(each["sent_via"] == ["in_app", "email"] for each in found)
