"""Open Postgres connections, with errors that say what to do."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, LiteralString

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow, dict_row
from psycopg.sql import Composed

from mentalspace.database.sqlstate import translate
from mentalspace.errors import InputError, UnavailableError

Connection = psycopg.AsyncConnection[DictRow]
CONNECT_TIMEOUT_SECONDS = 10
# A half-open socket is noticed within seconds, not after the two hours that TCP allows.
_KEEPALIVE = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 2,
    "tcp_user_timeout": 15_000,
}
# Where hosted Supabase's pooler answers in transaction mode.
_TRANSACTION_POOLER_PORT = "6543"
_POOLED = re.compile(r"(?<=[?&])pgbouncer=(true|false)(&|$)")


@asynccontextmanager
async def connect(database_url: str, *, application_name: str = "mentalspace") -> AsyncIterator[Connection]:
    """Yield an autocommit connection whose rows are dicts.

    Through a pooler in transaction mode (port 6543, or `?pgbouncer=true` in the address) nothing is
    prepared, since the next transaction may meet another server session. Raises `InputError` for an
    address that cannot be one, `UnavailableError` when nothing answers there, and the errors of
    `translate` for what Postgres refuses inside the block.
    """
    connection = await _open(database_url, application_name)
    async with connection:
        with translate():
            yield connection


async def fetch_row(
    connection: Connection, query: LiteralString | Composed, values: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The row of a query that has one whatever there is: an aggregate, `returning`, a select without from."""
    row = await (await connection.execute(query, values)).fetchone()
    assert row is not None  # noqa: S101  (the query says so)
    return row


def check_address(database_url: str) -> None:
    """Raise `InputError` for an address that cannot be one. Never connects."""
    try:
        conninfo_to_dict(_split_pooled(database_url)[0])
    except psycopg.ProgrammingError as error:
        raise InputError(
            "the database URL is not one; write postgresql://user:password@host:port/database"
        ) from error


def is_pooled(database_url: str) -> bool:
    """Whether the address says that a pooler in transaction mode answers there. Never connects."""
    return _split_pooled(database_url)[1]


def cut(connection: Connection) -> None:
    """Break a connection off: what waits for it raises, and the server rolls back. May be repeated."""
    with suppress(psycopg.Error, OSError):
        duplicate = socket.socket(fileno=os.dup(connection.fileno()))
        with duplicate:
            duplicate.shutdown(socket.SHUT_RDWR)


async def _open(database_url: str, application_name: str) -> Connection:
    options: dict[str, Any] = {
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "application_name": application_name,
        **_KEEPALIVE,
    }
    check_address(database_url)
    address, pooled = _split_pooled(database_url)
    if pooled:
        options["prepare_threshold"] = None
    try:
        return await psycopg.AsyncConnection.connect(
            address, autocommit=True, row_factory=dict_row, **options
        )
    except psycopg.OperationalError as error:
        raise UnavailableError(_explain(database_url, error)) from error


def _split_pooled(database_url: str) -> tuple[str, bool]:
    """The address as libpq knows it, and whether a pooler in transaction mode answers there."""
    said = _POOLED.search(database_url)
    address = _POOLED.sub("", database_url).rstrip("?&") if said else database_url
    if said:
        return address, said[1] == "true"
    with suppress(psycopg.ProgrammingError):
        return address, conninfo_to_dict(address).get("port") == _TRANSACTION_POOLER_PORT
    return address, False


def _explain(database_url: str, error: psycopg.OperationalError) -> str:
    target = _describe(database_url)
    text = str(error)
    if "password authentication failed" in text or "no password supplied" in text:
        return f"{target} refused user or password; correct MENTALSPACE_DATABASE_URL (or --database-url)"
    if "does not exist" in text:
        return f"{target} has no such database or role; correct MENTALSPACE_DATABASE_URL (or --database-url)"
    return (
        f"no database answers at {target}; start the embedded stack with `./run up`, "
        "or set MENTALSPACE_DATABASE_URL (or --database-url)"
    )


def _describe(database_url: str) -> str:
    """Host, port and database: never user or password."""
    try:
        parts = conninfo_to_dict(_split_pooled(database_url)[0])
    except psycopg.ProgrammingError:
        return "the database URL"
    return f"{parts.get('host', 'localhost')}:{parts.get('port', 5432)}/{parts.get('dbname', 'postgres')}"
