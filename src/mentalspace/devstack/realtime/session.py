"""One socket's conversation: joins, leaves, tokens, broadcasts, presence, heartbeats."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from mentalspace.devstack.realtime.channel import TOPIC_PREFIX, Channel, Outlet
from mentalspace.devstack.realtime.feed import Feed
from mentalspace.devstack.realtime.frames import Message, encode
from mentalspace.devstack.realtime.hub import Hub
from mentalspace.devstack.realtime.subscriptions import (
    Binding,
    Join,
    SubscriptionError,
    check_binding,
    parse_binding,
    parse_join,
)
from mentalspace.devstack.realtime.tables import Table
from mentalspace.devstack.realtime.tokens import Caller, Keyring, TokenError

MOST_CHANNELS = 100
FEED_SECONDS = 5.0
PRIVATE = "PrivateChannel: the embedded Realtime serves public channels only; join without `private: true`"
UNAVAILABLE = "DatabaseUnavailable: changes are not followed at the moment; join again"


@dataclass(frozen=True)
class Services:
    """What sessions share."""

    keyring: Keyring
    hub: Hub
    feed: Feed
    find_tables: Callable[[str, str], Awaitable[list[Table]]]


class Session:
    """Handles the messages of one socket, one after the other."""

    def __init__(self, services: Services, outlet: Outlet, bearer: Caller) -> None:
        self._services = services
        self._outlet = outlet
        self._bearer = bearer
        self._channels: dict[str, Channel] = {}

    async def handle(self, message: Message) -> None:
        """Act on a message; what is wrong with it is answered, never raised."""
        if message.topic == "phoenix":
            self._answer(message, "ok", {})
        elif message.event == "phx_join":
            await self._join(message)
        elif (channel := self._find(message.topic)) is None:
            self._answer(message, "error", {"reason": "unmatched topic"})
        elif (act := _ACTIONS.get(message.event)) is not None:
            act(self, channel, message)

    def end(self) -> None:
        """The socket is gone: leave everything."""
        for channel in self._channels.values():
            self._services.hub.remove(channel)
        self._channels.clear()

    def _find(self, topic: str) -> Channel | None:
        channel = self._channels.get(topic)
        if channel is not None and channel.closed:
            del self._channels[topic]
            return None
        return channel

    def _answer(self, message: Message, status: str, response: Mapping[str, Any]) -> None:
        payload = {"status": status, "response": response}
        reply = Message(message.topic, "phx_reply", payload, message.ref, message.join_ref)
        self._outlet.send(encode(reply, self._outlet.version))

    async def _join(self, message: Message) -> None:
        if (old := self._find(message.topic)) is not None:
            self._services.hub.remove(old)
            old.push_close()
        try:
            join = parse_join(message.payload)
            channel = self._open(message, join)
        except (SubscriptionError, TokenError) as error:
            self._answer(message, "error", {"reason": str(error)})
            return
        self._channels[message.topic] = channel
        self._services.hub.add(channel)
        channel.become(channel.caller, self._services.hub.expire)
        await self._subscribe(channel, message, join)

    def _open(self, message: Message, join: Join) -> Channel:
        if not message.topic.startswith(TOPIC_PREFIX) or message.topic == TOPIC_PREFIX:
            raise SubscriptionError("TopicNameRequired: a topic is realtime: and a name")
        if join.settings.private:
            raise SubscriptionError(PRIVATE)
        if len([c for c in self._channels.values() if not c.closed]) >= MOST_CHANNELS:
            raise SubscriptionError("ChannelRateLimitReached: Too many channels")
        caller = self._services.keyring.identify(join.token, self._bearer)
        join_ref = message.join_ref or message.ref
        return Channel(self._outlet, message.topic, join_ref, caller, join.settings)

    async def _subscribe(self, channel: Channel, message: Message, join: Join) -> None:
        """Reply to the join, then send the state; changes flow from the reply on."""
        asked = join.settings.postgres_changes or []
        try:
            bindings, problem = await self._bind(channel, asked)
        except psycopg.Error:
            bindings, problem = (), UNAVAILABLE
        options = join.settings.postgres_changes_options
        if problem == UNAVAILABLE or (problem and options and options.wait):
            self._answer(message, "error", {"reason": problem})
            self._services.hub.remove(channel)
            return
        if channel.closed:
            return
        replies = [binding.reply for binding in bindings] or [{**item, "id": 1} for item in asked]
        channel.reply(message.ref, "ok", {"postgres_changes": replies})
        if channel.follows_presence:
            channel.push("presence_state", self._services.hub.presence_state(channel.topic))
        if problem:
            channel.push_system("postgres_changes", "error", problem)
        elif bindings:
            self._services.hub.listen(channel, bindings)
            channel.push_system("postgres_changes", "ok", "Subscribed to PostgreSQL")

    async def _bind(
        self, channel: Channel, asked: list[dict[str, Any]]
    ) -> tuple[tuple[Binding, ...], str | None]:
        """The bindings, or none and what is wrong with one of them."""
        if not asked:
            return (), None
        if not await self._services.feed.wait_alive(FEED_SECONDS):
            return (), UNAVAILABLE
        try:
            bindings = tuple(parse_binding(item) for item in asked)
            for binding in bindings:
                tables = await self._services.find_tables(binding.schema, binding.table)
                check_binding(binding, tables, channel.caller.role)
        except SubscriptionError as error:
            return (), str(error)
        # it may have gone down meanwhile, and then told only those who listened already
        return (bindings, None) if self._services.feed.alive else ((), UNAVAILABLE)

    def _leave(self, channel: Channel, message: Message) -> None:
        self._services.hub.remove(channel)
        del self._channels[channel.topic]
        self._answer(message, "ok", {})
        channel.push_close()

    def _refresh(self, channel: Channel, message: Message) -> None:
        """Act as the new token says from now on; one that is refused ends the channel."""
        token = message.payload.get("access_token")
        if token is None or (isinstance(token, str) and token.startswith("sb_")):
            return
        try:
            caller = self._services.keyring.identify(str(token), self._bearer)
        except TokenError as error:
            self._services.hub.shut(channel, str(error))
        else:
            channel.become(caller, self._services.hub.expire)

    def _broadcast(self, channel: Channel, message: Message) -> None:
        self._services.hub.broadcast(channel.topic, message.payload, channel)
        if channel.wants_ack:
            self._answer(message, "ok", {})

    def _presence(self, channel: Channel, message: Message) -> None:
        hub, event = self._services.hub, str(message.payload.get("event")).lower()
        meta = message.payload.get("payload") or {}
        if event == "track" and isinstance(meta, dict):
            self._answer(message, "ok", {})
            if not channel.follows_presence:
                channel.follows_presence = True
                channel.push("presence_state", hub.presence_state(channel.topic))
            hub.track(channel, meta)
        elif event == "untrack":
            self._answer(message, "ok", {})
            hub.untrack(channel)
        else:
            self._answer(message, "error", {"reason": "Presence takes track, with an object, or untrack"})


_ACTIONS: Mapping[str, Callable[[Session, Channel, Message], None]] = {
    "phx_leave": Session._leave,
    "access_token": Session._refresh,
    "broadcast": Session._broadcast,
    "presence": Session._presence,
}
