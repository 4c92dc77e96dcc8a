"""All channels of the server: by topic for broadcasts and presence, by table for changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from mentalspace.devstack.realtime.channel import Channel
from mentalspace.devstack.realtime.pgoutput import Kind
from mentalspace.devstack.realtime.presence import Diff, Presences
from mentalspace.devstack.realtime.subscriptions import ANY, Binding

TableName = tuple[str, str]
Name = TypeVar("Name")


class Hub:
    """Knows who listens to what; a channel is here from its join until it is closed."""

    def __init__(self) -> None:
        # dicts for their order: members hear of things in the order in which they joined
        self._topics: dict[str, dict[Channel, None]] = {}
        self._presences: dict[str, Presences] = {}
        self._listeners: dict[TableName, dict[Channel, None]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._topics.values()))

    def add(self, channel: Channel) -> None:
        self._topics.setdefault(channel.topic, {})[channel] = None

    def listen(self, channel: Channel, bindings: tuple[Binding, ...]) -> None:
        """Deliver changes to these bindings of a channel from now on."""
        channel.bindings = bindings
        for binding in bindings:
            self._listeners.setdefault((binding.schema, binding.table), {})[channel] = None

    def remove(self, channel: Channel) -> None:
        """Forget a channel and tell the others that it is no longer present. Idempotent."""
        if channel.closed:
            return
        channel.close()
        self.untrack(channel)
        _discard(self._topics, channel.topic, channel)
        for binding in channel.bindings:
            _discard(self._listeners, (binding.schema, binding.table), channel)
        if channel.topic not in self._topics:
            self._presences.pop(channel.topic, None)

    def shut(self, channel: Channel, reason: str) -> None:
        """End a channel from this side, for a reason that the client is told; it will not join again."""
        if not channel.closed:
            channel.push_system("system", "error", reason)
            channel.push_close()
            self.remove(channel)

    def expire(self, channel: Channel) -> None:
        self.shut(channel, "InvalidJWTToken: Token has expired")

    def crash_listeners(self, reason: str) -> None:
        """Changes may have been missed: every channel that listens to tables fails, and joins again."""
        channels = {channel: None for group in self._listeners.values() for channel in group}
        for channel in channels:
            channel.push_crash(reason)
            self.remove(channel)

    def listeners(self, schema: str, table: str, kind: Kind) -> Iterator[tuple[Channel, list[Binding]]]:
        """The channels that asked for such a change, each with the bindings that did."""
        names = ((schema, table), (schema, ANY), (ANY, table), (ANY, ANY))
        channels = {channel: None for name in names for channel in self._listeners.get(name, {})}
        for channel in channels:
            wanted = [
                binding
                for binding in channel.bindings
                if (binding.schema, binding.table) in names and binding.wants(kind)
            ]
            if wanted:
                yield channel, wanted

    async def settle(self) -> None:
        """Let sockets that have much to send catch up, so that a burst does not overflow those that read."""
        for channel in [channel for group in self._listeners.values() for channel in group]:
            await channel.settle()

    def broadcast(self, topic: str, payload: Mapping[str, Any], sender: Channel | None = None) -> None:
        """Send to every member of a topic; to the sender only if it wants to hear itself."""
        for channel in list(self._topics.get(topic, {})):
            if channel is not sender or channel.hears_itself:
                channel.push_broadcast(payload)

    def presence_state(self, topic: str) -> dict[str, Any]:
        presences = self._presences.get(topic)
        return dict(presences.state) if presences else {}

    def track(self, channel: Channel, meta: Mapping[str, Any]) -> None:
        presences = self._presences.setdefault(channel.topic, Presences())
        self._push_diff(channel.topic, presences.track(channel, channel.presence_key, meta))

    def untrack(self, channel: Channel) -> None:
        presences = self._presences.get(channel.topic)
        if presences and (diff := presences.untrack(channel)):
            self._push_diff(channel.topic, diff)

    def _push_diff(self, topic: str, diff: Diff) -> None:
        for channel in list(self._topics.get(topic, {})):
            if channel.follows_presence and not channel.closed:
                channel.push("presence_diff", diff.payload)


def _discard(groups: dict[Name, dict[Channel, None]], name: Name, channel: Channel) -> None:
    members = groups.get(name)
    if members is not None:
        members.pop(channel, None)
        if not members:
            del groups[name]
