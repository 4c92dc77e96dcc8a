"""Phoenix clients for tests of the Realtime server: in process, without a network."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import jwt
from starlette.applications import Starlette

from mentalspace.database.connection import connect
from mentalspace.devstack.realtime.application import RealtimeSettings, create_application
from mentalspace.devstack.realtime.tokens import Keyring
from mentalspace.errors import UnavailableError

KEYS = Keyring("sb_publishable_for_tests", "sb_secret_for_tests", "a secret of more than thirty-two letters")
PATIENCE = 30.0
SILENCE = 0.25


def sign(
    subject: UUID | str | None = None,
    role: str | None = "authenticated",
    *,
    seconds: float = 3600,
    secret: str = KEYS.jwt_secret,
    **claims: Any,
) -> str:
    """A token that expires in `seconds`."""
    said = {"sub": str(subject or uuid4()), "role": role, "exp": time.time() + seconds, **claims}
    return jwt.encode({n: v for n, v in said.items() if v is not None}, secret, algorithm="HS256")


@asynccontextmanager
async def serving(database_url: str, publication: str = "supabase_realtime") -> AsyncIterator[Starlette]:
    """Yield the application while its feed follows the database; afterwards the database may be dropped."""
    application = create_application(RealtimeSettings(database_url, KEYS, publication))
    try:
        async with application.router.lifespan_context(application):
            yield application
    finally:
        await slots_gone(database_url)


async def slots_gone(database_url: str) -> None:
    """Wait until Postgres has noticed that nobody follows the database any more, if it answers at all."""
    query = "select count(*) as n from pg_replication_slots where database = current_database()"
    with suppress(UnavailableError):
        async with connect(database_url) as connection:
            for _ in range(3000):
                if await (await connection.execute(query)).fetchone() == {"n": 0}:
                    return
                await asyncio.sleep(0.01)
            raise AssertionError("the slot is still there")


class Refused(Exception):  # noqa: N818  (what happened, not what went wrong)
    """The server refused the handshake."""


class Client:
    """A socket to the application. `closed_with` is the code after the server closed it.

    It reads while `reading` is set, and takes `pace` seconds for a message.
    """

    def __init__(self, application: Starlette, key: str | None, version: str) -> None:
        self.version = version
        self.closed_with: int | None = None
        self.reading = asyncio.Event()
        self.reading.set()
        self.pace = 0.0
        self._inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._refs = 0
        query = {"vsn": version, **({"apikey": key} if key is not None else {})}
        scope = {
            "type": "websocket",
            "path": "/realtime/v1/websocket",
            "query_string": urlencode(query).encode(),
            "headers": [],
            "subprotocols": [],
        }
        self._task = asyncio.create_task(application(scope, self._outbox.get, self._accept))

    async def _accept(self, event: Any) -> None:
        await self.reading.wait()
        if self.pace:
            await asyncio.sleep(self.pace)
        self._inbox.put_nowait(event)

    async def open(self) -> Client:
        self._outbox.put_nowait({"type": "websocket.connect"})
        event = await self._inbox.get()
        if event["type"] != "websocket.accept":
            await self._task
            raise Refused(event.get("code"))
        return self

    async def close(self) -> None:
        self._outbox.put_nowait({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(self._task, PATIENCE)

    async def ended(self) -> None:
        """Wait until the server is done with the socket."""
        await asyncio.wait_for(asyncio.shield(self._task), PATIENCE)

    @property
    def waiting(self) -> int:
        """How many messages are here and not yet received."""
        return self._inbox.qsize()

    def send_raw(self, data: str | bytes) -> None:
        key = "bytes" if isinstance(data, bytes) else "text"
        self._outbox.put_nowait({"type": "websocket.receive", key: data})

    def send(self, topic: str, event: str, payload: Any, join_ref: str | None = None) -> str:
        """Send a message; return its ref."""
        self._refs += 1
        ref = str(self._refs)
        parts = {"join_ref": join_ref, "ref": ref, "topic": topic, "event": event, "payload": payload}
        self.send_raw(json.dumps(list(parts.values()) if self.version == "2.0.0" else parts))
        return ref

    async def receive(self, seconds: float = PATIENCE) -> dict[str, Any]:
        """The next message of the server; `websocket.close` is one without a topic."""
        event = await asyncio.wait_for(self._inbox.get(), seconds)
        if event["type"] == "websocket.close":
            self.closed_with = event["code"]
            return {"event": "closed", "payload": {"code": event["code"]}}
        data = event.get("text") if event.get("text") is not None else event["bytes"]
        if isinstance(data, bytes):
            return {"event": "binary", "payload": data}
        if self.version == "2.0.0":
            return dict(zip(("join_ref", "ref", "topic", "event", "payload"), json.loads(data), strict=True))
        message: dict[str, Any] = json.loads(data)
        return message

    async def expect(self, event: str, seconds: float = PATIENCE) -> dict[str, Any]:
        """The payload of the next message, which must be of this event."""
        message = await self.receive(seconds)
        assert message["event"] == event, message
        payload: dict[str, Any] = message["payload"]
        return payload

    async def silent(self, seconds: float = SILENCE) -> None:
        """Assert that nothing arrives."""
        try:
            message = await self.receive(seconds)
        except TimeoutError:
            return
        raise AssertionError(message)

    async def join(
        self, *bindings: Mapping[str, Any], topic: str = "room", token: str | None = None, **config: Any
    ) -> dict[str, Any]:
        """Join a topic; the server's reply. With bindings, wait until it says that it is subscribed."""
        config = {"postgres_changes": list(bindings), **config}
        payload = {"config": config, **({"access_token": token} if token else {})}
        self.send(f"realtime:{topic}", "phx_join", payload, str(self._refs + 1))
        reply = await self.expect("phx_reply")
        if reply["status"] == "ok" and bindings:
            assert (await self.expect("system"))["status"] == "ok"
        return reply

    async def change(self, seconds: float = PATIENCE) -> dict[str, Any]:
        """The data of the next change."""
        data: dict[str, Any] = (await self.expect("postgres_changes", seconds))["data"]
        return data


@asynccontextmanager
async def connected(
    application: Starlette, key: str | None = KEYS.publishable_key, version: str = "2.0.0"
) -> AsyncIterator[Client]:
    """Yield a client with an open socket."""
    client = Client(application, key, version)
    await client.open()
    try:
        yield client
    finally:
        await client.close()


async def fetch(
    application: Starlette,
    path: str,
    *,
    method: str = "POST",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    query: str = "",
) -> tuple[int, Any]:
    """Status and JSON body of a request to the application."""
    sent: list[Any] = []
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(n.lower().encode(), v.encode()) for n, v in (headers or {}).items()],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(event: Any) -> None:
        sent.append(event)

    await application(scope, receive, send)
    content = b"".join(event.get("body", b"") for event in sent)
    return sent[0]["status"], json.loads(content) if content else None
