"""The HTTP side of broadcasts: several messages at once, or one event of one topic."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mentalspace.devstack.realtime.channel import TOPIC_PREFIX
from mentalspace.devstack.realtime.frames import load_json
from mentalspace.devstack.realtime.session import PRIVATE, Services
from mentalspace.devstack.realtime.tokens import TokenError

LARGEST_BODY = 1 << 20
Handler = Callable[[Request], Awaitable[Response]]


class Broadcast(BaseModel):
    """One message of `POST /api/broadcast`; the topic comes without its prefix."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    topic: str
    event: str
    payload: Any = None
    private: bool = False


class Broadcasts(BaseModel):
    """The body of `POST /api/broadcast`."""

    messages: list[Broadcast]


class _RefusedError(Exception):
    def __init__(self, status: int, text: str) -> None:
        self.status = status
        super().__init__(text)


def batch_endpoint(services: Callable[[], Services]) -> Handler:
    """`POST /realtime/v1/api/broadcast`: all messages are sent, or none."""

    async def read(request: Request) -> list[Broadcast]:
        try:
            return Broadcasts.model_validate(await _json(request)).messages
        except ValidationError as error:
            fields = sorted({".".join(map(str, item["loc"])) for item in error.errors()})
            raise _RefusedError(422, f"not a list of messages: {', '.join(fields)}") from error

    return _endpoint(services, read)


def event_endpoint(services: Callable[[], Services]) -> Handler:
    """`POST /realtime/v1/api/broadcast/{topic}/events/{event}`: the body is the payload."""

    async def read(request: Request) -> list[Broadcast]:
        raw = request.headers.get("content-type", "").startswith("application/octet-stream")
        body = await (_body(request) if raw else _json(request))
        topic, event = request.path_params["topic"], request.path_params["event"]
        private = request.query_params.get("private") == "true"
        return [Broadcast(topic=topic, event=event, payload=body, private=private)]

    return _endpoint(services, read)


def _endpoint(
    services: Callable[[], Services], read: Callable[[Request], Awaitable[list[Broadcast]]]
) -> Handler:
    async def serve(request: Request) -> Response:
        try:
            _authorize(request, services())
            messages = await read(request)
            _refuse_private(messages)
        except TokenError as error:
            return JSONResponse({"error": str(error)}, 401)
        except _RefusedError as error:
            return JSONResponse({"error": str(error)}, error.status)
        for message in messages:
            payload = {"type": "broadcast", "event": message.event, "payload": message.payload}
            services().hub.broadcast(TOPIC_PREFIX + message.topic, payload)
        return Response(status_code=202)

    return serve


def _refuse_private(messages: list[Broadcast]) -> None:
    if any(message.private for message in messages):
        raise _RefusedError(422, PRIVATE)


def _authorize(request: Request, services: Services) -> None:
    """A valid key, and a valid token if there is one. Raises `TokenError`."""
    header = request.headers.get("authorization", "")
    token = header[7:] if header.lower().startswith("bearer ") else None
    bearer = services.keyring.identify_key(request.headers.get("apikey") or token)
    services.keyring.identify(token, bearer)


async def _json(request: Request) -> Any:
    try:
        return load_json(await _body(request))
    except (ValueError, RecursionError) as error:
        raise _RefusedError(422, "the body is not JSON") from error


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise _RefusedError(413, "the body is over a megabyte")
    return bytes(body)
