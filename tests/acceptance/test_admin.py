"""`mentalspace admin create` against the running stack, and the sign-in that follows."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.acceptance.conftest import Cli, Ended
from tests.conftest import RunningStack

from mentalspace.database.connection import connect

pytestmark = pytest.mark.stack
Create = Callable[..., Awaitable[Ended]]
FORGET = (
    "delete from public.user_roles where user_id = (select id from public.profiles where email = %s)",
    "delete from public.profiles where email = %s",
    "delete from auth.users where email = %s",
)


@pytest.fixture
def create(stack: RunningStack, cli: Cli) -> Create:
    """`mentalspace admin create` in the stack."""

    async def call(*arguments: str, **variables: str) -> Ended:
        known = {
            "MENTALSPACE_SUPABASE_URL": stack.url,
            "MENTALSPACE_SUPABASE_SECRET_KEY": stack.secret_key,
            "MENTALSPACE_DATABASE_URL": stack.database_url,
        }
        return await cli("admin", "create", *arguments, **(known | variables))

    return call


@pytest.fixture
async def email(stack: RunningStack) -> AsyncIterator[str]:
    """An address nobody has; who got it is forgotten, for the stack is everybody's."""
    address = f"{uuid4()}@mentalspace.example"
    yield address
    async with connect(stack.database_url) as connection:
        for statement in FORGET:
            await connection.execute(statement, (address,))


async def test_a_new_administrator_signs_in_and_sees_the_practice(
    stack: RunningStack, create: Create, email: str
) -> None:
    wanted = ("--email", email, "--generate-password", "--additional", "--json")
    ended = await create(*wanted)
    assert (ended.code, ended.err) == (0, "")
    made = json.loads(ended.out)
    assert (made["login_created"], made["role_assigned"]) == (True, True)
    assert await find_roles(stack, email, made) == [{"role": "administrator"}]

    again = json.loads((await create(*wanted)).out)
    assert (again["login_created"], again["role_assigned"]) == (False, False)
    assert "password" not in again, "shown once"


async def find_roles(stack: RunningStack, email: str, made: dict[str, Any]) -> Any:
    """The new administrator's roles as they see them."""
    async with httpx.AsyncClient(base_url=stack.url, headers={"apikey": stack.publishable_key}) as http:
        signed_in = await http.post(
            "/auth/v1/token?grant_type=password", json={"email": email, "password": made["password"]}
        )
        token = signed_in.json()["access_token"]
        roles = await http.get(
            f"/rest/v1/user_roles?select=role&user_id=eq.{made['user_id']}",
            headers={"Authorization": f"Bearer {token}"},
        )
    return roles.json()


async def test_invited_by_mail(create: Create, email: str) -> None:
    ended = await create("--email", email, "--invite", "--additional")
    assert (ended.code, ended.out) == (0, f"{email} is an administrator\n")


async def test_another_administrator_must_be_asked_for(create: Create, email: str) -> None:
    ended = await create("--email", email, "--generate-password")
    assert (ended.code, ended.out) == (3, "")
    assert "--additional" in ended.err


async def test_a_wrong_key_is_one_line(stack: RunningStack, create: Create, email: str) -> None:
    for key in ("sb_secret_" + "x" * 30, stack.publishable_key):
        ended = await create(
            *("--email", email, "--generate-password", "--additional"), MENTALSPACE_SUPABASE_SECRET_KEY=key
        )
        assert (ended.code, ended.out) == (3, "")
        assert len(ended.err.splitlines()) == 1
        assert "MENTALSPACE_SUPABASE_SECRET_KEY" in ended.err
        assert key not in ended.err


@pytest.mark.parametrize(
    ("variable", "address"),
    [
        ("MENTALSPACE_SUPABASE_URL", "http://127.0.0.1:1"),
        ("MENTALSPACE_DATABASE_URL", "postgresql://postgres:postgres@127.0.0.1:1/postgres"),
    ],
)
async def test_a_stack_that_is_down_is_one_line(
    create: Create, email: str, variable: str, address: str
) -> None:
    wanted = ("--email", email, "--generate-password", "--additional")
    ended = await create(*wanted, **{variable: address})
    assert (ended.code, ended.out) == (3, "")
    assert len(ended.err.splitlines()) == 1
    assert "./run up" in ended.err


async def test_usage(create: Create) -> None:
    ended = await create("--email", "nobody", "--generate-password")
    assert (ended.code, ended.err) == (2, "--email: not an e-mail address; write name@example.org\n")
    ended = await create("--email", "x@mentalspace.example", "--additional")
    assert ended.code == 2
    assert ended.err == "nobody to ask for a password here; add --generate-password or --invite\n"
    ended = await create("--email", "x@mentalspace.example", "--invite", "--generate-password")
    assert ended.code == 2
