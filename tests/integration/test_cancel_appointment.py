"""The matrix through REST, as the frontend meets it: who may cancel whose appointment, how refusals speak."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr
from tests.conftest import RunningStack
from tests.database.fanout.oracle import Oracle, rows
from tests.outbox import until

from mentalspace.database.connection import Connection, connect
from mentalspace.settings import Settings
from mentalspace.wiring import CONSUMERS, SUBSCRIPTIONS
from mentalspace.worker.changes import ChangeWorker, Sweeps

PASSWORD = "synthetic-practice"
FORBIDDEN, OK = 403, 200


@dataclass(frozen=True)
class Booked:
    """Two appointments of one client of Therapist One, to whose portal the client has a login."""

    with_therapist: UUID
    with_colleague: UUID


PEOPLE = """
select
  (select id from public.profiles where email = 'therapist@mentalspace.example') as therapist,
  (select id from public.profiles where email = 'therapist.two@mentalspace.example') as colleague,
  (select client.id from public.clients client
   join public.profiles login on login.id = client.portal_user_id
   where login.email = 'client.user@mentalspace.example') as client
"""
BOOK = """
insert into public.appointments (id, client_id, provider_id, start_time, end_time, appointment_type)
values (%(id)s, %(client)s, %(provider)s, now() + interval '300 days', now() + interval '301 days',
  'Individual Therapy')
"""


@pytest.fixture
async def database(stack: RunningStack) -> AsyncIterator[Connection]:
    async with connect(stack.database_url) as connection:
        yield connection


@pytest.fixture
async def booked(database: Connection) -> AsyncIterator[Booked]:
    people = await (await database.execute(PEOPLE)).fetchone()
    assert people
    assert all(people.values())
    made = Booked(uuid4(), uuid4())
    therapist = await (
        await database.execute(
            "select primary_therapist_id as id from public.clients where id = %s", (people["client"],)
        )
    ).fetchone()
    assert therapist == {"id": people["therapist"]}, "the seed gives client 1 to Therapist One"
    for key, provider in ((made.with_therapist, "therapist"), (made.with_colleague, "colleague")):
        values = {"id": key, "client": people["client"], "provider": people[provider]}
        await database.execute(BOOK, values)
    yield made
    await database.execute(
        "delete from public.appointments where id = any(%s)", ([made.with_therapist, made.with_colleague],)
    )


class Person:
    """Somebody signed in who speaks REST."""

    def __init__(self, stack: RunningStack, http: httpx.AsyncClient, token: str) -> None:
        self.appointments = f"{stack.url}/rest/v1/appointments"
        self.http = http
        self.headers = {"apikey": stack.publishable_key, "Authorization": f"Bearer {token}"}

    async def cancel(self, id: UUID) -> httpx.Response:
        return await self.http.patch(
            self.appointments,
            params={"id": f"eq.{id}"},
            headers=self.headers | {"Prefer": "return=representation"},
            json={"status": "Cancelled", "cancellation_reason": "asked to"},
        )

    async def sees(self, id: UUID) -> bool:
        answer = await self.http.get(self.appointments, params={"id": f"eq.{id}"}, headers=self.headers)
        return len(answer.json()) == 1


async def sign_in(stack: RunningStack, http: httpx.AsyncClient, name: str) -> Person:
    answer = await http.post(
        f"{stack.url}/auth/v1/token?grant_type=password",
        headers={"apikey": stack.publishable_key},
        json={"email": f"{name}@mentalspace.example", "password": PASSWORD},
    )
    return Person(stack, http, answer.json()["access_token"])


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(timeout=20, trust_env=False) as client:
        yield client


async def status(database: Connection, id: UUID) -> str:
    row = await (
        await database.execute("select status from public.appointments where id = %s", (id,))
    ).fetchone()
    assert row
    return str(row["status"])


async def test_a_therapist_is_refused_a_visible_colleagues_by_name(
    stack: RunningStack, http: httpx.AsyncClient, database: Connection, booked: Booked
) -> None:
    therapist = await sign_in(stack, http, "therapist")
    assert await therapist.sees(booked.with_colleague)

    refusal = await therapist.cancel(booked.with_colleague)

    assert refusal.status_code == FORBIDDEN
    said = refusal.json()
    assert said["code"] == "42501"
    assert "scheduling.cancel_appointment" in said["details"]
    assert "front_desk" in said["hint"]
    assert await status(database, booked.with_colleague) == "Scheduled"


async def test_a_therapist_cancels_their_own(
    stack: RunningStack, http: httpx.AsyncClient, database: Connection, booked: Booked
) -> None:
    answer = await (await sign_in(stack, http, "therapist")).cancel(booked.with_therapist)
    assert (answer.status_code, answer.json()[0]["status"]) == (OK, "Cancelled")
    assert answer.json()[0]["cancelled_by"]
    assert await status(database, booked.with_therapist) == "Cancelled"


async def test_the_front_desk_cancels_both(
    stack: RunningStack, http: httpx.AsyncClient, database: Connection, booked: Booked
) -> None:
    front_desk = await sign_in(stack, http, "front.desk")
    for key in (booked.with_therapist, booked.with_colleague):
        assert (await front_desk.cancel(key)).status_code == OK
        assert await status(database, key) == "Cancelled"


async def test_a_client_cancels_neither(
    stack: RunningStack, http: httpx.AsyncClient, database: Connection, booked: Booked
) -> None:
    client = await sign_in(stack, http, "client.user")
    for key in (booked.with_therapist, booked.with_colleague):
        assert await client.sees(key), "they see what they may not cancel"
        answer = await client.cancel(key)
        assert answer.status_code == FORBIDDEN or answer.json() == []
        assert await status(database, key) == "Scheduled"


async def test_nobody_without_a_login_does_either(
    stack: RunningStack, http: httpx.AsyncClient, database: Connection, booked: Booked
) -> None:
    stranger = Person(stack, http, stack.publishable_key)
    answer = await stranger.cancel(booked.with_therapist)
    assert answer.status_code in (401, FORBIDDEN)
    assert await status(database, booked.with_therapist) == "Scheduled"


MESSAGES = """
select message.notification_type, message.recipient_user_ids, message.message, message.sent_via
from public.notification_logs message
join governance.consumed_events event on message.delivery_key ~ ('^raci:[CI]:' || event.event_id || '$')
where event.task = 'cancel_appointment' and event.row_key = '{}' and event.actor_id = '{}'
"""
DESK = "select id from public.profiles where email = 'front.desk@mentalspace.example'"
FORGET = "delete from public.notification_logs where delivery_key like 'raci:%'"


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
    stack: RunningStack, http: httpx.AsyncClient, database: Connection, booked: Booked
) -> None:
    """REST, the compiled trigger, the outbox, Realtime, the worker: messages to those, and to nobody else."""
    (desk,) = await rows(database, DESK)
    (row,) = await rows(
        database,
        f"select provider_id, client_id from public.appointments where id = '{booked.with_therapist}'",
    )
    oracle, concerned = await Oracle.read(database), (row["provider_id"], row["client_id"])
    told = oracle.told("scheduling", "cancel_appointment", *concerned, desk["id"])
    messages = MESSAGES.format(booked.with_therapist, desk["id"])
    front_desk = await sign_in(stack, http, "front.desk")
    try:
        async with working(stack) as worker:

            async def is_live() -> bool:
                return worker.feed.live

            async def is_told() -> bool:
                return len(await rows(database, messages)) == len(told)

            await until(is_live)
            assert (await front_desk.cancel(booked.with_therapist)).status_code == OK
            await until(is_told)
        found = await rows(database, messages)
    finally:
        await database.execute(FORGET)
    assert {each["notification_type"]: set(each["recipient_user_ids"]) for each in found} == {
        {"C": "raci_consulted", "I": "raci_informed"}[duty]: people for duty, people in told.items()
    }
    assert all(str(booked.with_therapist) in each["message"] for each in found)
    assert all(each["sent_via"] == ["in_app", "email"] for each in found)
