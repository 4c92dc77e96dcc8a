"""The feed against servers that misbehave: it comes back, it gives up on nobody, it ends when told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve

from mentalspace.realtime import Hint, Subscription
from mentalspace.realtime.feed import Feed

CHANGE = {"schema": "public", "table": "clients", "type": "INSERT", "commit_timestamp": "", "columns": []}


class Server:
    """Speaks as much Phoenix as a join needs; `behave` decides what follows on the n-th connection."""

    def __init__(self, behave: Callable[[int, ServerConnection, str], object]) -> None:
        self.connections = 0
        self._behave = behave

    async def attend(self, socket: ServerConnection) -> None:
        self.connections += 1
        number = self.connections
        async for text in socket:
            message = json.loads(text)
            if message["event"] != "phx_join":
                continue
            topic = message["topic"]
            bindings = message["payload"]["config"]["postgres_changes"]
            reply = {"postgres_changes": [{**binding, "id": at} for at, binding in enumerate(bindings, 1)]}
            await self.send(socket, topic, "phx_reply", {"status": "ok", "response": reply}, message["ref"])
            said = {"channel": "c", "extension": "postgres_changes", "message": "m", "status": "ok"}
            await self.send(socket, topic, "system", said)
            await self._behave(number, socket, topic)

    @staticmethod
    async def send(
        socket: ServerConnection, topic: str, event: str, payload: object, ref: str | None = None
    ) -> None:
        await socket.send(json.dumps({"topic": topic, "event": event, "payload": payload, "ref": ref}))

    @classmethod
    async def change(cls, socket: ServerConnection, topic: str) -> None:
        await cls.send(socket, topic, "postgres_changes", {"ids": [1], "data": CHANGE | {"errors": None}})


@asynccontextmanager
async def following(server: Server) -> AsyncIterator[tuple[Feed, list[Hint], list[int]]]:
    hints: list[Hint] = []
    lives: list[int] = []
    async with serve(server.attend, "127.0.0.1", 0) as listening:
        port = next(iter(listening.sockets)).getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        feed = Feed(url, "key", (Subscription("clients"),), hints.append, lambda: lives.append(1))
        feed._pause = 0.05
        stop = asyncio.Event()
        running = asyncio.create_task(feed.run(stop))
        try:
            yield feed, hints, lives
        finally:
            stop.set()
            await asyncio.wait_for(running, 30)
    assert not feed.live


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


async def hang_up(number: int, socket: ServerConnection, topic: str) -> None:
    if number == 1:
        await socket.close(1011)
    else:
        await Server.change(socket, topic)


async def cut(number: int, socket: ServerConnection, topic: str) -> None:
    if number == 1:
        socket.transport.abort()
    else:
        await Server.change(socket, topic)


async def leave(number: int, socket: ServerConnection, topic: str) -> None:
    if number == 1:
        await Server.send(socket, topic, "phx_close", {})
    else:
        await Server.change(socket, topic)


async def fail(number: int, socket: ServerConnection, topic: str) -> None:
    if number == 1:
        said = {"channel": "c", "extension": "postgres_changes", "message": "m", "status": "error"}
        await Server.send(socket, topic, "system", said)
    else:
        await Server.change(socket, topic)


async def babble(number: int, socket: ServerConnection, topic: str) -> None:
    await socket.send("not JSON")
    await Server.send(socket, topic, "postgres_changes", {"ids": [1], "data": {"type": "odd"}})
    await Server.change(socket, topic)


@pytest.mark.parametrize("behave", [hang_up, cut, leave, fail], ids=lambda each: each.__name__)
async def test_it_joins_again_and_says_so(behave: Callable[..., object]) -> None:
    server = Server(behave)
    async with following(server) as (feed, hints, lives):
        await until(lambda: hints and len(lives) == 2)
        assert (server.connections, feed.sessions) == (2, 2)
        assert feed.live


async def test_nonsense_is_passed_over() -> None:
    async with following(Server(babble)) as (feed, hints, _):
        await until(lambda: hints)
        assert feed.sessions == 1


async def test_nobody_listens() -> None:
    feed = Feed("http://127.0.0.1:1", "key", (Subscription(),), lambda _: None)
    feed._pause = 0.01
    stop = asyncio.Event()
    running = asyncio.create_task(feed.run(stop))
    await until(lambda: feed.sessions >= 3)
    stop.set()
    await asyncio.wait_for(running, 30)
