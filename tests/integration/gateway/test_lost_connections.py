"""Connections to the database break; the next request is served, and schema changes are still followed."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from supabase import AsyncClient
from tests.integration.gateway.conftest import Person, eventually

from mentalspace.database.connection import Connection

pytestmark = pytest.mark.stack
PARTS = ["rest", "auth", "catalog", "listener", "gateway"]
BREAK = """
select count(pg_terminate_backend(pid)) as broken from pg_stat_activity
where application_name = any(%s)
"""


async def count_parts(owner: Connection) -> int:
    cursor = await owner.execute(
        "select count(distinct application_name) as parts from pg_stat_activity "
        "where application_name = any(%s)",
        ([f"mentalspace {part}" for part in PARTS],),
    )
    row = await cursor.fetchone()
    return int(row["parts"]) if row else 0


async def until_read(http: httpx.AsyncClient, path: str) -> None:
    await eventually(lambda: http.get(path), lambda answer: answer.is_success)


async def test_every_part_connects_again(
    owner: Connection, http: httpx.AsyncClient, service: AsyncClient, member: Person
) -> None:
    # Parts let go of idle connections: each uses one before they break.
    for _ in range(100):
        await owner.execute("notify pgrst, 'reload schema'")
        await service.table("probe_shelves").select("id").execute()
        await member.client.auth.get_user()
        await service.auth.admin.get_user_by_id(member.id)
        if await count_parts(owner) == len(PARTS):
            break
        await asyncio.sleep(0.05)
    row = await (await owner.execute(BREAK, ([f"mentalspace {part}" for part in PARTS],))).fetchone()
    assert row
    assert row["broken"] >= len(PARTS)
    await until_read(http, "/rest/v1/probe_shelves")
    assert (await member.client.auth.get_user()) is not None
    assert (await service.auth.admin.get_user_by_id(member.id)).user.id == member.id
    await owner.execute("alter table public.probe_shelves add column depth integer")
    try:
        await until_read(http, "/rest/v1/probe_shelves?select=depth")
    finally:
        await owner.execute("alter table public.probe_shelves drop column depth")
