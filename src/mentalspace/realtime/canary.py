"""The canary: a row that the worker writes and hears of through its own feed. Silence is an alarm.

One policy that raises can silence Realtime for everybody without a word (supabase/realtime issue 2093): a
feed that says it is live need not be.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic

import structlog

from mentalspace.database.connection import Connection, connect
from mentalspace.database.queries import load_queries
from mentalspace.errors import InputError, MentalspaceError
from mentalspace.realtime.feed import Feed
from mentalspace.realtime.hint import Hint, Kind, Subscription

log = structlog.get_logger()
queries = load_queries(__package__ or "")
TABLE = "feed_canaries"


@dataclass
class Canary:
    """Beats through the database, listens for the echo, and restarts a feed that stays silent."""

    database_url: str
    every: timedelta = timedelta(seconds=10)
    silence: timedelta = timedelta(seconds=25)
    listener: str = field(default_factory=lambda: secrets.token_hex(8))
    latency: float | None = None
    alarms: int = 0
    _sent: dict[int, float] = field(default_factory=dict)
    _beats: int = 0
    _echoed: int = 0
    _heard: float = field(default_factory=monotonic)
    _judged: float = field(default_factory=monotonic)

    @property
    def subscription(self) -> Subscription:
        """What the feed must subscribe to: this listener's row alone."""
        return Subscription(TABLE, "public", Kind.any, f"listener=eq.{self.listener}", ("beat",))

    @property
    def silent(self) -> bool:
        """Whether no echo came for too long."""
        return monotonic() - self._heard > self.silence.total_seconds()

    def hear(self, hint: Hint) -> bool:
        """Take a hint if it is an echo; return whether it was."""
        if hint.table != TABLE:
            return False
        beat = int(hint.values.get("beat") or 0)
        self._heard = monotonic()
        self._echoed = max(self._echoed, beat)
        if (sent := self._sent.pop(beat, None)) is not None:
            self.latency = self._heard - sent
        self._sent = {number: at for number, at in self._sent.items() if number > beat}
        return True

    async def run(self, stop: asyncio.Event, feed: Feed) -> None:
        """Beat until `stop` is set; then take the row away."""
        while not stop.is_set():
            try:
                async with connect(self.database_url, application_name="mentalspace canary") as connection:
                    await self._sing(connection, stop, feed)
            except InputError:
                raise
            except MentalspaceError:
                # The database is away, which others say; that the feed is silent then is no news.
                self._heard = monotonic()
                await self._rest(stop)

    async def _sing(self, connection: Connection, stop: asyncio.Event, feed: Feed) -> None:
        while not stop.is_set():
            self._beats += 1
            self._sent[self._beats] = monotonic()
            values = {"listener": self.listener, "beat": self._beats, "heard": self._echoed}
            await connection.execute(queries["beat"], values)
            await self._rest(stop)
            self._judge(feed)
        await connection.execute(queries["remove_canary"], {"listener": self.listener})

    def _judge(self, feed: Feed) -> None:
        now = monotonic()
        if not self.silent or now - self._judged < self.silence.total_seconds():
            return
        self._judged = now
        self.alarms += 1
        log.error("feed silent", live=feed.live, seconds=round(now - self._heard))
        feed.restart("silent")

    async def _rest(self, stop: asyncio.Event) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self.every.total_seconds()):
                await stop.wait()
