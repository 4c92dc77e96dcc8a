"""The ASGI application: routes, and the feed that runs as long as it does.

One process only: presence and broadcasts live in its memory.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route, WebSocketRoute

from mentalspace.devstack.realtime.broadcasting import batch_endpoint, event_endpoint
from mentalspace.devstack.realtime.catalog import Connection, fetch_published
from mentalspace.devstack.realtime.feed import Feed
from mentalspace.devstack.realtime.hub import Hub
from mentalspace.devstack.realtime.session import Services
from mentalspace.devstack.realtime.tables import Table
from mentalspace.devstack.realtime.tokens import Keyring
from mentalspace.devstack.realtime.websocket import endpoint
from mentalspace.errors import InputError

CATALOG_SECONDS = 5.0


@dataclass(frozen=True)
class RealtimeSettings:
    """What the server needs to know. The database URL must be of a role with replication."""

    database_url: str = field(repr=False)
    keyring: Keyring
    publication: str = "supabase_realtime"


def read_settings(environment: Mapping[str, str] = os.environ) -> RealtimeSettings:
    """Settings from DATABASE_URL, JWT_SECRET, PUBLISHABLE_KEY and SECRET_KEY. Raises `InputError`."""
    names = ("DATABASE_URL", "PUBLISHABLE_KEY", "SECRET_KEY", "JWT_SECRET")
    if missing := [name for name in names if not environment.get(name)]:
        raise InputError(f"the Realtime server needs {', '.join(missing)} in its environment")
    database_url, *keys = (environment[name] for name in names)
    publication = environment.get("PUBLICATION", "supabase_realtime")
    return RealtimeSettings(database_url, Keyring(*keys), publication)


def create_application(settings: RealtimeSettings) -> Starlette:
    """The application. Connects when it starts up, not before."""
    running: list[Services] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with _serve(settings) as services:
            running.append(services)
            yield
            running.clear()

    return Starlette(lifespan=lifespan, routes=_routes(lambda: running[0]))


def _routes(services: Callable[[], Services]) -> list[BaseRoute]:
    base = "/realtime/v1"
    event = f"{base}/api/broadcast/{{topic}}/events/{{event}}"
    return [
        WebSocketRoute(f"{base}/websocket", endpoint(services)),
        Route(f"{base}/api/broadcast", batch_endpoint(services), methods=["POST"]),
        Route(event, event_endpoint(services), methods=["POST"]),
        Route("/health", _health_endpoint(services)),
        Route(f"{base}/health", _health_endpoint(services)),
    ]


def _health_endpoint(services: Callable[[], Services]) -> Callable[[Request], Awaitable[JSONResponse]]:
    async def health(_: Request) -> JSONResponse:
        feed = services().feed
        body = {"status": "ok" if feed.alive else "unavailable", "feed": feed.health}
        return JSONResponse({**body, "channels": len(services().hub)}, 200 if feed.alive else 503)

    return health


@asynccontextmanager
async def _serve(settings: RealtimeSettings) -> AsyncIterator[Services]:
    hub = Hub()
    feed = Feed(settings.database_url, settings.publication, hub)
    pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
        settings.database_url,
        min_size=0,
        max_size=2,
        timeout=CATALOG_SECONDS,
        open=False,
        check=AsyncConnectionPool.check_connection,
        kwargs={"autocommit": True, "row_factory": dict_row, "application_name": "mentalspace-realtime"},
    )

    async def find_tables(schema: str, table: str) -> list[Table]:
        async with pool.connection() as connection:
            return await fetch_published(connection, settings.publication, schema, table)

    async with pool:
        task = asyncio.create_task(feed.run())
        try:
            yield Services(settings.keyring, hub, feed, find_tables)
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
