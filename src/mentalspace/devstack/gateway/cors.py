"""The outermost layers: browsers of any origin may read every answer; no failure leaves a trace of data."""

from __future__ import annotations

import logging

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mentalspace.devstack.gateway.errors import describe

METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
MAX_AGE_SECONDS = 3600
# What a client library reads of an answer, beyond what browsers always show.
EXPOSED = ", ".join(
    (
        *("Content-Encoding", "Content-Location", "Content-Range", "Content-Type", "Content-Profile"),
        *("Date", "Link", "Location", "Preference-Applied", "Range-Unit", "Retry-After"),
        *("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset", "X-Request-Id"),
        *("X-Sb-Error-Code", "Sb-Error-Code", "X-Supabase-Api-Version", "X-Total-Count"),
    )
)
logger = logging.getLogger(__name__)


class Cors:
    """Answers preflights without a key, and lets every other answer be read, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await _preflight(headers)(scope, receive, _readable(send))
            return
        await self.app(scope, receive, _readable(send))


class Shield:
    """Turns what nobody caught into a plain 500, and logs its kind only: messages may hold values of rows."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:  # noqa: BLE001  (the last resort; a server would log the message)
            logger.error("%s failed: %s", scope.get("path", scope["type"]), describe(error))  # noqa: TRY400  (same)
            if scope["type"] == "http" and not started:
                await JSONResponse({"message": "Internal server error"}, 500)(scope, receive, send)


def _preflight(headers: Headers) -> Response:
    asked = headers.get("access-control-request-headers", "*")
    answer = {
        "access-control-allow-methods": METHODS,
        "access-control-allow-headers": asked,
        "access-control-max-age": str(MAX_AGE_SECONDS),
    }
    return Response(status_code=204, headers=answer)


def _readable(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("access-control-allow-origin", "*")
            headers["access-control-expose-headers"] = EXPOSED
        await send(message)

    return with_headers
