"""The reactor: reacts to states soon after they changed, whenever it is woken and every so often without."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic

import structlog

from mentalspace.database.connection import connect, cut
from mentalspace.errors import InputError, MentalspaceError
from mentalspace.realtime.reaction import Reaction, ReactionContext
from mentalspace.settings import Settings

log = structlog.get_logger()
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0


@dataclass
class Reactor:
    """Does what is due until told to stop. `wake` says that something changed; a sweep looks anyway.

    A reaction that fails is logged by the kind of its error, and tried again at the next look.
    """

    settings: Settings
    reactions: Sequence[Reaction]
    sweep: timedelta = timedelta(seconds=10)
    done: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    _awake: asyncio.Event = field(default_factory=asyncio.Event)
    _pause: float = _FIRST_PAUSE

    def wake(self) -> None:
        """Look at once. Many calls while it works are one."""
        self._awake.set()

    async def run(self, stop: asyncio.Event) -> None:
        """React until `stop` is set; what is under way is broken off. Waits for a database that is away."""
        if not self.reactions:
            await stop.wait()
            return
        stopping = asyncio.create_task(stop.wait())
        serving = asyncio.create_task(self._serve())
        log.info("reactor started", reactions=[reaction.name for reaction in self.reactions])
        try:
            await asyncio.wait({stopping, serving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ended = serving.done()
            for task in (stopping, serving):
                task.cancel()
            await asyncio.wait({stopping, serving})
            log.info("reactor stopped", done=sum(self.done.values()))
        if ended:
            serving.result()

    async def _serve(self) -> None:
        url = self.settings.database_url.get_secret_value()
        while True:
            try:
                async with connect(url, application_name="mentalspace reactions") as connection:
                    context = ReactionContext(connection, self.settings)
                    while True:
                        self._awake.clear()
                        for reaction in self.reactions:
                            await self._look(context, reaction)
                        self._pause = _FIRST_PAUSE
                        await self._rest()
            except InputError:
                raise
            except MentalspaceError as error:
                log.warning("reactor lost the database, trying again", error=str(error))
                await asyncio.sleep(self._pause * random.uniform(0.5, 1.5))  # noqa: S311  (spreads load)
                self._pause = min(self._pause * 2, _LONGEST_PAUSE)

    async def _look(self, context: ReactionContext, reaction: Reaction) -> None:
        if not await reaction.is_due(context):
            return
        await asyncio.sleep(reaction.settle.total_seconds())
        started = monotonic()
        try:
            await self._react(context, reaction)
            self.done[reaction.name] += 1
        except Exception as error:
            # A message may quote a row: the kind of the error is all that is kept.
            self.failed[reaction.name] += 1
            log.error("reaction failed", reaction=reaction.name, error=type(error).__name__)  # noqa: TRY400  (no traceback)
            if context.connection.closed:
                raise
        await asyncio.sleep((monotonic() - started) * reaction.share)

    async def _react(self, context: ReactionContext, reaction: Reaction) -> None:
        """Cut the connection when the database does not answer, or when nobody waits any more."""
        task = asyncio.ensure_future(reaction.react(context))
        try:
            await asyncio.wait({task}, timeout=reaction.timeout.total_seconds())
        finally:
            if not task.done():
                log.warning("connection cut in the middle of a reaction", reaction=reaction.name)
                cut(context.connection)
                await asyncio.wait({task})
        await task

    async def _rest(self) -> None:
        # Replicas that look at the same instant would do the same thing.
        seconds = self.sweep.total_seconds() * random.uniform(0.8, 1.2)  # noqa: S311  (spreads load)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._awake.wait()
