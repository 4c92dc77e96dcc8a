"""A worker over HTTP: alive, ready, metrics. Answers GET and HEAD of three paths, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus

import structlog

from mentalspace.errors import InputError, UnavailableError

log = structlog.get_logger()
_REQUEST_SECONDS = 5
_LONGEST_REQUEST = 8192
_HIGHEST_PORT = 65535
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True)
class Answer:
    """What a path says."""

    status: HTTPStatus
    body: str
    content_type: str = "text/plain; charset=utf-8"


Page = Callable[[], Awaitable[Answer]]


def parse_address(address: str) -> tuple[str, int]:
    """Host and port of `host:port`. Raises `InputError`."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > _HIGHEST_PORT:
        raise InputError(f"{address!r} is no address; write host:port, such as 127.0.0.1:9100")
    return host.strip("[]"), int(port)


class StatusServer:
    """Answers until told to stop, and a little longer: that a worker drains can be seen."""

    def __init__(self, address: str, pages: Mapping[str, Page]) -> None:
        self.host, self.port = parse_address(address)
        self._pages = pages

    async def run(self, stop: asyncio.Event) -> None:
        """Serve until `stop` is set. Raises `UnavailableError` if the port is taken."""
        try:
            server = await asyncio.start_server(self._serve, self.host, self.port, limit=_LONGEST_REQUEST)
        except OSError as error:
            raise UnavailableError(f"{self.host}:{self.port} cannot be listened on; is it taken?") from error
        self.port = server.sockets[0].getsockname()[1]
        log.info("status server started", host=self.host, port=self.port)
        async with server:
            await stop.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(
            OSError, TimeoutError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError
        ):
            async with asyncio.timeout(_REQUEST_SECONDS):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                method, target, *_ = head.split(" ", 2)
                answer = await self._answer(method, target.partition("?")[0])
                writer.write(_render(answer, with_body=method != "HEAD"))
                await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    async def _answer(self, method: str, path: str) -> Answer:
        if method not in ("GET", "HEAD"):
            return Answer(HTTPStatus.METHOD_NOT_ALLOWED, "GET or HEAD\n")
        if path not in self._pages:
            return Answer(HTTPStatus.NOT_FOUND, " ".join(self._pages) + "\n")
        return await self._pages[path]()


def _render(answer: Answer, *, with_body: bool) -> bytes:
    body = answer.body.encode()
    head = (
        f"HTTP/1.1 {answer.status.value} {answer.status.phrase}\r\n"
        f"Content-Type: {answer.content_type}\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + (body if with_body else b"")
