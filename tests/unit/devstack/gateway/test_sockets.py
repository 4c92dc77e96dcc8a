"""Websockets through the gateway: the frames, the ends, and who is let in."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web
from tests.unit.devstack.gateway.asgi import JWT_SECRET, PUBLISHABLE, SECRET, Request, gateway, socket_scope

from mentalspace.devstack.gateway.keys import ApiKeys

asked: list[str] = []


async def server(request: web.Request) -> web.WebSocketResponse:
    """Says what it hears; `close` makes it close with a code of its own."""
    asked.append(request.query_string)
    socket = web.WebSocketResponse(protocols=("phoenix",))
    await socket.prepare(request)
    async for message in socket:
        if message.type is aiohttp.WSMsgType.TEXT and message.data == "close":
            await socket.close(code=4001)
        elif message.type is aiohttp.WSMsgType.TEXT:
            await socket.send_str(f"heard {message.data}")
        elif message.type is aiohttp.WSMsgType.BINARY:
            await socket.send_bytes(message.data[::-1])
    asked.append(f"closed {socket.close_code}")
    return socket


def upstream() -> web.Application:
    asked.clear()
    app = web.Application()
    app.router.add_get("/realtime/v1/websocket", server)
    return app


async def open_socket(app: object, query: str, *subprotocols: str) -> tuple[Request, dict[str, object]]:
    request = Request(app, socket_scope(query, subprotocols))
    request.send("websocket.connect")
    return request, await request.next()


async def test_frames_pass_both_ways() -> None:
    async with gateway(upstream()) as app:
        socket, accepted = await open_socket(app, f"apikey={PUBLISHABLE}&vsn=2.0.0", "phoenix")
        assert (accepted["type"], accepted["subprotocol"]) == ("websocket.accept", "phoenix")
        socket.send("websocket.receive", text="é" * 100_000)
        assert (await socket.next())["text"] == "heard " + "é" * 100_000
        socket.send("websocket.receive", bytes=b"\x00\x01\xff")
        assert (await socket.next())["bytes"] == b"\xff\x01\x00"
        socket.send("websocket.disconnect", code=1000)
        await socket.task
        assert "vsn=2.0.0" in asked[0]
        assert f"apikey={PUBLISHABLE}" in asked[0]
    assert asked[-1] == "closed 1000"


async def test_the_server_may_close() -> None:
    async with gateway(upstream()) as app:
        socket, _ = await open_socket(app, f"apikey={SECRET}")
        socket.send("websocket.receive", text="close")
        closed = await socket.next()
        assert (closed["type"], closed["code"]) == ("websocket.close", 4001)
        await socket.task


async def test_a_client_that_vanishes_is_let_go() -> None:
    async with gateway(upstream()) as app:
        socket, _ = await open_socket(app, f"apikey={SECRET}")
        socket.send("websocket.disconnect", code=1006)
        await socket.task
    assert asked[-1] == "closed 1001"


async def test_a_legacy_key_becomes_the_servers() -> None:
    legacy = ApiKeys(PUBLISHABLE, SECRET, JWT_SECRET).legacy("anon")
    async with gateway(upstream()) as app:
        socket, accepted = await open_socket(app, f"apikey={legacy}&vsn=1.0.0")
        assert accepted["type"] == "websocket.accept"
        assert asked == [f"apikey={PUBLISHABLE}&vsn=1.0.0"]
        socket.send("websocket.disconnect", code=1000)
        await socket.task


@pytest.mark.parametrize("query", ["", "apikey=", "apikey=wrong", "vsn=1.0.0"])
async def test_without_a_key_there_is_no_handshake(query: str) -> None:
    async with gateway(upstream()) as app:
        socket, answer = await open_socket(app, query)
        assert answer["type"] == "websocket.close"
        await socket.task
    assert asked == []


async def test_without_a_server_there_is_no_handshake() -> None:
    async with gateway() as app:
        socket, answer = await open_socket(app, f"apikey={PUBLISHABLE}")
        assert answer["type"] == "websocket.close"
        await socket.task
