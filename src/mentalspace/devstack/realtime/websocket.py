"""The WebSocket endpoint: who may connect, and the frames in both directions."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from mentalspace.devstack.realtime.frames import FrameError, Version, decode
from mentalspace.devstack.realtime.outbox import Outbox
from mentalspace.devstack.realtime.session import Services, Session
from mentalspace.devstack.realtime.tokens import Caller, TokenError

LARGEST_FRAME = 1 << 20
# Clients send a heartbeat every 25 seconds.
SILENCE_SECONDS = 60.0
FAREWELL_SECONDS = 1.0
REFUSED, MALFORMED, TOO_BIG, TOO_SLOW, SILENT, FAILED = 1008, 1007, 1009, 1013, 1001, 1011
log = logging.getLogger(__name__)


class Socket:
    """A connected client; channels send through it."""

    def __init__(self, websocket: WebSocket, version: Version) -> None:
        self.version = version
        self._websocket = websocket
        self._outbox = Outbox()

    def send(self, frame: str | bytes) -> None:
        self._outbox.put(frame)

    async def settle(self) -> None:
        await self._outbox.settle()

    async def serve(self, session: Session) -> None:
        """Converse until either side ends it, or the client reads too slowly."""
        tasks = [
            asyncio.create_task(self._receive(session)),
            asyncio.create_task(self._transmit()),
            asyncio.create_task(self._overflow()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            session.end()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await self._close(_closing_code(done))

    async def _receive(self, session: Session) -> int:
        """Handle what arrives; the code to close with."""
        while True:
            try:
                async with asyncio.timeout(SILENCE_SECONDS):
                    event = await self._websocket.receive()
            except TimeoutError:
                return SILENT
            if event["type"] == "websocket.disconnect":
                return 0
            data = event.get("text") if event.get("text") is not None else event.get("bytes")
            if data is None or len(data) > LARGEST_FRAME:
                return TOO_BIG
            try:
                message = decode(data, self.version)
            except FrameError:
                return MALFORMED
            await session.handle(message)

    async def _transmit(self) -> int:
        while True:
            frame = await self._outbox.get()
            try:
                if isinstance(frame, bytes):
                    await self._websocket.send_bytes(frame)
                else:
                    await self._websocket.send_text(frame)
            except (WebSocketDisconnect, RuntimeError, OSError):
                return 0

    async def _overflow(self) -> int:
        await self._outbox.overflowed.wait()
        return TOO_SLOW

    async def _close(self, code: int) -> None:
        # a client that does not read does not take leave either
        if code and self._websocket.application_state is not WebSocketState.DISCONNECTED:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self._websocket.close(code), FAREWELL_SECONDS)


def _closing_code(done: set[asyncio.Task[int]]) -> int:
    """The code to close with, 0 if the client is gone; a mistake of ours is logged and tells the client."""
    code = 0
    for task in done:
        if error := task.exception():
            log.error("a socket failed", exc_info=error)
            return FAILED
        code = code or task.result()
    return code


def endpoint(services: Callable[[], Services]) -> Callable[[WebSocket], Awaitable[None]]:
    """The ASGI endpoint. A missing or wrong key, or an unknown version, refuses the handshake."""

    async def serve(websocket: WebSocket) -> None:
        try:
            bearer = _identify(websocket, services())
            version = Version(websocket.query_params.get("vsn", Version.v1))
        except (TokenError, ValueError):
            await websocket.close(REFUSED)
            return
        await websocket.accept()
        socket = Socket(websocket, version)
        await socket.serve(Session(services(), socket, bearer))

    return serve


def _identify(websocket: WebSocket, services: Services) -> Caller:
    key = websocket.query_params.get("apikey") or websocket.headers.get("apikey")
    return services.keyring.identify_key(key)
