"""A topic joined by one socket: its caller, its bindings, and the frames it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol
from uuid import uuid4

from mentalspace.devstack.realtime.frames import Message, Version, encode, encode_broadcast, encode_raw
from mentalspace.devstack.realtime.subscriptions import Binding, ChannelConfig
from mentalspace.devstack.realtime.tokens import Caller

TOPIC_PREFIX = "realtime:"
# A token may expire later than a timer can be set for.
LONGEST_TIMER = 3600.0
# Where a frame's payload goes: JSON text cannot hold this letter itself.
PLACE = "\0"


class Outlet(Protocol):
    """Where a channel's frames go."""

    @property
    def version(self) -> Version: ...

    def send(self, frame: str | bytes) -> None: ...

    async def settle(self) -> None: ...


class Channel:
    """One joined topic of one socket."""

    def __init__(
        self,
        outlet: Outlet,
        topic: str,
        join_ref: str | None,
        caller: Caller,
        config: ChannelConfig,
    ) -> None:
        self.topic = topic
        self.caller = caller
        self.config = config
        self.bindings: tuple[Binding, ...] = ()
        self.closed = False
        presence = config.presence
        self.presence_key = (presence.key if presence else "") or str(uuid4())
        self.follows_presence = bool(presence and presence.enabled)
        self._outlet = outlet
        self._join_ref = join_ref
        self._timer: asyncio.TimerHandle | None = None
        self._told: set[tuple[int, str]] = set()
        message = Message(topic, "postgres_changes", {}, None, join_ref)
        before, _, after = encode_raw(message, PLACE, outlet.version).partition(PLACE)
        self._change_frame = (before, after)

    @property
    def name(self) -> str:
        return self.topic.removeprefix(TOPIC_PREFIX)

    @property
    def hears_itself(self) -> bool:
        return bool(self.config.broadcast and self.config.broadcast.self_)

    @property
    def wants_ack(self) -> bool:
        return bool(self.config.broadcast and self.config.broadcast.ack)

    def reply(self, ref: str | None, status: str, response: Mapping[str, Any]) -> None:
        self.push("phx_reply", {"status": status, "response": response}, ref)

    def push(self, event: str, payload: Mapping[str, Any], ref: str | None = None) -> None:
        message = Message(self.topic, event, payload, ref, self._join_ref)
        self._outlet.send(encode(message, self._outlet.version))

    def push_system(self, extension: str, status: str, text: str) -> None:
        """Tell the client about the channel itself; both clients surface an error."""
        payload = {"extension": extension, "status": status, "message": text, "channel": self.name}
        self.push("system", payload)

    def push_broadcast(self, payload: Mapping[str, Any]) -> None:
        frame = encode_broadcast(Message(self.topic, "broadcast", payload), self._outlet.version)
        if frame is not None:
            self._outlet.send(frame)

    def push_change(self, ids: Sequence[int], data: str) -> None:
        """Send a change to bindings; `data` is JSON text."""
        before, after = self._change_frame
        self._outlet.send(f'{before}{{"ids":[{",".join(map(str, ids))}],"data":{data}}}{after}')

    def first_time(self, table: int, error: str) -> bool:
        """Whether an error about a table is new to the client: it is told once, not with every change."""
        known = (table, error) in self._told
        self._told.add((table, error))
        return not known

    def forget_errors(self, table: int) -> None:
        """The table can be read again: the next error is news."""
        if self._told:
            self._told = {told for told in self._told if told[0] != table}

    async def settle(self) -> None:
        """Wait a little if the socket has much to send."""
        await self._outlet.settle()

    def push_close(self) -> None:
        self.push("phx_close", {}, self._join_ref)

    def push_crash(self, reason: str) -> None:
        """Tell the client that the channel failed: it reports CHANNEL_ERROR and joins again by itself."""
        self.push("phx_error", {"reason": reason}, self._join_ref)

    def become(self, caller: Caller, on_expired: Callable[[Channel], None]) -> None:
        """Act as another caller from now on, until its token expires."""
        self.caller = caller
        self._told.clear()
        self._watch(on_expired)

    def _watch(self, on_expired: Callable[[Channel], None]) -> None:
        self._stop_timer()
        left = self.caller.seconds_left()
        if left is None:
            return
        if left <= 0:
            on_expired(self)
            return
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(min(left, LONGEST_TIMER), self._watch, on_expired)

    def close(self) -> None:
        """Send nothing more of the database; the timer stops."""
        self.closed = True
        self._stop_timer()

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
