"""The feed: it survives what happens to Postgres, and reads values as Postgres does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from psycopg import sql
from starlette.applications import Starlette
from tests.conftest import ROOT, Server
from tests.realtime_clients import Client, connected, fetch, serving, slots_gone

from mentalspace.database.connection import Connection, connect
from mentalspace.devstack.postgres import SUPERUSER, Cluster
from mentalspace.devstack.realtime import replication, websocket
from mentalspace.devstack.realtime.filters import FilterError, check_types, matches, parse_filter
from mentalspace.devstack.realtime.outbox import Outbox
from mentalspace.devstack.realtime.tables import Column
from mentalspace.devstack.scratch import scratch_cluster

SCHEMA = """
create table public.news (id int primary key, title text);
grant select on public.news to anon;
alter publication supabase_realtime add table public.news;
"""
NEWS = {"event": "*", "schema": "public", "table": "news"}
ROOM = "realtime:room"


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[Connection]:
    async with connect(empty_database_url) as connection:
        await connection.execute(SCHEMA.encode())
        yield connection


async def health(application: Starlette) -> dict[str, Any]:
    _, body = await fetch(application, "/health", method="GET")
    found: dict[str, Any] = body["feed"]
    return found


async def rejoin(client: Client) -> None:
    """What both clients do after an error: join again, until it is answered with ok."""
    for number in range(50):
        client.send(ROOM, "phx_join", {"config": {"postgres_changes": [NEWS]}}, f"again{number}")
        if (await client.expect("phx_reply", 10))["status"] == "ok":
            assert (await client.expect("system"))["status"] == "ok"
            return
        await asyncio.sleep(0.1)
    raise AssertionError("never joined again")


@pytest.mark.parametrize("lost", ["feed", "reader"])
async def test_a_lost_connection_is_told_and_mended(
    empty_database_url: str, database: Connection, lost: str
) -> None:
    async with serving(empty_database_url) as application, connected(application) as client:
        await client.join(NEWS)
        ending = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = %s"
        await database.execute(ending, (f"mentalspace-realtime-{lost}",))
        if lost == "reader":  # noticed when it is needed
            await database.execute("insert into public.news values (1, 'lost')")
        crash = await client.receive()
        assert (crash["event"], crash["ref"]) == ("phx_error", "1")
        assert "may be missing" in crash["payload"]["reason"]
        await rejoin(client)
        await database.execute("insert into public.news values (2, 'found')")
        assert (await client.change())["record"] == {"id": 2, "title": "found"}


async def find_problem(application: Starlette) -> str | None:
    """What the feed says once it has tried; None when it is alive."""
    for _ in range(250):
        problem: str | None = (await health(application))["problem"]
        if problem != "starting":
            return problem
        await asyncio.sleep(0.02)
    raise AssertionError("the feed did not start")


async def test_no_slot_is_left_behind(empty_database_url: str, database: Connection) -> None:
    count = "select count(*) as n from pg_replication_slots where database = current_database()"
    async with serving(empty_database_url) as application:
        assert await find_problem(application) is None
        assert await (await database.execute(count)).fetchone() == {"n": 1}
    await slots_gone(empty_database_url)
    assert await (await database.execute(count)).fetchone() == {"n": 0}


async def test_a_missing_publication_is_said_and_waited_for(
    empty_database_url: str, database: Connection
) -> None:
    await database.execute("drop publication supabase_realtime")
    async with serving(empty_database_url) as application:
        assert "publication supabase_realtime is missing" in (await find_problem(application) or "")
        await database.execute("create publication supabase_realtime for table public.news")
        async with connected(application) as client:
            await client.join(NEWS)
            await database.execute("insert into public.news values (1, 'a')")
            assert (await client.change())["record"]["id"] == 1


async def test_a_table_that_is_published_later_is_told(empty_database_url: str, database: Connection) -> None:
    async with serving(empty_database_url) as application, connected(application) as client:
        await client.join({"event": "*", "schema": "public"})
        await database.execute("create table public.late (id int primary key)")
        await database.execute("grant select on public.late to anon")
        await database.execute("insert into public.late values (1)")
        await database.execute("alter publication supabase_realtime add table public.late")
        await database.execute("insert into public.late values (2)")
        change = await client.change()
        assert (change["table"], change["record"]) == ("late", {"id": 2})


async def test_a_burst_waits_for_a_client_that_reads_slower_than_it_comes(
    empty_database_url: str, database: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replication, "MOST_MESSAGES", 10)
    monkeypatch.setattr(websocket, "Outbox", lambda: Outbox(largest=30_000))
    async with serving(empty_database_url) as application, connected(application) as client:
        await client.join(NEWS)
        client.pace = 0.002
        await database.execute(
            "insert into public.news select n, repeat('x', 200) from generate_series(1, 300) n"
        )
        numbers = [(await client.change())["record"]["id"] for _ in range(300)]
        assert numbers == list(range(1, 301))


async def waits_for_standby(superuser: Connection, session: Connection) -> bool:
    cursor = await superuser.execute(
        "select wait_event from pg_catalog.pg_stat_activity where pid = %s", [session.info.backend_pid]
    )
    return await cursor.fetchone() == {"wait_event": "SyncRep"}


async def held_commit(superuser: Connection, session: Connection, client: Client) -> asyncio.Task[Any]:
    """Commit until one is held: sessions may read of a standby before commits wait for it."""
    for number in range(1000):
        insert = session.execute("insert into public.news values (%s, 'late')", [number])
        writing = asyncio.create_task(insert)
        while not writing.done():
            if await waits_for_standby(superuser, session):
                return writing
        await writing
        assert (await client.change())["record"]["id"] == number
    raise AssertionError("no commit was held")


async def test_a_commit_that_others_do_not_see_yet_is_waited_for(
    server: Server, empty_database_url: str, database: Connection
) -> None:
    """A missing synchronous standby holds a commit where it is decoded already, and not yet visible."""
    async with (
        connect(server.superuser("postgres")) as superuser,
        serving(empty_database_url) as application,
        connected(application) as client,
    ):
        await client.join(NEWS)
        try:
            await superuser.execute("alter system set synchronous_standby_names = 'nobody'")
            await superuser.execute("select pg_reload_conf()")
            writing = await held_commit(superuser, database, client)
            await client.silent(0.3)
            assert not writing.done()
        finally:
            await superuser.execute("alter system reset synchronous_standby_names")
            await superuser.execute("select pg_reload_conf()")
        await writing
        assert (await client.change())["record"]["title"] == "late"


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    """A server of this test alone, with what the Realtime server needs of Supabase."""
    async with scratch_cluster(ROOT, "mentalspace-restart") as started:
        yield started


async def test_a_restart_of_postgres_is_survived(cluster: Cluster) -> None:
    url = cluster.url(SUPERUSER)
    async with connect(url) as database:
        await database.execute("create role anon; create publication supabase_realtime")
        await database.execute(SCHEMA.encode())
    async with serving(url) as application, connected(application) as client:
        await client.join(NEWS)
        await cluster.stop()
        assert (await client.receive())["event"] == "phx_error"
        assert not (await health(application))["alive"]
        await cluster.start()
        async with connect(url) as database:
            await database.execute("insert into public.news values (1, 'in between')")
            await rejoin(client)
            await database.execute("insert into public.news values (2, 'after')")
        assert (await client.change())["record"]["id"] == 2


VALUES = {
    "int2": ["-3", "7"],
    "int8": ["9007199254740993", "9007199254740992"],
    "numeric": ["1.50", "12345678901234567.89", "NaN", "Infinity"],
    "float4": ["0.1", "1e30", "-Infinity"],
    "float8": ["0.30000000000000004", "1e-300", "NaN"],
    "boolean": ["true", "false"],
    "text": ['quote " slash \\ comma , brace }', "", "NULL", "ü€🙂"],
    "varchar(9)": ["abc"],
    "char(5)": ["ab"],
    "name": ["n"],
    "uuid": ["0a000000-0000-0000-0000-00000000000b"],
    "date": ["2026-11-22", "infinity", "0044-03-15 BC"],
    "timestamp": ["2026-11-22 08:30:00.25", "-infinity"],
    "timestamptz": ["2026-11-22 08:30:00+02", "infinity"],
    "time": ["08:30"],
    "timetz": ["08:30+02"],
    "interval": ["1 day 02:00"],
    "json": ['{"a" : [1, 2.50]}'],
    "jsonb": ['{"a": [1, 2.50, "x"]}', "null", '"text"'],
    "bytea": ["\\x00ff"],
    "inet": ["10.0.0.1/8"],
    "int4range": ["[1,5)"],
    "oid": ["12"],
    "money": ["$1.50"],
    "point": ["(1,2)"],
    "int4[]": ["{1,NULL,3}", "{}", "{{1,2},{3,4}}"],
    "text[]": ['{a,"b,c",NULL,"NULL","q\\"q","\\\\",""}', "[2:3]={x,y}"],
    "numeric[]": ["{1.50,NaN}"],
    "boolean[]": ["{t,f}"],
    "timestamptz[]": ['{"2026-11-22 08:30:00+02"}'],
    "jsonb[]": ['{"{\\"a\\": 1}"}'],
    "public.mood": ["low", "high"],
    "public.mood[]": ["{low,high}"],
    "public.small": ["5"],
}


async def test_old_rows_are_written_as_postgres_writes_rows(
    empty_database_url: str, database: Connection
) -> None:
    """An update's old row is rendered here, a record by Postgres: after each update the two must agree."""
    await database.execute("create type public.mood as enum ('low', 'high')")
    await database.execute("create domain public.small as int check (value < 9)")
    names = {f"c{number}": type_name for number, type_name in enumerate(VALUES)}
    columns = ", ".join(f"{name} {type_name}" for name, type_name in names.items())
    await database.execute(f"create table public.wide (id int primary key, {columns})".encode())
    await database.execute("alter table public.wide replica identity full")
    await database.execute("alter publication supabase_realtime add table public.wide")
    await database.execute("grant select on public.wide to anon")
    async with serving(empty_database_url) as application, connected(application) as client:
        await client.join({"event": "*", "schema": "public", "table": "wide"})
        await database.execute("insert into public.wide (id) values (1)")
        before = (await client.change())["record"]
        for turn in range(max(map(len, VALUES.values())) + 1):
            row = {name: (VALUES[kind] * 9)[turn] for name, kind in names.items()}
            assignments = sql.SQL(", ").join(
                sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(text))
                for name, text in row.items()
            )
            await database.execute(sql.SQL("update public.wide set {}").format(assignments))
            change = await client.change()
            assert change["old_record"] == before
            before = change["record"]


OPERATORS = {"eq": "=", "neq": "<>", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
COMPARED = {
    "int4": ["-3", "7", "10", "007"],
    "int8": ["9007199254740993", "9007199254740992"],
    "numeric": ["1.50", "1.5", "10", "NaN", "Infinity", "-1e9"],
    "float8": ["0.1", "1e30", "NaN", "Infinity", "-Infinity"],
    "bool": ["true", "f", "no", "ON"],
    "text": ["a", "B", "ab", "", "ü", "Z"],
    "bpchar": ["a", "a  ", "b"],
    "uuid": ["0a000000-0000-0000-0000-00000000000b", "0A0000000000000000000000000000FF"],
    "date": ["2026-11-22", "2026-02-28", "infinity", "-infinity"],
    "timestamp": ["2026-11-22 08:30", "2026-11-22T08:30:00", "2026-11-22T08:30:00+05", "infinity"],
    "timestamptz": ["2026-11-22 08:30+00", "2026-11-22T09:30:00+01:00", "2026-11-22 08:31", "-infinity"],
    "time": ["08:30", "08:30:00", "17:05:01.5"],
}
LIKED = ["a", "abc", "a%c", "a_c", "%b%", "_", "%", "", "a\\%c", "A%", "%c", "a%%c", "x\ny", "x%y"]


async def test_comparisons_agree_with_postgres(database: Connection) -> None:
    await database.execute("set timezone = 'UTC'")
    checked = 0
    for type_name, texts in COMPARED.items():
        column = Column("c", type_name, type_name, type_name, None, frozenset(), ())
        for name, symbol in OPERATORS.items():
            query = sql.SQL(
                "select one::text as one, other, one {symbol} other::{type} as holds "
                "from (select unnest(%s::{type}[]) as one) as a, unnest(%s::text[]) as other"
            ).format(symbol=sql.SQL(symbol), type=sql.SQL(type_name))
            for row in await (await database.execute(query, (texts, texts))).fetchall():
                conditions = parse_filter(f'c={name}."{row["other"]}"')
                check_types(conditions, {"c": column})
                assert matches(conditions, {"c": row["one"]}, {"c": column}) is row["holds"], (row, name)
                checked += 1
    assert checked > 900


@pytest.mark.parametrize(("name", "symbol"), [("like", "~~"), ("ilike", "~~*")])
async def test_patterns_agree_with_postgres(database: Connection, name: str, symbol: str) -> None:
    column = Column("c", "text", "text", "text", None, frozenset(), ())
    query = sql.SQL(
        "select one, other, one {} other as holds from unnest(%s::text[]) as one, unnest(%s::text[]) as other"
    ).format(sql.SQL(symbol))
    for row in await (await database.execute(query, (LIKED, LIKED))).fetchall():
        escaped = row["other"].replace("\\", "\\\\")
        conditions = parse_filter(f'c={name}."{escaped}"')
        assert matches(conditions, {"c": row["one"]}, {"c": column}) is row["holds"], row
    with pytest.raises(FilterError):
        parse_filter("c=like.a\\")
