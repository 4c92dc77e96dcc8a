"""The custom_access_token hook: it needs a gateway of another configuration, made in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import jwt
import pytest
from pydantic import SecretStr
from tests.conftest import RunningStack
from tests.integration.gateway.conftest import PASSWORD, Person

from mentalspace.database.connection import Connection
from mentalspace.devstack.gateway.application import create_app
from mentalspace.devstack.gateway.config import GatewayConfig
from mentalspace.settings import LOCAL_JWT_SECRET

pytestmark = pytest.mark.stack


@asynccontextmanager
async def gateway_with(api: RunningStack, function: str) -> AsyncIterator[httpx.AsyncClient]:
    """A second gateway on the same database, in front of the first, with this function as its hook."""
    config = GatewayConfig(
        database_url=SecretStr(api.database_url),
        jwt_secret=SecretStr(LOCAL_JWT_SECRET),
        publishable_key=SecretStr(api.publishable_key),
        secret_key=SecretStr(api.secret_key),
        upstream_rest=api.url,
        custom_access_token_hook=f"pg-functions://postgres/probe/{function}",
    )
    app = create_app(config)
    headers = {"apikey": api.publishable_key}
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://hook", headers=headers) as http,
    ):
        yield http


async def sign_in(http: httpx.AsyncClient, member: Person) -> httpx.Response:
    body = {"email": member.email, "password": PASSWORD}
    return await http.post("/auth/v1/token?grant_type=password", json=body)


async def count_sessions(owner: Connection, member: Person) -> int:
    answer = await owner.execute("select from auth.sessions where user_id = %s", (member.id,))
    return answer.rowcount


async def test_a_hook_adds_claims(api: RunningStack, member: Person) -> None:
    """On sign-in and on refresh, told how the user proved themselves; SQL sees the claim."""
    async with gateway_with(api, "add_claim") as http:
        session = (await sign_in(http, member)).json()
        claims = read(session["access_token"])
        assert (claims["practice_role"], claims["proved_by"]) == ("therapist", "password")
        refreshed = await http.post(
            "/auth/v1/token?grant_type=refresh_token", json={"refresh_token": session["refresh_token"]}
        )
        fresh = refreshed.json()["access_token"]
        assert read(fresh)["proved_by"] == "token_refresh"
        bearer = {"authorization": f"Bearer {fresh}"}
        seen = await http.get("/rest/v1/rpc/probe_context", headers=bearer)
        assert seen.json()["jwt"]["practice_role"] == "therapist"


@pytest.mark.parametrize(
    ("function", "status", "message"),
    [
        ("refuse", 403, "not today"),
        ("fail", 500, "Error running hook"),
        ("nosuch", 500, "Error running hook"),
        ("forget", 500, "output claims do not conform to the expected schema"),
    ],
)
async def test_a_hook_refuses(
    api: RunningStack, member: Person, owner: Connection, function: str, status: int, message: str
) -> None:
    """No token, and no session left behind."""
    before = await count_sessions(owner, member)
    async with gateway_with(api, function) as http:
        answer = await sign_in(http, member)
    assert (answer.status_code, answer.json()["code"]) == (status, status)
    assert answer.json()["msg"].startswith(message)
    assert "access_token" not in answer.text
    assert await count_sessions(owner, member) == before


def read(token: str) -> dict[str, Any]:
    return jwt.decode(token, LOCAL_JWT_SECRET, algorithms=["HS256"], audience="authenticated")
