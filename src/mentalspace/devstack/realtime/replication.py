"""A logical replication stream over psycopg's libpq: changes arrive as they are flushed, nothing is polled.

The slot is temporary: it goes with its connection, so that a killed server leaves nothing behind that
would keep WAL. What was committed while no stream was open is therefore not sent by the next one.
"""

from __future__ import annotations

import asyncio
import secrets
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import psycopg
from psycopg import pq, sql

STATUS_SECONDS = 10.0
MOST_MESSAGES = 1000
MOST_BYTES = 1 << 20
# Text forms that do not depend on the server's configuration.
OPTIONS = (
    "-c datestyle=ISO -c intervalstyle=postgres -c timezone=UTC -c extra_float_digits=1 -c bytea_output=hex"
)
_WAL_DATA = struct.Struct(">cQQQ")
_KEEPALIVE = struct.Struct(">cQQB")


@dataclass(frozen=True)
class WalData:
    """Part of the stream: one pgoutput message, and where it begins."""

    start: int
    message: bytes


@dataclass(frozen=True)
class Keepalive:
    """How far the server is; it may want an answer."""

    end: int
    wants_reply: bool


def parse_message(data: bytes) -> WalData | Keepalive:
    """Read one message of the streaming replication protocol. Raises `ValueError`."""
    try:
        if data[:1] == b"w":
            return WalData(_WAL_DATA.unpack_from(data)[1], data[_WAL_DATA.size :])
        if data[:1] == b"k":
            _, end, _, wants_reply = _KEEPALIVE.unpack(data)
            return Keepalive(end, bool(wants_reply))
    except struct.error as error:
        raise ValueError("a replication message ends too early") from error
    raise ValueError(f"unknown replication message {data[:1]!r}")


def render_status(position: int) -> bytes:
    """A standby status update: everything up to `position` is written, flushed and applied."""
    return struct.pack(">cQQQQB", b"r", position, position, position, 0, 0)


class ReplicationStream:
    """An open stream. `receive` waits for at least one message and takes what has arrived."""

    def __init__(self, connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
        self._connection = connection
        self._pgconn = connection.pgconn
        self.position = 0

    async def receive(self) -> list[bytes]:
        """The next pgoutput messages, at most a thousand or a megabyte. Raises `psycopg.OperationalError`."""
        messages: list[bytes] = []
        size = 0
        while size < MOST_BYTES and len(messages) < MOST_MESSAGES:
            data = self._next()
            if data is None and messages:
                break
            if data is None:
                await self._readable()
            elif (message := self._accept(data)) is not None:
                messages.append(message)
                size += len(message)
        return messages

    def report(self) -> None:
        """Tell the server what was received: it frees WAL, and knows that somebody is there."""
        self._pgconn.put_copy_data(render_status(self.position))
        self._pgconn.flush()

    def _next(self) -> bytes | None:
        """What has arrived, without waiting; libpq is asked to look twice, it holds little at a time."""
        for attempt in range(2):
            count, data = self._pgconn.get_copy_data(1)
            if count > 0:
                return bytes(data)
            if count < 0:
                raise psycopg.OperationalError("the replication stream ended")
            if attempt == 0:
                self._pgconn.consume_input()
        return None

    def _accept(self, data: bytes) -> bytes | None:
        part = parse_message(data)
        if isinstance(part, WalData):
            self.position = max(self.position, part.start)
            return part.message
        self.position = max(self.position, part.end)
        if part.wants_reply:
            self.report()
        return None

    async def _readable(self) -> None:
        # Watched only while waiting: a socket left with a loop would wake it for every byte that waits
        # while a batch is being delivered.
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        descriptor = self._pgconn.socket
        loop.add_reader(descriptor, _set, ready)
        try:
            await ready
        finally:
            loop.remove_reader(descriptor)
        self._pgconn.consume_input()

    async def start(self, slot: str, publication: str) -> None:
        """Enter the replication protocol; nothing else can run on the connection afterwards."""
        statement = sql.SQL(
            "START_REPLICATION SLOT {slot} LOGICAL 0/0 (proto_version '1', publication_names {publication})"
        ).format(slot=sql.Identifier(slot), publication=sql.Literal(publication))
        self._pgconn.send_query(statement.as_bytes(self._connection))
        while self._pgconn.flush() or self._pgconn.is_busy():
            await self._readable()
        result = self._pgconn.get_result()
        if result is None or result.status != pq.ExecStatus.COPY_BOTH:
            reason = result.get_error_message() if result else "no answer"
            raise psycopg.OperationalError(f"replication did not start: {reason}")


@asynccontextmanager
async def open_stream(database_url: str, publication: str) -> AsyncIterator[ReplicationStream]:
    """Yield a stream of the publication's changes from now on.

    Opening waits for every transaction that is running in the cluster. Raises `psycopg.Error`.
    """
    connection = await psycopg.AsyncConnection.connect(
        database_url,
        autocommit=True,
        replication="database",
        options=OPTIONS,
        client_encoding="utf8",
        application_name="mentalspace-realtime-feed",
    )
    slot = f"mentalspace_realtime_{secrets.token_hex(8)}"
    try:
        create = "CREATE_REPLICATION_SLOT {} TEMPORARY LOGICAL pgoutput (SNAPSHOT 'nothing')"
        await connection.execute(sql.SQL(create).format(sql.Identifier(slot)))
        stream = ReplicationStream(connection)
        await stream.start(slot, publication)
        reporter = asyncio.create_task(_report(stream))
        try:
            yield stream
        finally:
            reporter.cancel()
    finally:
        await connection.close()


async def _report(stream: ReplicationStream) -> None:
    # Also while a long batch is delivered: a silent client is disconnected after wal_sender_timeout. That the
    # connection is gone is for `receive` to say.
    with suppress(psycopg.Error):
        while True:
            await asyncio.sleep(STATUS_SECONDS)
            stream.report()


def _set(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
