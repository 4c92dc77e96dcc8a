"""Reacting to changes: a feed that wakes, a claimer and a reactor that work, a canary that watches."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from mentalspace.events.claimer import Claimer
from mentalspace.events.consumer import Consumer
from mentalspace.realtime.canary import Canary
from mentalspace.realtime.feed import Feed
from mentalspace.realtime.hint import Hint, Subscription
from mentalspace.realtime.reaction import Reaction
from mentalspace.settings import Settings
from mentalspace.worker.reactor import Reactor


@dataclass(frozen=True)
class Sweeps:
    """How often to look unasked: seldom while the feed is heard, often while it is not."""

    hearing: timedelta = timedelta(seconds=10)
    deaf: timedelta = timedelta(seconds=1)


class ChangeWorker:
    """Consumes events as they occur, and does what else is due after changes. Any number share the work."""

    def __init__(
        self,
        settings: Settings,
        consumers: Sequence[Consumer],
        subscriptions: Sequence[Subscription],
        sweeps: Sweeps | None = None,
        reactions: Sequence[Reaction] = (),
    ) -> None:
        self._sweeps = sweeps or Sweeps()
        self.canary = Canary(settings.database_url.get_secret_value())
        self.claimer = Claimer(settings, consumers, self._sweeps.deaf)
        self.reactor = Reactor(settings, reactions, self._sweeps.deaf)
        self.feed = Feed(
            settings.supabase_url,
            settings.supabase_secret_key.get_secret_value(),
            (*subscriptions, self.canary.subscription),
            on_hint=self._on_hint,
            on_live=self._wake,
        )

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; the batch at hand is finished."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.claimer.run(stop))
            tasks.create_task(self.reactor.run(stop))
            tasks.create_task(self.feed.run(stop))
            tasks.create_task(self.canary.run(stop, self.feed))
            tasks.create_task(self._keep_pace(stop))

    def _on_hint(self, hint: Hint) -> None:
        if not self.canary.hear(hint):
            self._wake()

    def _wake(self) -> None:
        self.claimer.wake()
        self.reactor.wake()

    async def _keep_pace(self, stop: asyncio.Event) -> None:
        waiting = asyncio.create_task(stop.wait())
        while not stop.is_set():
            hearing = self.feed.live and not self.canary.silent
            sweep = self._sweeps.hearing if hearing else self._sweeps.deaf
            lost = sweep < self.claimer.sweep
            self.claimer.sweep = self.reactor.sweep = sweep
            if lost:
                # What is missed from now on must not wait for a rest that began while the feed was heard.
                self._wake()
            await asyncio.wait({waiting}, timeout=1)
