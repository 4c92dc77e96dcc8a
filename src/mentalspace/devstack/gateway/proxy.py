"""Pass HTTP on to the service behind, as it comes and as it goes: neither body is held in memory."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager

import aiohttp
from multidict import CIMultiDict
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from yarl import URL

from mentalspace.devstack.gateway.errors import RejectionError, describe

CONNECT_SECONDS = 5
# Shorter than the services keep theirs open: a request sent into a closing connection would be lost.
KEEPALIVE_SECONDS = 4
CONNECTIONS = 200
# RFC 9110, section 7.6.1, and what is set anew for the next hop.
HOP_BY_HOP = frozenset(
    {
        *("connection", "keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    }
)
NOT_ASKED_ON = HOP_BY_HOP | {"host", "apikey", "authorization", "expect"}
NOT_ANSWERED_ON = HOP_BY_HOP | {"date", "server"}
# As browsers and Node read them: encoded or not, after either slash.
_DOTS = re.compile(r"[/\\](?:\.|%2e){1,2}(?:[/\\]|$)", re.IGNORECASE)
logger = logging.getLogger(__name__)


class Connections:
    """The one HTTP session of the gateway; it belongs to the event loop, and so opens with the server."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("the gateway's lifespan has not started")
        return self._session

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Hold the session open."""
        async with _open_session() as self._session:
            yield


class Upstream:
    """A service behind the gateway; raises `RejectionError` 502 or 504 when it fails."""

    def __init__(self, name: str, url: str, connections: Connections) -> None:
        self.name = name
        self.url = url
        self._connections = connections

    @property
    def session(self) -> aiohttp.ClientSession:
        return self._connections.session

    async def stream(self, request: Request, headers: Mapping[str, str]) -> Response:
        """Forward the request and its body; answer as the body arrives."""
        body = request.stream() if _has_body(request) else None
        answer = await self.send(request.method, target_of(request), onward_headers(request, headers), body)
        response = StreamingResponse(_chunks(answer), answer.status)
        response.raw_headers = _answer_headers(answer.headers)
        return response

    async def send(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | AsyncIterator[bytes] | None = None,
    ) -> aiohttp.ClientResponse:
        """Send one request to a path with its query; the caller reads and releases the answer."""
        address = URL(self.url + target, encoded=True)
        try:
            return await self.session.request(
                method, address, headers=headers, data=body, allow_redirects=False
            )
        except (TimeoutError, aiohttp.ServerTimeoutError) as error:
            raise self._unavailable(504, "The upstream server is timing out", error) from error
        except aiohttp.ClientError as error:
            message = "An invalid response was received from the upstream server"
            raise self._unavailable(502, message, error) from error

    def _unavailable(self, status: int, message: str, error: Exception) -> RejectionError:
        logger.warning("%s does not answer: %s", self.name, describe(error))
        return RejectionError(status, {"message": message})


def _open_session() -> aiohttp.ClientSession:
    """A session that adds nothing, stores no cookies, follows nothing and decodes nothing."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=KEEPALIVE_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
        auto_decompress=False,
        skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
    )


def target_of(request: Request) -> str:
    """The path and query as they were sent, percent-encoding untouched.

    Refuses `.` and `..`: the service behind resolves them, and would serve a path that was never checked.
    """
    raw: bytes = request.scope.get("raw_path") or request.url.path.encode()
    path = raw.partition(b"?")[0].decode("latin-1")
    if _DOTS.search(path):
        raise RejectionError(400, {"message": "requested path is not in its shortest form"})
    query: bytes = request.scope["query_string"]
    return f"{path}?{query.decode('latin-1')}" if query else path


def onward_headers(request: Request, extra: Mapping[str, str]) -> CIMultiDict[str]:
    """The request's end-to-end headers, who asked, and `extra` in place of its credentials."""
    headers = CIMultiDict(_end_to_end(request.headers.items(), NOT_ASKED_ON))
    client = request.client.host if request.client else ""
    headers["x-forwarded-for"] = ", ".join(filter(None, (headers.get("x-forwarded-for"), client)))
    headers["x-forwarded-proto"] = request.url.scheme
    headers["x-forwarded-host"] = request.headers.get("host", "")
    headers.update(extra)
    return headers


def _has_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"


def _answer_headers(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    kept = _end_to_end(headers.items(), NOT_ANSWERED_ON)
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in kept]


def _end_to_end(headers: Iterable[tuple[str, str]], dropped: frozenset[str]) -> list[tuple[str, str]]:
    """The headers without those of the last hop, and without those that `Connection` names."""
    pairs = list(headers)
    named = {
        word.strip().lower()
        for name, value in pairs
        if name.lower() == "connection"
        for word in value.split(",")
    }
    return [(name, value) for name, value in pairs if name.lower() not in dropped | named]


async def _chunks(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The body as it arrives; a client that leaves closes the connection behind it too."""
    try:
        async for chunk in answer.content.iter_any():
            yield chunk
    finally:
        answer.close() if not answer.content.at_eof() else answer.release()
