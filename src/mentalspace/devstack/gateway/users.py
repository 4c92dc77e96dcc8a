"""The rows of Auth: users, their identities and sessions. Runs as the role that owns those tables."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries

POOL_SIZE = 5
CHECKOUT_SECONDS = 5
# Shown when set, as Auth does; the others always.
OPTIONAL_TIMES = (
    *("email_confirmed_at", "phone_confirmed_at", "confirmed_at", "invited_at", "confirmation_sent_at"),
    *("recovery_sent_at", "email_change_sent_at", "last_sign_in_at", "banned_until", "deleted_at"),
)
queries = load_queries(__package__ or "")
Pool = AsyncConnectionPool[Connection]


def make_pool(database_url: str) -> Pool:
    """A pool that is opened by who uses it, and does not wait for a database that is still starting."""
    return AsyncConnectionPool(
        database_url,
        connection_class=psycopg.AsyncConnection[DictRow],
        kwargs={"autocommit": True, "row_factory": dict_row, "application_name": "mentalspace gateway"},
        min_size=1,
        max_size=POOL_SIZE,
        timeout=CHECKOUT_SECONDS,
        check=AsyncConnectionPool.check_connection,
        open=False,
    )


class UserStore:
    """Users by SQL. Each call is one statement, or part of the transaction that `transaction` opened."""

    def __init__(self, pool: Pool, connection: Connection | None = None) -> None:
        self._pool = pool
        self._connection = connection

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[UserStore]:
        """Yield a store whose statements succeed or fail together."""
        async with self._pool.connection() as connection, connection.transaction():
            yield UserStore(self._pool, connection)

    async def fetch_all(self, name: str, **values: Any) -> list[DictRow]:
        if self._connection:
            return await _run(self._connection, name, values)
        async with self._pool.connection() as connection:
            return await _run(connection, name, values)

    async def find(self, name: str, **values: Any) -> DictRow | None:
        """The first row of a named query, or None."""
        rows = await self.fetch_all(name, **values)
        return rows[0] if rows else None

    async def render(self, user_id: UUID) -> dict[str, Any] | None:
        """A user as the API shows one, or None."""
        row = await self.find("find_users", ids=[user_id])
        return render_user(row) if row else None

    async def audit(self, action: str, row: Mapping[str, Any], kind: str = "user") -> None:
        """Write what an administrator did to Auth's own log."""
        traits = {"user_id": str(row["id"]), "user_email": row["email"], "user_phone": row["phone"] or ""}
        payload = {
            "action": action,
            "actor_id": str(UUID(int=0)),
            "actor_username": "service_role",
            "actor_via_sso": False,
            "log_type": kind,
            "traits": traits,
        }
        await self.fetch_all("record_audit", payload=Jsonb(payload))


def render_user(row: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of a user: Auth's names, times in UTC, no secret column."""
    times = {name: iso(row[name]) for name in OPTIONAL_TIMES if row[name]}
    change = {"new_email": row["email_change"]} if row["email_change"] else {}
    return {
        "id": str(row["id"]),
        "aud": row["aud"],
        "role": row["role"],
        "email": row["email"] or "",
        "phone": row["phone"] or "",
        **times,
        **change,
        "app_metadata": row["raw_app_meta_data"] or {},
        "user_metadata": row["raw_user_meta_data"] or {},
        "identities": row["identities"],
        "created_at": iso(row["created_at"]),
        "updated_at": iso(row["updated_at"]),
        "is_anonymous": row["is_anonymous"],
    }


def iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def is_banned(row: Mapping[str, Any]) -> bool:
    until = row["banned_until"]
    return until is not None and until > datetime.now(UTC)


async def _run(connection: Connection, name: str, values: Mapping[str, Any]) -> list[DictRow]:
    cursor = await connection.execute(queries[name], values)
    return await cursor.fetchall() if cursor.description else []
