"""The claimer: drains the outbox whenever it is woken, and every so often without being woken."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from mentalspace.database.connection import connect, cut
from mentalspace.errors import InputError, MentalspaceError
from mentalspace.events.consumer import Consumer, EventContext
from mentalspace.events.drain import Drained, drain_batch
from mentalspace.events.outbox import BatchSize, Limits
from mentalspace.settings import Settings

log = structlog.get_logger()
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0


@dataclass
class Tally:
    """What a claimer did since it started."""

    batches: int = 0
    consumed: int = 0
    failed: int = 0
    died: int = 0
    reconnects: int = 0

    def add(self, drained: Drained) -> None:
        self.batches += 1
        self.consumed += drained.consumed
        self.failed += drained.failed
        self.died += drained.died


@dataclass
class Claimer:
    """Consumes events until told to stop. Any number of them, anywhere, share the work.

    `wake` says that there may be something to do; it is never needed, since a sweep looks anyway.
    """

    settings: Settings
    consumers: Sequence[Consumer]
    sweep: timedelta = timedelta(seconds=2)
    size: BatchSize = field(default_factory=BatchSize)
    limits: Limits = field(default_factory=Limits)
    tally: Tally = field(default_factory=Tally)
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _pause: float = _FIRST_PAUSE

    def wake(self) -> None:
        """Look at once. Many calls while it works are one."""
        self._awake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Drain until `stop` is set, finishing the batch at hand. Waits for a database that is away."""
        stopping = asyncio.create_task(self._wake_when(stop))
        log.info("claimer started", consumers=[consumer.name for consumer in self.consumers])
        try:
            while not stop.is_set():
                try:
                    await self._serve(stop)
                except InputError:
                    raise
                except MentalspaceError as error:
                    log.warning("claimer lost the database, trying again", error=str(error))
                    self.tally.reconnects += 1
                    await _sleep(stop, self._pause)
                    self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        finally:
            stopping.cancel()
            log.info("claimer stopped", consumed=self.tally.consumed)

    async def _serve(self, stop: asyncio.Event) -> None:
        url = self.settings.database_url.get_secret_value()
        async with connect(url, application_name="mentalspace events") as connection:
            context = EventContext(connection, self.settings)
            while not stop.is_set():
                self._awake.clear()
                drained = await self._drain(context)
                self._pause = _FIRST_PAUSE
                if drained.claimed:
                    self.tally.add(drained)
                else:
                    await self._rest()

    async def _drain(self, context: EventContext) -> Drained:
        """Drain a batch; cut the connection if the database does not answer, or if nobody waits any more.

        A cancelled statement would wait for the server's word, which a half-open socket never brings.
        """
        batch = asyncio.create_task(drain_batch(context, self.consumers, self.size, self.limits))
        try:
            await asyncio.wait({batch}, timeout=self.limits.answer.total_seconds())
        finally:
            if not batch.done():
                log.warning("connection cut in the middle of a batch")
                cut(context.connection)
        return await batch

    async def _rest(self) -> None:
        # Replicas that sweep at the same instant would find the same nothing.
        seconds = self.sweep.total_seconds() * random.uniform(0.8, 1.2)  # noqa: S311  (spreads load)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._awake.wait()

    async def _wake_when(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._awake.set()


async def _sleep(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds * random.uniform(0.5, 1.5)):  # noqa: S311  (spreads load)
            await stop.wait()
