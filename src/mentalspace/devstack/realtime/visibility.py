"""Rows as each subscriber's own SELECT shows them, many subscribers in one round trip.

What Postgres answers to a caller's role and claims is the only source of a record: policies, privileges,
generated and out-of-line columns need no rules of our own.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from mentalspace.devstack.realtime.catalog import Catalog, Connection, fetch_catalog, queries
from mentalspace.devstack.realtime.tables import Table
from mentalspace.devstack.realtime.tokens import Caller, nobody

Key = tuple[str, ...]
TOGETHER_SECONDS = 3.0
ALONE_SECONDS = 1.0
MOST_STATEMENTS = 200
CANCELED = "57014"
DENIED = "42501"


@dataclass(frozen=True)
class Request:
    """Keys of one table to read as one caller."""

    table: Table
    caller: Caller
    keys: tuple[Key, ...]


@dataclass(frozen=True)
class Reading:
    """The records seen, as JSON text by key; or the SQLSTATE of what went wrong, and then no records."""

    records: Mapping[Key, str]
    failure: str | None = None


def viewer(table: Table, caller: Caller) -> Caller:
    """As whom a table is read for a caller.

    Without row level security all callers of a role see the same, so one of them without claims reads for
    all: should row security be switched on meanwhile, that one sees nothing that is somebody's own.
    """
    return caller if table.guarded else nobody(caller.role)


class Reader:
    """Reads rows on a connection of its own, which never writes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._prepared: set[str] = set()
        self._seconds = 0.0

    async def catalog(self, oids: Sequence[int]) -> Catalog:
        await self._limit(TOGETHER_SECONDS)
        return await fetch_catalog(self._connection, oids)

    async def read(self, requests: Sequence[Request]) -> list[Reading]:
        """One reading per request. A caller whose policies take too long fails alone with 57014.

        Raises `psycopg.errors.LockNotAvailable` if a table is locked by somebody.
        """
        try:
            return await self._read(requests, TOGETHER_SECONDS)
        except psycopg.errors.QueryCanceled:
            return [await self._read_alone(request) for request in requests]

    async def _read_alone(self, request: Request) -> Reading:
        try:
            (reading,) = await self._read([request], ALONE_SECONDS)
        except psycopg.errors.QueryCanceled:
            return Reading({}, CANCELED)
        return reading

    async def _read(self, requests: Sequence[Request], seconds: float) -> list[Reading]:
        answers: dict[int, Reading] = {}
        asked: dict[int, Request] = {}
        for at, request in enumerate(requests):
            if (refusal := _refuse(request)) is None:
                asked[at] = request
            else:
                answers[at] = refusal
        if asked:
            answers |= zip(asked, await self._ask(list(asked.values()), seconds), strict=True)
        return [answers[at] for at in range(len(requests))]

    async def _ask(self, requests: Sequence[Request], seconds: float) -> list[Reading]:
        await self._tidy()
        await self._limit(seconds)
        arguments = _arguments(requests, await self._prepare_all(requests))
        rows = await (await self._connection.execute(queries["read_as"], arguments)).fetchall()
        return [
            _reading(request, row["places"], row["records"], row["failure"])
            for request, row in zip(requests, rows, strict=True)
        ]

    async def _limit(self, seconds: float) -> None:
        if seconds != self._seconds:
            await self._connection.execute(queries["limit_statement"], (f"{int(seconds * 1000)}ms",))
            self._seconds = seconds

    async def _tidy(self) -> None:
        if len(self._prepared) > MOST_STATEMENTS:
            for name in self._prepared:  # one by one: psycopg has prepared statements of its own
                await self._connection.execute(sql.SQL("deallocate {}").format(sql.Identifier(name)))
            self._prepared.clear()

    async def _prepare_all(self, requests: Sequence[Request]) -> list[str]:
        """The name of each request's prepared statement: one per table and role."""
        names: dict[tuple[int, str], str] = {}
        for request in requests:
            at = (request.table.oid, request.caller.role)
            if at not in names:
                names[at] = await self._prepare(request.table, request.caller.role)
        return [names[request.table.oid, request.caller.role] for request in requests]

    async def _prepare(self, table: Table, role: str) -> str:
        statement = _statement(table, role).as_string(self._connection)
        name = f"read_{sha256(statement.encode()).hexdigest()[:40]}"
        if name not in self._prepared:
            prepare = sql.SQL("prepare {}(jsonb) as {}").format(sql.Identifier(name), sql.SQL(statement))
            await self._connection.execute(prepare)
            self._prepared.add(name)
        return name


@asynccontextmanager
async def open_connection(database_url: str, name: str) -> AsyncIterator[Connection]:
    """Yield a connection for reading the catalog. Raises `psycopg.Error`."""
    connection = await psycopg.AsyncConnection.connect(
        database_url,
        autocommit=True,
        row_factory=dict_row,
        prepare_threshold=5,
        application_name=f"mentalspace-realtime-{name}",
    )
    async with connection:
        yield connection


@asynccontextmanager
async def open_reader(database_url: str) -> AsyncIterator[Reader]:
    """Yield a reader on a new connection. Raises `psycopg.Error`."""
    async with open_connection(database_url, "reader") as connection:
        await connection.execute(queries["create_reader"])
        await connection.execute(queries["prepare_session"])
        yield Reader(connection)


def _refuse(request: Request) -> Reading | None:
    """The answer that needs no asking: without the right to select the key nothing can be found."""
    readable = request.table.readable(request.caller.role)
    if not all(column.name in readable for column in request.table.key):
        return Reading({}, DENIED)
    return None


def _statement(table: Table, role: str) -> sql.Composed:
    """Join the keys to what the role may select. Names come from the catalog, keys arrive as `$1`."""
    positions = range(len(table.key))
    keysets = [
        sql.SQL("array(select jsonb_array_elements_text($1->{}))::{}[]").format(
            sql.Literal(position),
            sql.SQL(column.cast_type),
        )
        for position, column in enumerate(table.key)
    ]
    joins = [
        sql.SQL("{} = {}").format(
            sql.Identifier("seen", column.name), sql.Identifier("asked", f"key{position}")
        )
        for position, column in zip(positions, table.key, strict=True)
    ]
    return sql.SQL(
        "select array_agg(asked.place::int), array_agg(row_to_json(seen)::text) "
        "from rows from ({keysets}) with ordinality as asked({names}, place) "
        "join (select {columns} from {table}) as seen on {joins}"
    ).format(
        keysets=sql.SQL(", ").join(sql.SQL("unnest({})").format(keyset) for keyset in keysets),
        names=sql.SQL(", ").join(sql.Identifier(f"key{position}") for position in positions),
        columns=sql.SQL(", ").join(map(sql.Identifier, table.readable(role))),
        table=sql.Identifier(table.schema, table.name),
        joins=sql.SQL(" and ").join(joins),
    )


def _arguments(requests: Sequence[Request], statements: Sequence[str]) -> tuple[str, str]:
    """The callers, and the sets of keys they share, as `read_as` takes them."""
    distinct = dict.fromkeys(request.keys for request in requests)
    places = {keys: place for place, keys in enumerate(distinct)}
    asked = [
        {
            "role": request.caller.role,
            "claims": request.caller.claims,
            "subject": request.caller.subject,
            "email": request.caller.email,
            "statement": statement,
            "keyset": places[request.keys],
        }
        for request, statement in zip(requests, statements, strict=True)
    ]
    return json.dumps(asked), json.dumps([list(zip(*keys, strict=True)) for keys in places])


def _reading(
    request: Request, places: Sequence[int] | None, records: Sequence[str] | None, failure: str | None
) -> Reading:
    if failure is not None or places is None or records is None:
        return Reading({}, failure)
    return Reading({request.keys[place - 1]: record for place, record in zip(places, records, strict=True)})
