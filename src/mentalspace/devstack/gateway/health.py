"""Is everything there: the database, Auth, REST and Realtime, each asked at once and for a bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from typing import Any

import psycopg
from psycopg_pool import PoolTimeout
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mentalspace.devstack.gateway.errors import RejectionError
from mentalspace.devstack.gateway.proxy import Upstream
from mentalspace.devstack.gateway.users import UserStore

CHECK_SECONDS = 3
SERVER_ERROR = 500
Check = Callable[[], Awaitable[bool]]


class Health:
    """/health, and /health/<part> for one of them; 200 or 503, readable without a key."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks

    async def overall(self, _: Request) -> Response:
        """Every part; unhealthy if one is."""
        results = await asyncio.gather(*(_measure(check) for check in self._checks.values()))
        return _answer(dict(zip(self._checks, results, strict=True)))

    async def part(self, request: Request) -> Response:
        """One part by name; `db` is short for the database."""
        name = request.path_params["part"].replace("db", "database")
        if name not in self._checks:
            raise RejectionError(404, {"message": "no such check", "checks": sorted(self._checks)})
        return _answer({name: await _measure(self._checks[name])})


def make_checks(store: UserStore, rest: Upstream, realtime: Upstream, apikey: str) -> dict[str, Check]:
    """The checks of this stack."""

    async def database() -> bool:
        return bool(await store.fetch_all("is_alive"))

    return {
        "database": database,
        "auth": lambda: _answers(rest, "/auth/v1/health", {"apikey": apikey}),
        "rest": lambda: _answers(rest, "/ready", {}),
        "realtime": lambda: _answers(realtime, "/health", {}),
    }


async def _answers(upstream: Upstream, path: str, headers: Mapping[str, str]) -> bool:
    async with await upstream.send("GET", path, headers) as answer:
        return answer.status < SERVER_ERROR


async def _measure(check: Check) -> dict[str, Any]:
    started = perf_counter()
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            healthy = await check()
    except (RejectionError, psycopg.Error, PoolTimeout, TimeoutError):
        healthy = False
    milliseconds = round((perf_counter() - started) * 1000, 1)
    return {"status": "healthy" if healthy else "unhealthy", "latency_ms": milliseconds}


def _answer(checks: Mapping[str, Mapping[str, Any]]) -> Response:
    healthy = all(check["status"] == "healthy" for check in checks.values())
    body = {"status": "healthy" if healthy else "unhealthy", "checks": checks}
    return JSONResponse(body, 200 if healthy else 503, {"cache-control": "no-store"})
