"""The running stack with small tables of the tests' own, and people who signed up to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from time import time
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import jwt
import pytest
import pytest_asyncio
from supabase import AsyncClient, AsyncClientOptions, create_async_client
from tests.conftest import RunningStack
from tests.integration.rest import open_http

from mentalspace.database.connection import Connection, connect
from mentalspace.settings import LOCAL_JWT_SECRET

MakeClient = Callable[..., Awaitable[AsyncClient]]
PASSWORD = "correct horse battery"
CREATE = Path(__file__).with_name("tables.sql")
DROP = Path(__file__).with_name("drop_tables.sql")


@dataclass(frozen=True)
class Person:
    """Somebody with a token, and their client."""

    id: str
    email: str
    client: AsyncClient
    token: str


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def api(stack: RunningStack) -> AsyncIterator[RunningStack]:
    """The stack, once its REST knows the tests' tables; they are dropped at the end."""
    async with connect(stack.database_url) as connection:
        await connection.execute(DROP.read_bytes())
        await connection.execute(CREATE.read_bytes())
        async with httpx.AsyncClient(headers={"apikey": stack.publishable_key}) as http:
            await eventually(
                lambda: http.get(f"{stack.url}/rest/v1/probe_shelves"), lambda answer: answer.is_success
            )
        yield stack
        await connection.execute(DROP.read_bytes())


async def eventually(
    ask: Callable[[], Awaitable[httpx.Response]], expected: Callable[[httpx.Response], bool]
) -> httpx.Response:
    """Ask until the answer is as expected: the Data API follows a change a moment after it, as on hosted."""
    for _ in range(600):
        answer = await ask()
        if expected(answer):
            return answer
        await asyncio.sleep(0.05)
    pytest.fail(f"still {answer.status_code}: {answer.text}")


@pytest.fixture
async def owner(api: RunningStack) -> AsyncIterator[Connection]:
    """A connection as the role `postgres`, which owns the tables."""
    async with connect(api.database_url) as connection:
        yield connection


@pytest.fixture
async def http(api: RunningStack) -> AsyncIterator[httpx.AsyncClient]:
    """Raw requests with the publishable key; a header given with a request wins."""
    async with open_http(api) as client:
        yield client


@pytest.fixture
async def make_client(api: RunningStack) -> AsyncIterator[MakeClient]:
    """Make a supabase-py client with a key: the publishable one unless another is given."""
    async with httpx.AsyncClient(timeout=20, verify=False) as shared:  # noqa: S501  (no TLS here)

        async def make(key: str | None = None, **headers: str) -> AsyncClient:
            options = AsyncClientOptions(
                auto_refresh_token=False, persist_session=False, httpx_client=shared, headers=headers
            )
            return await create_async_client(api.url, key or api.publishable_key, options)

        yield make


@pytest.fixture
async def service(api: RunningStack, make_client: MakeClient) -> AsyncClient:
    """A client with the secret key."""
    return await make_client(api.secret_key)


@pytest.fixture
async def person(make_client: MakeClient) -> Person:
    """Somebody new with a token, unknown to Auth: REST asks the token alone, as on hosted."""
    user_id, email = str(uuid4()), new_email()
    token = make_token(sub=user_id, email=email)
    return Person(user_id, email, await make_client(Authorization=f"Bearer {token}"), token)


@pytest.fixture
async def member(make_client: MakeClient) -> Person:
    """Somebody who signed up, and is signed in."""
    client, email = await make_client(), new_email()
    answer = await client.auth.sign_up({"email": email, "password": PASSWORD})
    assert answer.user
    assert answer.session
    return Person(answer.user.id, email, client, answer.session.access_token)


def new_email() -> str:
    return f"probe-{uuid4().hex[:12]}@mentalspace.example"


def make_token(secret: str = LOCAL_JWT_SECRET, **claims: Any) -> str:
    """A token that lasts ten minutes; `claims` are added or replace."""
    lasting = {"role": "authenticated", "aud": "authenticated", "exp": int(time()) + 600}
    return jwt.encode(lasting | claims, secret, algorithm="HS256")


def role_url(url: str, role: str) -> str:
    """The same database as another role; all have the local password."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{role}:{parts.password}@{parts.hostname}:{parts.port}").geturl()
