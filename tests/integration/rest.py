"""The REST API as people meet it who sign in with what the seed gives them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from tests.conftest import RunningStack

CANCELLED = {"status": "Cancelled", "cancellation_reason": "moved away"}


@dataclass
class Api:
    """The REST API as one person; as a visitor without a token."""

    http: httpx.AsyncClient
    token: str = ""

    async def send(self, method: str, path: str, json: Any = None) -> httpx.Response:
        headers = {"Prefer": "return=representation"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return await self.http.request(method, f"/rest/v1/{path}", json=json, headers=headers)

    async def cancel(self, appointment: str) -> httpx.Response:
        return await self.send("PATCH", f"appointments?id=eq.{appointment}", CANCELLED)


@asynccontextmanager
async def open_http(stack: RunningStack) -> AsyncIterator[httpx.AsyncClient]:
    """Requests with the publishable key; a header given with a request wins."""
    headers = {"apikey": stack.publishable_key}
    # No TLS here, and certificates take longer to load than a test.
    async with httpx.AsyncClient(base_url=stack.url, headers=headers, timeout=30, verify=False) as client:  # noqa: S501  (no TLS here)
        yield client


async def sign_in(http: httpx.AsyncClient, name: str) -> Api:
    """Somebody of the seed, by the name before the @."""
    answer = await http.post(
        "/auth/v1/token?grant_type=password",
        json={"email": f"{name}@mentalspace.example", "password": "synthetic-practice"},
    )
    assert answer.status_code == 200, answer.text
    return Api(http, answer.json()["access_token"])
