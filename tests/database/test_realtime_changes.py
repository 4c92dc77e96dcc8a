"""Changes reach those who asked for them and may see them, and no one else."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID, uuid4

import pytest
from starlette.applications import Starlette
from tests.realtime_clients import KEYS, Client, connected, fetch, serving, sign

from mentalspace.database.connection import Connection, connect

SCHEMA = """
create table public.notes (
  id bigint generated always as identity primary key,
  owner uuid,
  body text,
  secret text,
  length int generated always as (length(body)) stored
);
alter table public.notes enable row level security;
grant select (id, owner, body, length) on public.notes to authenticated;
grant all on public.notes to service_role;
create policy notes_select on public.notes for select to authenticated using (owner = (select auth.uid()));
create table public.news (id int primary key, title text, draft text);
grant select (id, title) on public.news to anon, authenticated;
create table public.unpublished (id int primary key);
alter publication supabase_realtime add table public.notes, public.news;
"""
NOTES = {"event": "*", "schema": "public", "table": "notes"}
NEWS = {"event": "*", "schema": "public", "table": "news"}
ROOM = "realtime:room"
ANNA, BERT = uuid4(), uuid4()


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[Connection]:
    async with connect(empty_database_url) as connection:
        await connection.execute(SCHEMA.encode())
        yield connection


@pytest.fixture
async def application(empty_database_url: str, database: Connection) -> AsyncIterator[Starlette]:
    async with serving(empty_database_url) as application:
        yield application


@pytest.fixture
async def opened() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as clients:
        yield clients


@pytest.fixture
async def anna(application: Starlette, opened: AsyncExitStack) -> Client:
    """Subscribed to notes as Anna."""
    return await listener(application, opened, NOTES, token=sign(ANNA))


@pytest.fixture
async def bert(application: Starlette, opened: AsyncExitStack) -> Client:
    """Subscribed to notes as Bert."""
    return await listener(application, opened, NOTES, token=sign(BERT))


async def listener(
    application: Starlette,
    opened: AsyncExitStack,
    *bindings: dict[str, Any],
    token: str | None = None,
    key: str = KEYS.publishable_key,
    version: str = "2.0.0",
) -> Client:
    client = await opened.enter_async_context(connected(application, key, version))
    assert (await client.join(*bindings, token=token))["status"] == "ok"
    return client


async def write(database: Connection, owner: UUID, body: str = "b") -> int:
    query = "insert into public.notes (owner, body, secret) values (%s, %s, 's') returning id"
    row = await (await database.execute(query, (owner, body))).fetchone()
    assert row
    number: int = row["id"]
    return number


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
async def test_a_changed_row_reaches_its_owner_and_no_one_else(
    application: Starlette, database: Connection, opened: AsyncExitStack, version: str
) -> None:
    anna = await listener(application, opened, NOTES, token=sign(ANNA), version=version)
    bert = await listener(application, opened, NOTES, token=sign(BERT), version=version)
    service = await listener(application, opened, NOTES, key=KEYS.secret_key, version=version)
    number = await write(database, ANNA)
    change = await anna.change()
    assert (change["type"], change["errors"]) == ("INSERT", None)
    assert change["record"] == {"id": number, "owner": str(ANNA), "body": "b", "length": 1}
    assert [column["name"] for column in change["columns"]] == list(change["record"])
    assert (await service.change())["record"]["secret"] == "s"
    await bert.silent()


async def test_updates_tell_the_new_row_and_deletes_the_key(
    anna: Client, bert: Client, database: Connection
) -> None:
    number = await write(database, ANNA)
    await anna.change()
    await database.execute("update public.notes set body = 'changed'")
    change = await anna.change()
    assert (change["type"], change["old_record"]) == ("UPDATE", {"id": number})
    assert (change["record"]["body"], change["record"]["length"]) == ("changed", 7)
    await database.execute("alter table public.notes replica identity full")
    await database.execute("delete from public.notes")
    for client in (anna, bert):  # who saw a deleted row cannot be told any more: everybody gets its key
        change = await client.change()
        assert (change["type"], change["old_record"]) == ("DELETE", {"id": number})
        assert "record" not in change


async def test_without_the_right_to_select_nothing_is_told(
    application: Starlette, database: Connection, opened: AsyncExitStack
) -> None:
    visitor = await listener(application, opened, NOTES)
    await write(database, ANNA)
    change = await visitor.change()
    assert (change["errors"], change["record"]) == (["Error 401: Unauthorized"], {})
    await write(database, ANNA)
    await database.execute("delete from public.notes")
    await visitor.silent()  # the error is told once, and a delete not at all


async def test_a_table_without_row_security_needs_the_select_privilege(
    application: Starlette, database: Connection, opened: AsyncExitStack
) -> None:
    visitor = await listener(application, opened, NEWS)
    service = await listener(application, opened, NEWS, key=KEYS.secret_key)
    await database.execute("insert into public.news values (1, 'hello', 'hidden')")
    change = await visitor.change()
    assert change["record"] == {"id": 1, "title": "hello"}
    assert (await service.change())["errors"] == ["Error 401: Unauthorized"]
    await database.execute("alter table public.news replica identity full")
    await database.execute("update public.news set title = 'bye'")
    change = await visitor.change()
    assert (change["record"], change["old_record"]) == (
        {"id": 1, "title": "bye"},
        {"id": 1, "title": "hello"},
    )
    await database.execute("delete from public.news")
    assert (await visitor.change())["old_record"] == {"id": 1, "title": "bye"}


async def test_a_row_that_moved_on_is_told_as_its_reader_sees_it_now(
    application: Starlette, anna: Client, bert: Client, database: Connection, opened: AsyncExitStack
) -> None:
    only = {**NOTES, "filter": "body=eq.for Bert"}
    filtering = await listener(application, opened, only, token=sign(BERT))
    async with database.transaction():
        number = await write(database, ANNA, "for Anna only")
        await database.execute("update public.notes set owner = %s, body = 'for Bert'", (BERT,))
    told = [await bert.change() for _ in range(2)]
    assert [change["type"] for change in told] == ["INSERT", "UPDATE"]
    assert "Anna" not in json.dumps(told)
    assert {change["record"]["id"] for change in told} == {number}
    assert (await filtering.change())["type"] == "UPDATE"  # the row as inserted did not meet the filter
    for quiet in (anna, filtering):
        await quiet.silent(0.1)


async def test_a_filter_on_what_was_there_before_tells_nothing(
    application: Starlette, database: Connection, opened: AsyncExitStack
) -> None:
    guess = {**NOTES, "filter": "body=eq.for Anna only"}
    bert = await listener(application, opened, guess, token=sign(BERT))
    async with database.transaction():
        await write(database, ANNA, "for Anna only")
        await database.execute("update public.notes set owner = %s, body = 'for Bert'", (BERT,))
    await bert.silent()
    await write(database, BERT, "for Anna only")
    assert (await bert.change())["record"]["owner"] == str(BERT)


FILTERED = {
    "body=eq.two": ["two"],
    "body=in.(one,three)": ["one", "three"],
    "length=gt.3": ["three"],
    "body=not.like.t%": ["one"],
    "body=neq.two,length=lt.4": ["one"],
    "owner=is.null": [],
}


async def test_filters(application: Starlette, database: Connection, opened: AsyncExitStack) -> None:
    clients = {
        condition: await listener(application, opened, {**NOTES, "filter": condition}, token=sign(ANNA))
        for condition in FILTERED
    }
    for body in ("one", "two", "three"):
        await write(database, ANNA, body)
    for condition, client in clients.items():
        told = [(await client.change())["record"]["body"] for _ in FILTERED[condition]]
        assert told == FILTERED[condition], condition
        await client.silent(0.02)


async def test_bindings_are_told_apart(
    application: Starlette, database: Connection, opened: AsyncExitStack
) -> None:
    bindings = [
        {**NOTES, "event": "INSERT"},
        {"event": "*", "schema": "*"},
        {**NOTES, "filter": "body=eq.x"},
        {**NOTES, "select": ["body"]},
        {"event": "DELETE", "schema": "public", "table": "notes"},
    ]
    anna = await opened.enter_async_context(connected(application))
    reply = await anna.join(*bindings, token=sign(ANNA))
    echoed = reply["response"]["postgres_changes"]
    ids = [binding.pop("id") for binding in echoed]
    assert echoed == bindings
    number = await write(database, ANNA, "x")
    whole, narrow = await anna.expect("postgres_changes"), await anna.expect("postgres_changes")
    assert (whole["ids"], narrow["ids"]) == (ids[:3], [ids[3]])
    assert narrow["data"]["record"] == {"id": number, "body": "x"}
    await database.execute("delete from public.notes")
    deleted = await anna.expect("postgres_changes")
    assert deleted["ids"] == [
        ids[1],
        ids[4],
    ]  # a filter on a column that a delete does not tell holds for none


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"event": "*", "schema": "public", "table": "unpublished"}, "Please check Realtime is enabled"),
    ({"event": "*", "schema": "public", "table": "nothing"}, "Please check Realtime is enabled"),
    ({"event": "*", "schema": "nowhere"}, "Please check Realtime is enabled"),
    ({**NOTES, "filter": "secret=eq.s"}, "invalid column for filter secret"),
    ({**NOTES, "filter": "id=eq.x"}, "not of type int8"),
    ({**NOTES, "filter": "body=match.x"}, "not served"),
    ({**NOTES, "select": ["secret"]}, "invalid column for select secret"),
    ({"event": "*"}, "at least a schema or table"),
]


async def test_a_subscription_that_cannot_be_is_told(
    application: Starlette, database: Connection, opened: AsyncExitStack
) -> None:
    client = await opened.enter_async_context(connected(application))
    for number, (binding, reason) in enumerate(IMPOSSIBLE):
        topic, bindings = f"realtime:{number}", [NOTES, binding]
        config: dict[str, Any] = {"postgres_changes": bindings}
        client.send(topic, "phx_join", {"config": config, "access_token": sign(ANNA)}, "1")
        reply = await client.expect("phx_reply")  # as hosted: joined, then told
        assert reply["status"] == "ok"
        echoed = reply["response"]["postgres_changes"]
        assert [{**each, "id": 0} for each in echoed] == [{**each, "id": 0} for each in bindings]
        system = await client.expect("system")
        assert (system["status"], system["extension"]) == ("error", "postgres_changes")
        assert reason in system["message"]
        config["postgres_changes_options"] = {"wait": True}
        client.send(topic, "phx_join", {"config": config, "access_token": sign(ANNA)}, "2")
        await client.expect("phx_close")
        reply = await client.expect("phx_reply")
        assert (reply["status"], reason in reply["response"]["reason"]) == ("error", True)
    await write(database, ANNA)
    await client.silent(0.1)


async def test_a_refreshed_token_changes_what_is_seen(
    application: Starlette, database: Connection, opened: AsyncExitStack
) -> None:
    client = await listener(application, opened, NOTES, token=sign(ANNA))
    client.send(ROOM, "access_token", {"access_token": sign(BERT)}, "1")
    await write(database, ANNA, "for Anna")
    await write(database, BERT, "for Bert")
    assert (await client.change())["record"]["body"] == "for Bert"
    await client.silent(0.1)


async def test_leaving_and_disconnecting_end_the_changes(
    application: Starlette, anna: Client, database: Connection, opened: AsyncExitStack
) -> None:
    async with connected(application) as other:
        await other.join(NOTES, token=sign(ANNA))
    anna.send(ROOM, "phx_leave", {}, "1")
    await anna.expect("phx_reply")
    await anna.expect("phx_close")
    await write(database, ANNA)
    await anna.silent()
    assert (await fetch(application, "/health", method="GET"))[1]["channels"] == 0


CLAIMS = [
    "current_setting('request.jwt.claims', true)::jsonb ->> 'sub'",
    "nullif(current_setting('request.jwt.claim.sub', true), '')",
    "case current_setting('request.jwt.claim.role', true) when 'authenticated' then auth.uid()::text end",
    "case current_setting('request.jwt.claim.email', true) when 'a@b.example' then auth.uid()::text end",
    "case current_user when 'authenticated' then auth.jwt() ->> 'sub' end",
]


async def test_policies_see_the_claims_in_both_forms(
    application: Starlette, database: Connection, opened: AsyncExitStack
) -> None:
    anna = await listener(application, opened, NOTES, token=sign(ANNA, email="a@b.example"))
    bert = await listener(application, opened, NOTES, token=sign(BERT, email="a@b.example"))
    for seen_by in CLAIMS:
        await database.execute(
            f"alter policy notes_select on public.notes using (owner::text = ({seen_by}))".encode()
        )
        await write(database, ANNA, seen_by)
        change = await anna.change()
        assert (change["errors"], change["record"]["body"]) == (None, seen_by)
    await bert.silent(0.1)


async def test_a_burst_arrives_whole_and_in_order(anna: Client, bert: Client, database: Connection) -> None:
    query = "insert into public.notes (owner, body) select %s, n::text from generate_series(1, 3000) as n"
    await database.execute(query, (ANNA,))
    bodies = [(await anna.change())["record"]["body"] for _ in range(3000)]
    assert bodies == [str(number) for number in range(1, 3001)]
    await bert.silent(0.1)


async def test_a_row_that_is_gone_already_is_not_told(anna: Client, database: Connection) -> None:
    async with database.transaction():
        number = await write(database, ANNA)
        await database.execute("delete from public.notes")
    change = await anna.change()
    assert (change["type"], change["old_record"]) == ("DELETE", {"id": number})


async def test_nothing_is_told_of_what_was_rolled_back(anna: Client, database: Connection) -> None:
    async with database.transaction(force_rollback=True):
        await write(database, ANNA, "never")
    await write(database, ANNA, "always")
    assert (await anna.change())["record"]["body"] == "always"


async def test_health_counts(application: Starlette, anna: Client, database: Connection) -> None:
    await write(database, BERT)
    await write(database, ANNA)
    await anna.change()
    await asyncio.sleep(0)
    status, health = await fetch(application, "/health", method="GET")
    assert (status, health["status"], health["channels"]) == (200, "ok", 1)
    feed = health["feed"]
    assert (feed["alive"], feed["problem"], feed["changes"]) == (True, None, 2)
    assert feed["lag_seconds"] < 1
