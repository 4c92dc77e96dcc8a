"""One connection of the vendor's client, from joining to its end. The only module that knows the client.

The client's own reconnecting is switched off: it gives up after five attempts, and a channel that errors
can stay silent for ever. A session ends instead, with a reason, and the feed opens the next.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from realtime import (
    AsyncRealtimeClient,
    RealtimePostgresChangesListenEvent,
    RealtimeSubscribeStates,
)
from websockets.exceptions import WebSocketException

from mentalspace.errors import UnavailableError
from mentalspace.realtime.hint import Hint, Subscription, parse_hint
from mentalspace.realtime.token import TokenSource, now

# What the client logs may hold rows.
logging.getLogger("realtime").propagate = False
_HEARTBEAT_SECONDS = 15
_JOIN_SECONDS = 10
_CLOSE_SECONDS = 2


class FeedEndedError(UnavailableError):
    """The Realtime server ended the subscription."""


class Session:
    """A joined channel. `live` is set when the stream of changes really flows, which is after the join."""

    def __init__(
        self,
        url: str,
        api_key: str,
        source: TokenSource,
        subscriptions: Sequence[Subscription],
        on_hint: Callable[[Hint], None],
    ) -> None:
        self.live = asyncio.Event()
        self._source = source
        self._ended: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        address = f"{url.rstrip('/')}/realtime/v1"
        self._client = AsyncRealtimeClient(
            address, api_key, auto_reconnect=False, hb_interval=_HEARTBEAT_SECONDS, timeout=_JOIN_SECONDS
        )
        self._channel = self._client.channel("mentalspace-worker")
        self._channel.on_system(lambda _: self.live.set())
        for subscription in subscriptions:
            self._bind(subscription, on_hint)

    def _bind(self, subscription: Subscription, on_hint: Callable[[Hint], None]) -> None:
        def receive(payload: Any) -> None:
            if hint := parse_hint(payload["data"], subscription.columns):
                on_hint(hint)

        self._channel.on_postgres_changes(
            RealtimePostgresChangesListenEvent(subscription.kind),
            receive,
            table=subscription.table,
            schema=subscription.schema,
            filter=subscription.filter,
        )

    async def run(self) -> None:
        """Join and stay until the session ends. Raises `UnavailableError` with the reason, always."""
        try:
            token = await self._source()
            await self._client.set_auth(token.value)
            await self._client.connect()
            await self._channel.subscribe(self._on_state)
            while (wait := token.renewal(now())) is not None:
                await self._wait(wait.total_seconds())
                token = await self._source()
                await self._client.set_auth(token.value)
            await self._wait(None)
        except (OSError, WebSocketException) as error:
            raise UnavailableError(f"no Realtime server answers ({type(error).__name__})") from error

    def end(self, reason: str) -> None:
        """End it from outside: `run` raises."""
        if not self._ended.done():
            self._ended.set_result(reason)

    async def close(self) -> None:
        """Leave nothing behind: no socket, no timer, no task."""
        self._channel.rejoin_timer.reset()
        self._channel.join_push.destroy()
        with suppress(OSError, WebSocketException, TimeoutError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await self._client.close()

    async def _wait(self, seconds: float | None) -> None:
        """Wait for the end, or return after some seconds without one."""
        # The client's listener can die by an error of its own, and tells nobody.
        listening = self._client._listen_task
        ends = {self._ended, *filter(None, [listening])}
        await asyncio.wait(ends, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if listening is None or listening.done():
            error = listening.exception() if listening and not listening.cancelled() else None
            self.end("the connection closed" + (f" ({type(error).__name__})" if error else ""))
        if self._ended.done():
            raise FeedEndedError(f"the Realtime feed ended: {self._ended.result()}")

    def _on_state(self, state: RealtimeSubscribeStates, error: Exception | None) -> None:
        # The error's text is the server's, and may quote what it could not decode.
        if state is not RealtimeSubscribeStates.SUBSCRIBED:
            self.end(state.value.lower() + (f" ({type(error).__name__})" if error else ""))
