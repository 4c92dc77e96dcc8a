"""The feed: a subscription that is kept alive. What was missed while it was away, a sweep finds."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

import structlog

from mentalspace.errors import UnavailableError
from mentalspace.realtime.hint import Hint, Subscription
from mentalspace.realtime.session import Session
from mentalspace.realtime.token import TokenSource, constant

log = structlog.get_logger()
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
# A session that lived this long was a good one: the next begins without a long pause.
_GOOD_SECONDS = 30.0


@dataclass
class Feed:
    """Listens until told to stop, over as many sessions as it takes.

    `on_hint` is called for every change; `on_live` whenever changes begin to flow, since what happened
    before that was missed.
    """

    url: str
    api_key: str
    subscriptions: Sequence[Subscription]
    on_hint: Callable[[Hint], None]
    on_live: Callable[[], None] = lambda: None
    source: TokenSource | None = None
    sessions: int = 0
    _session: Session | None = None
    _pause: float = field(default=_FIRST_PAUSE)

    @property
    def live(self) -> bool:
        """Whether changes flow, as far as the server says."""
        return self._session is not None and self._session.live.is_set()

    def restart(self, reason: str) -> None:
        """End the session; the next begins after a pause."""
        if self._session:
            self._session.end(reason)

    async def run(self, stop: asyncio.Event) -> None:
        """Keep a session until `stop` is set."""
        while not stop.is_set():
            began = monotonic()
            try:
                await self._attend(stop)
            except UnavailableError as error:
                self._log_end(str(error))
            if monotonic() - began > _GOOD_SECONDS:
                self._pause = _FIRST_PAUSE
            await self._rest(stop)

    async def _attend(self, stop: asyncio.Event) -> None:
        """One session, closed on every way out. Raises `UnavailableError` when it ends by itself."""
        session = Session(
            self.url, self.api_key, self.source or constant(self.api_key), self.subscriptions, self.on_hint
        )
        self._session = session
        self.sessions += 1
        tasks = [
            asyncio.create_task(session.run()),
            asyncio.create_task(self._announce(session)),
            asyncio.create_task(stop.wait()),
        ]
        try:
            await asyncio.wait({tasks[0], tasks[2]}, return_when=asyncio.FIRST_COMPLETED)
            if tasks[0].done():
                tasks[0].result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._session = None
            await session.close()

    async def _announce(self, session: Session) -> None:
        await session.live.wait()
        log.info("feed live", session=self.sessions)
        self.on_live()

    def _log_end(self, why: str) -> None:
        # The first failures are the life of a network; what lasts is worth a word.
        level = log.info if self._pause == _FIRST_PAUSE else log.warning
        level("feed ended, trying again", error=why, pause=self._pause)

    async def _rest(self, stop: asyncio.Event) -> None:
        with suppress(TimeoutError):
            # Full jitter: a server that comes back is not asked by everybody at once.
            async with asyncio.timeout(random.uniform(0.1, 1) * self._pause):  # noqa: S311  (spreads load)
                await stop.wait()
        self._pause = min(self._pause * 2, _LONGEST_PAUSE)
