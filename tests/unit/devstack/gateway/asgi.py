"""Ask an ASGI app without a server, and see each message as it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from starlette.applications import Starlette

from mentalspace.devstack.gateway.application import create_app
from mentalspace.devstack.gateway.config import GatewayConfig

PUBLISHABLE, SECRET = "sb_publishable_for_tests", "sb_secret_for_tests"
JWT_SECRET = "a secret of more than thirty-two letters"
NOWHERE = "http://127.0.0.1:9"


class Request:
    """One conversation with an app: `send` what the client says, `next` what the app says."""

    def __init__(self, app: Any, scope: Mapping[str, Any]) -> None:
        self._in: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._out: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.task = asyncio.create_task(app(dict(scope), self._in.get, self._out.put))

    def send(self, kind: str, **message: Any) -> None:
        self._in.put_nowait({"type": kind, **message})

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(30):
            return await self._out.get()


def http_scope(method: str, target: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    path, _, query = target.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": encode({"host": "gateway.test", "apikey": PUBLISHABLE, **(headers or {})}),
        "client": ("203.0.113.7", 5000),
        "server": ("gateway.test", 80),
        "root_path": "",
    }


def socket_scope(query: str, subprotocols: tuple[str, ...] = ()) -> dict[str, Any]:
    scope = http_scope("GET", f"/realtime/v1/websocket?{query}")
    headers = encode({"host": "gateway.test"})
    return scope | {
        "type": "websocket",
        "scheme": "ws",
        "headers": headers,
        "subprotocols": list(subprotocols),
    }


def encode(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]


def make_config(**values: Any) -> GatewayConfig:
    """A configuration whose services are all absent unless `values` name them."""
    absent = {"upstream_rest": NOWHERE, "upstream_realtime": NOWHERE}
    return GatewayConfig(
        database_url=SecretStr("postgresql://postgres:postgres@127.0.0.1:9/postgres"),
        jwt_secret=SecretStr(JWT_SECRET),
        publishable_key=SecretStr(PUBLISHABLE),
        secret_key=SecretStr(SECRET),
        **(absent | values),
    )


@asynccontextmanager
async def gateway(upstream: web.Application | None = None, **values: Any) -> AsyncIterator[Starlette]:
    """A gateway in front of this upstream, for REST and Realtime alike; without its database."""
    if upstream is None:
        app = create_app(make_config(**values))
        async with app.router.lifespan_context(app):
            yield app
        return
    async with TestServer(upstream) as server:
        url = str(server.make_url("")).rstrip("/")
        app = create_app(make_config(upstream_rest=url, upstream_realtime=url, **values))
        async with app.router.lifespan_context(app):
            yield app
