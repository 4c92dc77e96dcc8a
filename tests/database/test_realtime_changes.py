"""Changes reach those who asked for them and may see them, and no one else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from starlette.applications import Starlette
from tests.realtime_clients import KEYS, connected, serving, sign

from mentalspace.database.connection import Connection, connect

SCHEMA = """
create table public.notes (
  id bigint generated always as identity primary key, owner uuid, body text, secret text,
  length int generated always as (length(body)) stored
);
alter table public.notes enable row level security;
grant select (id, owner, body, length) on public.notes to authenticated;
grant all on public.notes to service_role;
create policy notes_select on public.notes for select to authenticated using (owner = (select auth.uid()));
alter publication supabase_realtime add table public.notes;
"""
NOTES = {"event": "*", "schema": "public", "table": "notes"}
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


async def write(database: Connection, owner: UUID, body: str = "b") -> int:
    query = "insert into public.notes (owner, body, secret) values (%s, %s, 's') returning id"
    row = await (await database.execute(query, (owner, body))).fetchone()
    assert row
    number: int = row["id"]
    return number


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
async def test_a_changed_row_reaches_its_owner_and_no_one_else(
    application: Starlette, database: Connection, version: str
) -> None:
    async with (
        connected(application, version=version) as anna,
        connected(application, version=version) as bert,
        connected(application, KEYS.secret_key, version) as service,
    ):
        for client, token in ((anna, sign(ANNA)), (bert, sign(BERT)), (service, None)):
            await client.join(NOTES, token=token)
        number = await write(database, ANNA)
        change = await anna.change()
        assert change["type"] == "INSERT"
        assert change["record"] == {"id": number, "owner": str(ANNA), "body": "b", "length": 1}
        assert (await service.change())["record"]["secret"] == "s"
        await bert.silent()
