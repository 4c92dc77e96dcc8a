"""The seeded people sign in through Auth and see the practice through REST, each as far as they may."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from supabase import AsyncClient, AsyncClientOptions, create_async_client
from supabase_auth.errors import AuthApiError
from tests.conftest import RunningStack

PASSWORD = "synthetic-practice"
STAFF = (
    "administrator",
    "supervisor",
    "supervisor.two",
    "therapist",
    "associate.trainee",
    "billing.staff",
    "front.desk",
)


SignIn = Callable[..., Awaitable[AsyncClient]]


@pytest.fixture
async def sign_in(stack: RunningStack) -> AsyncIterator[SignIn]:
    """Sign in as one of the seeded people; their clients share one connection pool, closed at the end."""
    async with httpx.AsyncClient(timeout=20, verify=False) as shared:  # noqa: S501  (no TLS here)

        async def sign_in(name: str, password: str = PASSWORD) -> AsyncClient:
            options = AsyncClientOptions(auto_refresh_token=False, persist_session=False, httpx_client=shared)
            client = await create_async_client(stack.url, stack.publishable_key, options)
            answer = await client.auth.sign_in_with_password(
                {"email": f"{name}@mentalspace.example", "password": password}
            )
            assert answer.user
            assert answer.user.identities
            return client

        yield sign_in


async def count_appointments(client: AsyncClient) -> int | None:
    return (await client.table("appointments").select("id", count="exact", head=True).execute()).count


async def test_everybody_sees_their_part(sign_in: SignIn) -> None:
    seen = {name: await count_appointments(await sign_in(name)) for name in (*STAFF, "client.user")}
    assert seen["administrator"] == seen["front.desk"] >= 3000
    own = seen["client.user"] or 0
    therapist = seen["therapist"] or 0
    assert 0 < own < therapist < 3000
    assert therapist < (seen["supervisor.two"] or 0) < 3000


async def test_a_parent_sees_two_children(sign_in: SignIn) -> None:
    parent = await sign_in("client.parent")
    rows = (await parent.table("clients").select("last_name").order("last_name").execute()).data
    assert [row["last_name"] for row in rows] == ["191", "192"]


async def test_who_has_no_role_sees_nothing(sign_in: SignIn) -> None:
    for name in ("no.role", "departed"):
        assert await count_appointments(await sign_in(name)) == 0


async def test_a_wrong_password_is_refused(sign_in: SignIn) -> None:
    with pytest.raises(AuthApiError):
        await sign_in("administrator", "synthetic-practise")
