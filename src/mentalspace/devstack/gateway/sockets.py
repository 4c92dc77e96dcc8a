"""Pass a websocket on to the Realtime server, frame by frame."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any
from urllib.parse import urlencode

import aiohttp
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from mentalspace.devstack.gateway.errors import RejectionError
from mentalspace.devstack.gateway.keys import ApiKeys
from mentalspace.devstack.gateway.proxy import Upstream

GOING_AWAY = 1001
# A client may not send these; they say that there was no code, or no close at all.
NOT_A_CODE = frozenset({1005, 1006, 1015})


async def relay(socket: WebSocket, upstream: Upstream, keys: ApiKeys) -> None:
    """Connect both ends and copy frames until one closes; a bad key refuses the handshake."""
    try:
        admission = keys.admit(socket.headers, socket.query_params)
        query = urlencode({**socket.query_params, "apikey": admission.apikey})
        server = await upstream.session.ws_connect(
            f"{upstream.url}{socket.url.path}?{query}",
            protocols=socket.scope.get("subprotocols", ()),
            max_msg_size=0,
        )
    except (RejectionError, aiohttp.ClientError, TimeoutError):
        await socket.close()
        return
    async with server:
        await socket.accept(server.protocol)
        await _until_either_ends(_to_server(socket, server), _to_client(socket, server))
        if (
            socket.client_state is WebSocketState.CONNECTED
            and socket.application_state is WebSocketState.CONNECTED
        ):
            await socket.close(_code(server.close_code))


async def _until_either_ends(*copies: Coroutine[Any, Any, None]) -> None:
    tasks = [asyncio.create_task(copy) for copy in copies]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _to_server(socket: WebSocket, server: aiohttp.ClientWebSocketResponse) -> None:
    while True:
        try:
            message = await socket.receive()
        except (WebSocketDisconnect, RuntimeError):
            return
        if message["type"] == "websocket.disconnect":
            await server.close(code=_code(message.get("code")))
            return
        if (text := message.get("text")) is not None:
            await server.send_str(text)
        elif (data := message.get("bytes")) is not None:
            await server.send_bytes(data)


async def _to_client(socket: WebSocket, server: aiohttp.ClientWebSocketResponse) -> None:
    async for message in server:
        if message.type is aiohttp.WSMsgType.TEXT:
            await socket.send_text(message.data)
        elif message.type is aiohttp.WSMsgType.BINARY:
            await socket.send_bytes(message.data)


def _code(code: int | None) -> int:
    return GOING_AWAY if code is None or code in NOT_A_CODE else code
