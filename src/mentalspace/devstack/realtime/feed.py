"""The change feed: follows the publication, and starts over when the database went away.

While it is down nothing is kept: it says so to every listening channel when it loses the stream.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

import psycopg

from mentalspace.devstack.realtime.catalog import queries
from mentalspace.devstack.realtime.delivery import deliver
from mentalspace.devstack.realtime.hub import Hub
from mentalspace.devstack.realtime.pgoutput import Decoder
from mentalspace.devstack.realtime.replication import ReplicationStream, open_stream
from mentalspace.devstack.realtime.visibility import Reader, open_connection, open_reader

FIRST_RETRY_SECONDS = 0.1
LONGEST_RETRY_SECONDS = 2.0
LOST = "the connection to Postgres was lost; changes since then may be missing"
log = logging.getLogger(__name__)


class Feed:
    """Reads changes and delivers them, until its task is cancelled."""

    def __init__(self, database_url: str, publication: str, hub: Hub) -> None:
        self._database_url = database_url
        self._publication = publication
        self._hub = hub
        self._alive = asyncio.Event()
        self._down_since = time.monotonic()
        self._busy_since: float | None = None
        self._problem: str | None = "starting"
        self._changes = 0
        self._events = 0

    @property
    def alive(self) -> bool:
        return self._alive.is_set()

    @property
    def health(self) -> dict[str, Any]:
        """For `/health`: counts and times, nothing of any row. Lag is the age of the batch at work."""
        lag = 0.0 if self._busy_since is None else time.monotonic() - self._busy_since
        return {
            "alive": self.alive,
            "problem": self._problem,
            "lag_seconds": round(lag, 3),
            "changes": self._changes,
            "events": self._events,
        }

    async def wait_alive(self, seconds: float) -> bool:
        """Whether changes are followed, at the latest `seconds` after they ceased to be."""
        left = self._down_since + seconds - time.monotonic()
        if not self.alive and left > 0:
            try:
                await asyncio.wait_for(self._alive.wait(), left)
            except TimeoutError:
                return False
        return self.alive

    async def run(self) -> None:
        """Follow the publication for ever; a failure is told, and tried again with a growing pause."""
        pause = FIRST_RETRY_SECONDS
        while True:
            try:
                await self._check_publication()
                async with (
                    open_reader(self._database_url) as reader,
                    open_stream(self._database_url, self._publication) as stream,
                ):
                    pause = FIRST_RETRY_SECONDS
                    self._rise()
                    await self._follow(stream, reader)
            except psycopg.Error as error:
                self._fall(_explain(error))
            except Exception as error:
                # A mistake of ours must not leave subscribers waiting for ever on a dead feed.
                log.exception("the change feed failed")
                self._fall(type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_RETRY_SECONDS)

    async def _check_publication(self) -> None:
        async with open_connection(self._database_url, "check") as connection:
            cursor = await connection.execute(queries["has_publication"], (self._publication,))
            row = await cursor.fetchone()
            if not row or not row["exists"]:
                raise psycopg.OperationalError(f"publication {self._publication} is missing; create it")

    async def _follow(self, stream: ReplicationStream, reader: Reader) -> None:
        decoder = Decoder()
        while True:
            messages = await stream.receive()
            self._busy_since = time.monotonic()
            changes = [change for message in messages if (change := decoder.decode(message))]
            if changes:
                self._changes += len(changes)
                self._events += await deliver(self._hub, reader, changes)
                await self._hub.settle()
            self._busy_since = None
            await asyncio.sleep(0)  # let the sockets send before the next batch

    def _rise(self) -> None:
        self._problem = None
        self._alive.set()
        log.info("following publication %s", self._publication)

    def _fall(self, problem: str) -> None:
        if self.alive:
            self._down_since = time.monotonic()
            self._alive.clear()
        if problem != self._problem:
            log.warning("not following publication %s: %s", self._publication, problem)
        self._problem = problem
        self._busy_since = None
        self._hub.crash_listeners(LOST)


def _explain(error: psycopg.Error) -> str:
    """The error without what it may quote of a row: SQLSTATE and the first line of a connection's failure."""
    if error.sqlstate:
        return f"{type(error).__name__} ({error.sqlstate})"
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
