"""supabase-py and supabase-js against the running stack, through the gateway: the same is asked of each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from tests.conftest import ROOT, RunningStack
from tests.integration.rest import open_http, sign_in
from tests.realtime_clients import sign
from tests.realtime_vendors import VENDORS, JavaScript, Python, vendor

from mentalspace.database.connection import Connection, connect
from mentalspace.devstack.packages import node_folder

SCHEMA = """
create table public.realtime_notes (
  id bigint generated always as identity primary key, owner uuid, body text, amount numeric
);
alter table public.realtime_notes enable row level security;
grant select on public.realtime_notes to authenticated;
create policy p on public.realtime_notes for select to authenticated using (owner = (select auth.uid()));
alter publication supabase_realtime add table public.realtime_notes;
"""
NOTES = {"event": "*", "schema": "public", "table": "realtime_notes"}
ANNA, BERT = uuid4(), uuid4()
Client = Python | JavaScript
Connect = Callable[[], Awaitable[Client]]
pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def database(stack: RunningStack) -> AsyncIterator[Connection]:
    async with connect(stack.database_url) as connection:
        await connection.execute(SCHEMA.encode())
        yield connection
        await connection.execute("drop table public.realtime_notes")


@pytest_asyncio.fixture(scope="session", loop_scope="session", params=VENDORS)
async def clients(request: pytest.FixtureRequest, stack: RunningStack) -> AsyncIterator[tuple[Client, ...]]:
    """Two clients of one vendor; a Node process takes half a second to start, so they are kept."""
    async with AsyncExitStack() as opened:
        made = [vendor(request.param, stack.url, stack.publishable_key, node_folder(ROOT)) for _ in range(2)]
        yield tuple(await asyncio.gather(*map(opened.enter_async_context, made)))


@pytest_asyncio.fixture(loop_scope="session")
async def client(clients: tuple[Client, ...]) -> AsyncIterator[Connect]:
    """Hands out the clients one by one, without a token; what they joined is left at the end."""
    waiting = list(clients)

    async def take() -> Client:
        return waiting.pop()

    yield take
    for used in clients:
        await used.leave_all()


async def subscribed(client: Client, *bindings: dict[str, Any], token: str | None = None) -> Client:
    if token:
        await client.set_auth(token)
    await client.subscribe("notes", bindings)
    assert await client.next("status") == "SUBSCRIBED"
    return client


async def write(database: Connection, owner: object, body: str) -> None:
    query = "insert into public.realtime_notes (owner, body, amount) values (%s, %s, 1.50)"
    await database.execute(query, (owner, body))


async def test_a_changed_row_reaches_who_may_see_it_and_no_one_else(
    stack: RunningStack, database: Connection, client: Connect
) -> None:
    secret = stack.jwt_secret
    anna = await subscribed(await client(), NOTES, token=sign(ANNA, secret=secret))
    bert = await subscribed(
        await client(), {**NOTES, "filter": "body=eq.two"}, token=sign(BERT, secret=secret)
    )
    await write(database, ANNA, "one")
    change = await anna.next("change")
    number = change["new"]["id"]
    assert change["new"] == {"id": number, "owner": str(ANNA), "body": "one", "amount": 1.5}
    assert (change["type"], change["old"], change["errors"]) == ("INSERT", {}, None)
    await database.execute("update public.realtime_notes set body = 'two'")
    change = await anna.next("change")
    assert (change["type"], change["new"]["body"], change["old"]) == ("UPDATE", "two", {"id": number})
    await write(database, BERT, "one")
    await write(database, BERT, "two")
    change = await bert.next("change")
    assert (change["new"]["owner"], change["new"]["body"]) == (str(BERT), "two")
    await database.execute("delete from public.realtime_notes where owner = %s", (ANNA,))
    change = await anna.next("change")
    assert (change["type"], change["old"], change["new"]) == ("DELETE", {"id": number}, {})
    for quiet in (anna, bert):
        await quiet.silent("change", 0.1)


async def test_a_token_changes_what_is_seen_and_ends_with_its_time(
    stack: RunningStack, database: Connection, client: Connect
) -> None:
    someone = await subscribed(await client(), NOTES, token=sign(ANNA, secret=stack.jwt_secret))
    await someone.set_auth(sign(BERT, secret=stack.jwt_secret))
    async with asyncio.timeout(60):
        while True:  # the token travels on its own: it has arrived when Bert's rows are told
            await write(database, BERT, "for Bert")
            with suppress(TimeoutError):
                change = await someone.next("change", 0.2)
                break
    assert change["new"]["owner"] == str(BERT)
    await write(database, ANNA, "for Anna")
    await someone.set_auth(sign(BERT, secret=stack.jwt_secret, seconds=1.9))
    await someone.until("status", "CLOSED")
    await write(database, BERT, "too late")
    with suppress(TimeoutError):
        while True:
            assert (await someone.next("change", 0.2))["new"]["body"] == "for Bert"


async def test_unsubscribing_ends_the_changes(
    stack: RunningStack, database: Connection, client: Connect
) -> None:
    anna = await subscribed(await client(), NOTES, token=sign(ANNA, secret=stack.jwt_secret))
    await anna.unsubscribe("notes")
    assert await anna.next("status") == "CLOSED"
    await write(database, ANNA, "one")
    await anna.silent("change")


async def test_broadcast_and_presence(stack: RunningStack, client: Connect) -> None:
    anna, bert = await client(), await client()
    await anna.subscribe("room", presence={"key": "anna"}, broadcast={"self": True, "ack": True})
    await bert.subscribe("room", presence={"key": "bert"})
    for each in (anna, bert):
        assert await each.next("status") == "SUBSCRIBED"
    await anna.send("room", "greeting", {"text": "héllo"})
    for each in (anna, bert):
        assert await each.next("broadcast") == {"event": "greeting", "payload": {"text": "héllo"}}
    await bert.send("room", "answer", {})
    await bert.http_send("room", "over http", {"n": 1})
    assert await anna.next("broadcast") == {"event": "answer", "payload": {}}
    for each in (anna, bert):  # who sends over HTTP is nobody's self
        assert await each.next("broadcast") == {"event": "over http", "payload": {"n": 1}}
    await bert.silent("broadcast", 0.1)
    await anna.track("room", {"on": "phone"})
    await bert.until("presence", {"anna": [{"on": "phone"}]})
    await bert.track("room", {"on": "desk"})
    await anna.until("presence", {"anna": [{"on": "phone"}], "bert": [{"on": "desk"}]})
    await anna.untrack("room")
    await bert.until("presence", {"bert": [{"on": "desk"}]})


async def test_a_lost_feed_is_told_and_joined_again(
    stack: RunningStack, database: Connection, client: Connect
) -> None:
    anna = await subscribed(await client(), NOTES, token=sign(ANNA, secret=stack.jwt_secret))
    feed = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = %s"
    await database.execute(feed, ("mentalspace-realtime-feed",))
    await anna.until("status", "CHANNEL_ERROR")
    await anna.until("status", "SUBSCRIBED")
    await write(database, ANNA, "after")
    change = await anna.next("change")
    assert (change["errors"], change["new"].get("body")) == (None, "after")


PEOPLE = ("therapist", "client.user")
ANOTHERS_APPOINTMENT = """
select appointment.id
from public.appointments as appointment
join auth.users as provider on provider.id = appointment.provider_id
join public.clients as client on client.id = appointment.client_id
where provider.email = 'therapist@mentalspace.example' and client.portal_user_id is null
order by appointment.start_time desc
limit 1
"""


@pytest.mark.parametrize("clients", ["supabase-js 2.0.0"], indirect=True)
async def test_an_appointment_is_told_to_whom_rest_shows_it(stack: RunningStack, client: Connect) -> None:
    async with open_http(stack) as http, connect(stack.database_url) as database:
        row = await (await database.execute(ANOTHERS_APPOINTMENT)).fetchone()
        assert row
        people = {name: await sign_in(http, name) for name in PEOPLE}
        shown = f"appointments?id=eq.{row['id']}&select=id"
        seen = {name: bool((await person.send("GET", shown)).json()) for name, person in people.items()}
        assert seen == {"therapist": True, "client.user": False}
        appointments = {"event": "UPDATE", "schema": "public", "table": "appointments"}
        listening = {
            name: await subscribed(await client(), appointments, token=people[name].token) for name in PEOPLE
        }
        await database.execute("update public.appointments set status = status where id = %s", (row["id"],))
        for name, listener in listening.items():
            if seen[name]:
                change = await listener.next("change")
                assert (change["new"]["id"], change["errors"]) == (str(row["id"]), None)
            else:
                await listener.silent("change")
