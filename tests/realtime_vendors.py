"""The vendors' clients, supabase-py and supabase-js, behind one face: a test asks the same of each."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from realtime import AsyncRealtimeChannel, AsyncRealtimeClient, RealtimeSubscribeStates

from mentalspace.devstack.packages import find_node

SCRIPT = Path(__file__).parent / "integration" / "realtime_client.mjs"
PATIENCE = 30.0
VENDORS = ("supabase-py", "supabase-js 1.0.0", "supabase-js 2.0.0")


class Told:
    """What a client was told, in order, by kind: status, change, broadcast, presence, system."""

    def __init__(self) -> None:
        self._queues: dict[str, asyncio.Queue[Any]] = {}

    def tell(self, kind: str, data: Any) -> None:
        self._queues.setdefault(kind, asyncio.Queue()).put_nowait(data)

    async def next(self, kind: str, seconds: float = PATIENCE) -> Any:
        return await asyncio.wait_for(self._queues.setdefault(kind, asyncio.Queue()).get(), seconds)

    async def until(self, kind: str, wanted: Any, seconds: float = PATIENCE) -> None:
        """Wait for a certain thing to be told, whatever of its kind comes before."""
        async with asyncio.timeout(seconds):
            while await self.next(kind, seconds) != wanted:
                pass

    def forget(self) -> None:
        """Drop what was told and not asked for."""
        self._queues.clear()

    async def silent(self, kind: str, seconds: float = 0.3) -> None:
        """Assert that nothing of the kind is told."""
        with suppress(TimeoutError):
            raise AssertionError(await self.next(kind, seconds))


class Python(Told):
    """supabase-py's realtime client; it speaks version 1.0.0."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__()
        self.client = AsyncRealtimeClient(f"{url}/realtime/v1", key, initial_backoff=0.1)
        self._channels: dict[str, AsyncRealtimeChannel] = {}

    async def subscribe(self, name: str, bindings: Sequence[Mapping[str, Any]] = (), **config: Any) -> None:
        presence = {"key": "", "enabled": False, **config.get("presence", {})}
        broadcast = {"ack": False, "self": False, **config.get("broadcast", {})}
        options: Any = {"config": {"broadcast": broadcast, "presence": presence, "private": False}}
        channel = self.client.channel(name, options)
        for binding in bindings:
            channel.on_postgres_changes(callback=self._change, **binding)
        channel.on_broadcast("*", lambda message: self.tell("broadcast", _broadcast(message)))
        channel.on_system(lambda message: self.tell("system", dict(message)))
        if "presence" in config:
            channel.on_presence_sync(lambda: self.tell("presence", _present(channel.presence_state())))
        self._channels[name] = channel
        await channel.subscribe(self._status)

    def _change(self, payload: Any) -> None:
        data = payload["data"]
        self.tell("change", _change(data["type"], data.get("record"), data.get("old_record"), data["errors"]))

    def _status(self, status: RealtimeSubscribeStates, error: Exception | None) -> None:
        self.tell("status", status.value)

    async def set_auth(self, token: str) -> None:
        await self.client.set_auth(token)

    async def unsubscribe(self, name: str) -> None:
        await self._channels[name].unsubscribe()

    async def send(self, name: str, event: str, payload: Any) -> None:
        await self._channels[name].send_broadcast(event, payload)

    async def http_send(self, name: str, event: str, payload: Any) -> None:
        await self._channels[name].http_send(event, payload)

    async def track(self, name: str, payload: Any) -> None:
        await self._channels[name].track(payload)

    async def untrack(self, name: str) -> None:
        await self._channels[name].untrack()

    async def leave_all(self) -> None:
        """Leave every channel and forget the token."""
        await self.client.remove_all_channels()
        await self.client.set_auth(self.client.apikey)
        self.forget()


class JavaScript(Told):
    """supabase-js in a Node process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        super().__init__()
        self._process = process
        self.reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process.stdout
        while line := await self._process.stdout.readline():
            told = json.loads(line)
            kind, data = told["kind"], told["data"]
            if kind == "status":
                data = data["status"]
            elif kind == "change":
                data = _change(data["eventType"], data["new"], data["old"], data["errors"])
            self.tell(kind, data)

    async def _order(self, op: str, answer: str | None, **details: Any) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"op": op, **details}).encode() + b"\n")
        if answer:
            assert await self.next(answer) in (None, "ok", {"success": True})

    async def subscribe(self, name: str, bindings: Sequence[Mapping[str, Any]] = (), **config: Any) -> None:
        await self._order("subscribe", None, name=name, bindings=list(bindings), config=config)

    async def set_auth(self, token: str) -> None:
        await self._order("set_auth", "done", token=token)

    async def unsubscribe(self, name: str) -> None:
        await self._order("unsubscribe", "done", name=name)

    async def send(self, name: str, event: str, payload: Any) -> None:
        await self._order("send", "sent", name=name, event=event, payload=payload)

    async def http_send(self, name: str, event: str, payload: Any) -> None:
        await self._order("http_send", "sent", name=name, event=event, payload=payload)

    async def track(self, name: str, payload: Any) -> None:
        await self._order("track", "tracked", name=name, payload=payload)

    async def untrack(self, name: str) -> None:
        await self._order("untrack", "tracked", name=name)

    async def leave_all(self) -> None:
        """Leave every channel and forget the token."""
        await self._order("leave_all", "left")
        self.forget()


@asynccontextmanager
async def vendor(name: str, url: str, key: str, packages: Path) -> AsyncIterator[Python | JavaScript]:
    """Yield one of VENDORS; `packages` is the folder whose node_modules has supabase-js."""
    if name == "supabase-py":
        python = Python(url, key)
        try:
            yield python
        finally:
            python.client.auto_reconnect = False
            await python.client.close()
        return
    async with _node(url, key, name.split()[1], packages) as process:
        javascript = JavaScript(process)
        await javascript.next("ready")
        yield javascript
    await javascript.reader


@asynccontextmanager
async def _node(
    url: str, key: str, version: str, packages: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    node = find_node().binary
    # Node 20 and 21 have WebSocket behind a flag
    flags = ["--experimental-websocket"] if await _major(node) < 22 else []
    process = await asyncio.create_subprocess_exec(
        node,
        *flags,
        SCRIPT,
        url,
        key,
        version,
        cwd=packages,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin
    try:
        yield process
    finally:
        process.stdin.close()  # the script ends with its orders
        try:
            await asyncio.wait_for(process.wait(), PATIENCE)
        except TimeoutError:
            process.kill()
            await process.wait()


async def _major(node: Path) -> int:
    process = await asyncio.create_subprocess_exec(node, "--version", stdout=subprocess.PIPE)
    output, _ = await process.communicate()
    found = re.match(rb"v(\d+)", output)
    return int(found[1]) if found else 0


def _change(kind: str, new: Any, old: Any, errors: Any) -> dict[str, Any]:
    return {"type": kind, "new": new or {}, "old": old or {}, "errors": errors}


def _broadcast(message: Any) -> dict[str, Any]:
    return {"event": message["event"], "payload": message["payload"]}


def _present(state: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: [{n: v for n, v in meta.items() if n != "presence_ref"} for meta in metas]
        for key, metas in state.items()
    }
