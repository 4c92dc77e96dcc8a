"""Act as somebody in a test: a transaction shaped as PostgREST makes one, rolled back at the end."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg.rows import DictRow

from mentalspace.database.connection import Connection

SETTINGS = """
select
  set_config('search_path', 'public, extensions', true),
  set_config('request.jwt.claims', %(claims)s, true),
  set_config('request.jwt.claim.sub', %(sub)s, true),
  set_config('request.jwt.claim.role', %(role)s, true),
  set_config('request.jwt.claim.email', %(email)s, true),
  set_config('role', %(role)s, true)
"""
NOBODY = """
select
  set_config('role', 'none', true),
  set_config('request.jwt.claims', '', true),
  set_config('request.jwt.claim.sub', '', true)
"""
Cursor = psycopg.AsyncCursor[DictRow]


@asynccontextmanager
async def acting_as(
    connection: Connection,
    user_id: UUID | str | None,
    role: str = "authenticated",
    claims: Mapping[str, Any] | None = None,
) -> AsyncIterator[Connection]:
    """Yield the connection inside a transaction of this person; nothing of it stays.

    Visitors: `acting_as(connection, None, role="anon")`. `claims` are added to sub and role, or replace
    them, so that malformed ones can be tested.
    """
    async with connection.transaction(force_rollback=True):
        await act_as(connection, user_id, role, claims)
        yield connection


async def act_as(
    connection: Connection,
    user_id: UUID | str | None,
    role: str = "authenticated",
    claims: Mapping[str, Any] | None = None,
) -> None:
    """Be this person until the end of the transaction, which the caller has begun."""
    said: dict[str, Any] = {"role": role, **({"sub": str(user_id)} if user_id else {}), **(claims or {})}
    values = {
        "claims": json.dumps(said, default=str),
        "sub": str(said.get("sub") or ""),
        "email": str(said.get("email") or ""),
        "role": role,
    }
    await connection.execute(SETTINGS, values)


async def keep_as(connection: Connection, user_id: UUID | str, statement: str, *values: Any) -> Cursor:
    """Run a statement as this person and let it stay; then nobody acts, also in a larger transaction."""
    async with connection.transaction():
        await act_as(connection, user_id)
        cursor = await connection.execute(statement.encode(), values)
        await connection.execute(NOBODY)
    return cursor


@asynccontextmanager
async def refused(
    connection: Connection, kind: type[psycopg.Error] = psycopg.errors.InsufficientPrivilege
) -> AsyncIterator[pytest.ExceptionInfo[psycopg.Error]]:
    """Expect the block to be refused by Postgres; the transaction around it goes on."""
    with pytest.raises(kind) as caught:
        async with connection.transaction():
            yield caught
