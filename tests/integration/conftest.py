"""Appointments that people may cancel, or not, and a way to ask."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.conftest import RunningStack
from tests.integration.rest import open_http

from mentalspace.database.connection import connect


@pytest.fixture
async def http(stack: RunningStack) -> AsyncIterator[httpx.AsyncClient]:
    async with open_http(stack) as client:
        yield client


@pytest.fixture
async def appointments(stack: RunningStack) -> AsyncIterator[dict[str, str]]:
    """Two appointments of the therapist's own client, who has a login: one theirs, one a colleague's."""
    async with connect(stack.database_url) as connection:
        cursor = await connection.execute(
            """
            with therapist as (
              select id from public.profiles where email = 'therapist@mentalspace.example'
            ), colleague as (
              select r.user_id as id from public.user_roles r, therapist
              where r.role = 'therapist' and r.user_id <> therapist.id limit 1
            ), client as (
              insert into public.clients
                (first_name, last_name, date_of_birth, primary_therapist_id, portal_user_id, portal_enabled)
              select 'Synthetic', 'Client', '1990-01-01', therapist.id, portal.id, true
              from therapist, public.profiles portal where portal.email = 'client.user@mentalspace.example'
              returning id
            )
            insert into public.appointments (client_id, provider_id, start_time, end_time)
            select client.id, provider.id, slot, slot + interval '50 minutes'
            from client, (table therapist union all table colleague) provider,
              (select timestamptz '2990-01-01 10:00Z') hour (slot)
            returning id::text, client_id,
              case when provider_id = (table therapist) then 'own' else 'colleague''s' end as whose
            """
        )
        rows = await cursor.fetchall()
        yield {row["whose"]: row["id"] for row in rows}
        await connection.execute(
            "delete from public.appointments where id = any (%s)", ([r["id"] for r in rows],)
        )
        await connection.execute("delete from public.clients where id = %s", (rows[0]["client_id"],))
