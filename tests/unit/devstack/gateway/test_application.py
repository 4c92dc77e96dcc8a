"""The gateway without its services: what it says of them, and what it hands to functions."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from tests.unit.devstack.gateway.asgi import PUBLISHABLE, gateway, make_config

from mentalspace.devstack.gateway import health
from mentalspace.devstack.gateway.application import create_app
from mentalspace.devstack.gateway.tokens import AccessTokenHook
from mentalspace.devstack.gateway.users import make_pool
from mentalspace.errors import InputError


def client(app: Starlette) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://gateway.test")


async def test_health_without_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers in bounded time, part by part, and says nothing of addresses."""
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.2)
    async with gateway() as app, client(app) as http:
        answer = await http.get("/health")
    assert answer.status_code == 503
    assert {part["status"] for part in answer.json()["checks"].values()} == {"unhealthy"}
    assert "127.0.0.1" not in answer.text


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """An app of functions that can be named in FUNCTIONS_APP; the list says when it ran."""
    events: list[str] = []

    async def hello(request: Request) -> JSONResponse:
        said = (await request.json())["name"] if request.method == "POST" else None
        return JSONResponse({"path": request.url.path, "said": said, "running": events == ["started"]})

    async def broken(_: Request) -> JSONResponse:
        raise ValueError("a value of a row")

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        events.append("started")
        yield
        events.append("stopped")

    module = ModuleType("functions_for_tests")
    module.app = Starlette(
        routes=[
            Route("/functions/v1/hello", hello, methods=["GET", "POST"]),
            Route("/functions/v1/broken", broken),
        ],
        lifespan=lifespan,
    )
    monkeypatch.setitem(sys.modules, "functions_for_tests", module)
    return events


async def test_functions_are_called_with_their_path(functions: list[str]) -> None:
    """Without a key: each function judges for itself, as on hosted Supabase."""
    async with gateway(functions_app="functions_for_tests:app") as app, client(app) as http:
        answer = await http.post("/functions/v1/hello", json={"name": "Bo"})
        assert answer.json() == {"path": "/functions/v1/hello", "said": "Bo", "running": True}
        assert (await http.get("/functions/v1/nosuch")).status_code == 404
        assert answer.headers["access-control-allow-origin"] == "*"
    assert functions == ["started", "stopped"]


async def test_a_broken_function_tells_nothing(
    functions: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    async with gateway(functions_app="functions_for_tests") as app:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as http:
            answer = await http.get("/functions/v1/broken")
    assert answer.status_code == 500
    assert "a value of a row" not in answer.text


def test_a_wrong_name_of_functions_is_said_at_the_start() -> None:
    with pytest.raises(InputError, match=r"FUNCTIONS_APP: nosuch\.module:app"):
        create_app(make_config(functions_app="nosuch.module:app"))


@pytest.mark.parametrize(
    "uri", ["public.hook", "https://example.com/hook", "pg-functions://postgres/public/a;b"]
)
def test_a_wrong_hook_is_said_at_the_start(uri: str) -> None:
    with pytest.raises(InputError, match="CUSTOM_ACCESS_TOKEN_HOOK"):
        AccessTokenHook(uri, make_pool("postgresql://127.0.0.1:9/postgres"))


def test_the_app_is_made_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import mentalspace.devstack.gateway as package

    monkeypatch.setenv("DATABASE_URL", "postgresql://h/db")
    for name in ("JWT_SECRET", "PUBLISHABLE_KEY", "SECRET_KEY"):
        monkeypatch.setenv(name, "x")
    try:
        assert isinstance(package.app, Starlette)
        assert package.app is package.app
    finally:
        vars(package).pop("app", None)
    with pytest.raises(AttributeError):
        _ = package.nosuch


async def test_a_key_is_asked_before_anything_else() -> None:
    async with gateway() as app, client(app) as http:
        for path in ("/rest/v1/x", "/auth/v1/user", "/auth/v1/admin/users", "/realtime/v1/x"):
            assert (await http.get(path)).status_code == 401, path
        assert (await http.post("/auth/v1/signup", json={})).status_code == 401
        assert (await http.get("/storage/v1/x")).status_code == 501
        assert (await http.get("/rest/v1/x", headers={"apikey": PUBLISHABLE})).status_code == 502
