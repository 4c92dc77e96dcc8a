"""One subscriber's policies, locks and altered tables are nobody else's trouble."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import sql
from starlette.applications import Starlette
from tests.outbox import until
from tests.realtime_clients import KEYS, Client, connected, serving, sign

from mentalspace.database.connection import Connection, connect
from mentalspace.devstack.realtime import visibility
from mentalspace.devstack.realtime.tokens import Caller

SCHEMA = """
create table public.notes (id bigint generated always as identity primary key, owner uuid, body text);
grant select on public.notes to authenticated;
alter publication supabase_realtime add table public.notes;
"""
GUARD = """
alter table public.notes enable row level security;
create function public.may_see(owner uuid) returns boolean language plpgsql stable as $$
begin
  {body}
end $$;
create policy notes_select on public.notes for select to authenticated using (public.may_see(owner));
"""
NOTES = {"event": "*", "schema": "public", "table": "notes"}
ROOM = "realtime:room"
ANNA, BERT, CLEO = uuid4(), uuid4(), uuid4()


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
async def listeners(application: Starlette, database: Connection) -> AsyncIterator[tuple[Client, ...]]:
    """Anna, Bert and Cleo, subscribed to notes, in this order."""
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(connected(application)) for _ in range(3)]
        for client, person in zip(clients, (ANNA, BERT, CLEO), strict=True):
            await client.join(NOTES, token=sign(person))
        yield tuple(clients)


async def guard(database: Connection, body: str) -> None:
    await database.execute(GUARD.replace("{body}", body).encode())


async def write(database: Connection, owner: UUID, body: str = "b") -> None:
    await database.execute("insert into public.notes (owner, body) values (%s, %s)", (owner, body))


async def test_a_policy_that_raises_for_one_stops_nobody_else(
    listeners: tuple[Client, ...], database: Connection
) -> None:
    anna, bert, cleo = listeners
    raising = f"if auth.uid() = '{BERT}' then raise 'no: %', owner; end if; return owner = auth.uid();"
    await guard(database, raising)
    await write(database, ANNA)
    assert (await anna.change())["record"]["owner"] == str(ANNA)
    change = await bert.change()
    assert change["errors"] == ["Error 500: a row level security policy raised P0001"]
    assert (change["record"], str(ANNA) in str(change)) == ({}, False)
    await write(database, CLEO)
    assert (await cleo.change())["record"]["owner"] == str(CLEO)
    await bert.silent(0.1)  # told once
    healthy = (
        "create or replace function public.may_see(owner uuid) returns boolean return owner = auth.uid()"
    )
    await database.execute(healthy.encode())
    await write(database, BERT)
    assert (await bert.change())["record"]["owner"] == str(BERT)


@pytest.mark.parametrize("subject", ["null", "not-a-uuid", "", 7, {"a": 1}])
async def test_a_claim_that_a_policy_cannot_read_is_that_subscriber_s_trouble(
    application: Starlette, listeners: tuple[Client, ...], database: Connection, subject: Any
) -> None:
    await guard(database, "return owner = (current_setting('request.jwt.claims')::jsonb ->> 'sub')::uuid;")
    async with connected(application) as odd:
        await odd.join(NOTES, token=sign(None, sub=subject))
        await write(database, CLEO)
        assert (await listeners[2].change())["errors"] is None
        assert (await odd.change())["errors"] == ["Error 500: a row level security policy raised 22P02"]


async def test_what_a_policy_remembers_does_not_reach_the_next_subscriber(
    listeners: tuple[Client, ...], database: Connection
) -> None:
    """A helper may cache who calls for its transaction; for Postgres each subscriber has one of their own."""
    await guard(
        database,
        """
        if coalesce(current_setting('app.caller', true), '') = '' then
          perform set_config('app.caller', auth.uid()::text, true);
        end if;
        return owner::text = current_setting('app.caller', true);
        """,
    )
    for person, client in zip((ANNA, BERT, CLEO), listeners, strict=True):
        await write(database, person)
        assert (await client.change())["record"]["owner"] == str(person)
    for client in listeners:
        await client.silent(0.05)


async def test_a_policy_that_drops_its_role_ends_with_its_own_subscriber(
    listeners: tuple[Client, ...], database: Connection
) -> None:
    await guard(
        database,
        """
        perform set_config('role', 'none', false);
        perform set_config('request.jwt.claims', '{}', false);
        return owner = nullif(current_setting('request.jwt.claim.sub', true), '')::uuid;
        """,
    )
    await write(database, CLEO)
    assert (await listeners[2].change())["record"]["owner"] == str(CLEO)
    for client in listeners[:2]:
        await client.silent(0.05)


async def test_policies_cannot_write(listeners: tuple[Client, ...], database: Connection) -> None:
    await database.execute("create table public.seen (id int); grant insert on public.seen to authenticated")
    await database.execute(
        b"""
        alter table public.notes enable row level security;
        create function public.may_see() returns boolean language plpgsql as
          $$ begin insert into public.seen values (1); return true; end $$;
        create policy notes_select on public.notes for select to authenticated using (public.may_see());
        """
    )
    await write(database, ANNA)
    assert (await listeners[0].change())["errors"] == ["Error 500: a row level security policy raised 25006"]


async def test_a_policy_that_takes_too_long_costs_its_subscriber_the_channel(
    listeners: tuple[Client, ...], database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visibility, "TOGETHER_SECONDS", 1.0)
    monkeypatch.setattr(visibility, "ALONE_SECONDS", 0.8)
    anna, bert, cleo = listeners
    slow = f"if auth.uid() = '{BERT}' then perform pg_sleep(9); end if; return owner = auth.uid();"
    await guard(database, slow)
    await write(database, ANNA)
    assert (await anna.change())["record"]["owner"] == str(ANNA)
    assert "took too long" in (await bert.expect("system"))["message"]
    await bert.expect("phx_close")
    await write(database, CLEO)
    assert (await cleo.change())["record"]["owner"] == str(CLEO)


async def test_statements_are_prepared_again_when_there_were_too_many(
    listeners: tuple[Client, ...], database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visibility, "MOST_STATEMENTS", 0)
    for number in range(8):  # more than psycopg waits for before it prepares its own
        await write(database, ANNA, str(number))
        for client in listeners:
            assert (await client.change())["record"]["body"] == str(number)


async def test_a_locked_table_delays_its_changes_and_loses_none(
    listeners: tuple[Client, ...], database: Connection, empty_database_url: str
) -> None:
    await write(database, ANNA, "before")
    for client in listeners:
        await client.change()
    async with connect(empty_database_url) as migration:
        async with migration.transaction():
            await write(database, ANNA, "waits")
            await migration.execute("alter table public.notes add column more text default 'm'")
            await listeners[0].silent(0.8)
        assert (await listeners[0].change())["record"]["body"] == "waits"


async def test_row_security_switched_on_counts_from_the_next_change(
    listeners: tuple[Client, ...], database: Connection
) -> None:
    await database.execute("alter table public.notes replica identity full")
    await write(database, ANNA, "open")
    for client in listeners:
        assert (await client.change())["record"]["body"] == "open"
    await database.execute("update public.notes set body = 'still open'")
    for client in listeners:
        assert (await client.change())["old_record"]["body"] == "open"
    await guard(database, "return owner = auth.uid();")
    await database.execute("update public.notes set body = 'guarded'")
    change = await listeners[0].change()
    assert (change["record"]["body"], list(change["old_record"])) == ("guarded", ["id"])
    for client in listeners[1:]:
        await client.silent(0.05)
    await database.execute("delete from public.notes")
    for client in listeners:
        assert list((await client.change())["old_record"]) == ["id"]


async def test_altered_tables_are_told_as_they_are(
    listeners: tuple[Client, ...], database: Connection
) -> None:
    anna = listeners[0]
    await database.execute("alter table public.notes add column more jsonb default '[1]'")
    await write(database, ANNA)
    assert (await anna.change())["record"]["more"] == [1]
    await database.execute("revoke select on public.notes from authenticated")
    await database.execute("grant select (id, body) on public.notes to authenticated")
    await write(database, ANNA, "narrow")
    assert set((await anna.change())["record"]) == {"id", "body"}
    await database.execute("alter table public.notes drop constraint notes_pkey")
    await write(database, ANNA)
    change = await anna.change()
    assert (change["errors"], change["record"]) == (["Error 400: Bad Request, no primary key"], {})
    await database.execute("alter table public.notes add primary key (body, id)")
    await write(database, ANNA, "keyed")
    assert (await anna.change())["record"]["body"] == "keyed"
    await database.execute("drop table public.notes")
    await database.execute(SCHEMA.encode())
    await write(database, ANNA, "anew")
    assert (await anna.change())["record"]["body"] == "anew"


async def test_values_kept_out_of_line_are_told_though_the_stream_leaves_them_out(
    application: Starlette, database: Connection
) -> None:
    await database.execute("alter table public.notes alter body set storage external")
    async with connected(application) as client:
        await client.join({**NOTES, "filter": "body=like.%end"}, token=sign(ANNA))
        await write(database, ANNA, "x" * 9000 + "end")
        await client.change()
        await database.execute("update public.notes set owner = %s", (BERT,))
        record = (await client.change())["record"]
        assert (len(record["body"]), record["owner"]) == (9003, str(BERT))


ODD = 'Odd {} %s "table"'


async def test_any_name_and_any_type_of_key(application: Starlette, database: Connection) -> None:
    names = {name: sql.Identifier(name) for name in ('a "b"', "%(x)s", "{}", "at")}
    table = sql.Identifier("public", ODD)
    columns = sql.SQL('{} uuid, {} public."Mood", {} boolean, {} timestamptz, value text').format(
        *names.values()
    )
    key = sql.SQL(", ").join(reversed(names.values()))
    await database.execute("create type public.\"Mood\" as enum ('low', 'high')")
    await database.execute(sql.SQL("create table {} ({}, primary key ({}))").format(table, columns, key))
    await database.execute(sql.SQL("grant select on {} to anon").format(table))
    await database.execute(sql.SQL("alter publication supabase_realtime add table {}").format(table))
    async with connected(application) as client:
        await client.join({"event": "*", "schema": "public", "table": ODD})
        row = sql.SQL("(gen_random_uuid(), 'high', true, '2026-11-22 08:30:00.25+00', 'v')")
        await database.execute(sql.SQL("insert into {} values {}").format(table, row))
        change = await client.change()
        assert change["errors"] is None
        assert (change["record"]["%(x)s"], change["record"]["{}"]) == ("high", True)
        assert change["record"]["at"] == "2026-11-22T08:30:00.25+00:00"
        await database.execute(sql.SQL("delete from {}").format(table))
        old = (await client.change())["old_record"]
        assert old == {name: value for name, value in change["record"].items() if name != "value"}


async def test_a_token_that_is_refreshed_during_the_look_is_judged_as_the_new_caller(
    application: Starlette, database: Connection
) -> None:
    # The look lasts until the test lets go of what it waits for.
    await guard(database, "perform pg_advisory_xact_lock_shared(7); return owner = auth.uid();")
    looking = "select from pg_stat_activity where wait_event = 'advisory' and datname = current_database()"

    async def looks() -> bool:
        return await (await database.execute(looking)).fetchone() is not None

    async with connected(application) as client:
        await client.join(NOTES, token=sign(ANNA))
        await database.execute("select pg_advisory_lock(7)")
        async with database.transaction():
            await write(database, ANNA)
            await write(database, BERT)
        await until(looks)
        client.send(ROOM, "access_token", {"access_token": sign(BERT)}, "1")
        client.send("phoenix", "heartbeat", {})
        assert (await client.expect("phx_reply"))["status"] == "ok"
        await database.execute("select pg_advisory_unlock(7)")
        assert (await client.change())["record"]["owner"] == str(BERT)
        await client.silent(0.1)


async def test_a_token_that_ran_out_unnoticed_is_noticed_before_anything_is_told(
    listeners: tuple[Client, ...], database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Timers may be late: whoever is told something is looked at once more."""
    monkeypatch.setattr(Caller, "expired", property(lambda caller: caller.subject == str(ANNA)))
    await write(database, ANNA)
    assert "Token has expired" in (await listeners[0].expect("system"))["message"]
    await listeners[0].expect("phx_close")
    assert (await listeners[1].change())["record"]["owner"] == str(ANNA)


async def test_service_role_and_visitors_see_what_is_theirs(
    application: Starlette, database: Connection
) -> None:
    await guard(database, "return owner = auth.uid();")
    await database.execute("grant select on public.notes to anon, service_role")
    await database.execute(
        "create policy for_visitors on public.notes for select to anon using (body = 'open')"
    )
    async with connected(application) as visitor, connected(application, KEYS.secret_key) as service:
        await visitor.join(NOTES)
        await service.join(NOTES)
        await write(database, ANNA, "closed")
        await write(database, ANNA, "open")
        assert [(await service.change())["record"]["body"] for _ in range(2)] == ["closed", "open"]
        assert (await visitor.change())["record"]["body"] == "open"


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_happens_everybody_is_told_their_own_and_the_latest(
    listeners: tuple[Client, ...], database: Connection, seed: int
) -> None:
    """Random histories: rows written, given away, taken back, deleted, several times in one transaction."""
    await guard(database, "return owner = auth.uid();")
    await database.execute("alter table public.notes alter id restart with 100")
    chance = random.Random(seed)  # noqa: S311  (repeats itself)
    people = (ANNA, BERT, CLEO)
    for turn in range(60):
        async with database.transaction():
            for _ in range(chance.randint(1, 4)):
                owner, body = chance.choice(people), f"{turn}:{chance.random()}"
                number = chance.randint(1, 12)
                if chance.random() < 0.2:
                    await database.execute("delete from public.notes where id = %s", (number,))
                else:
                    await database.execute(UPSERT, (number, owner, body))
    rows = await (await database.execute("select id, owner, body from public.notes")).fetchall()
    assert len(rows) > 5
    for person in people:
        await write(database, person, "the end")
    for person, client in zip(people, listeners, strict=True):
        last: dict[int, str] = {}
        while (change := await client.change()).get("record", {}).get("body") != "the end":
            if change["type"] != "DELETE":
                assert change["record"]["owner"] == str(person)
                last[change["record"]["id"]] = change["record"]["body"]
        for row in rows:
            if row["owner"] == person:
                assert last[row["id"]] == row["body"]


UPSERT = """
insert into public.notes (id, owner, body) overriding system value values (%s, %s, %s)
on conflict (id) do update set owner = excluded.owner, body = excluded.body
"""
