"""Who may become an administrator, and what is said when Auth does not answer as hoped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import ValidationError
from supabase_auth import AsyncGoTrueAdminAPI

from mentalspace.administration import commands
from mentalspace.administration.administrator import Candidate, generate_password
from mentalspace.administration.logins import Logins, open_logins
from mentalspace.errors import InputError, MentalspaceError, RefusedError, UnavailableError
from mentalspace.settings import Settings

KEY = "sb_secret_only-for-this-test"
PASSWORD = "correct horse battery"
WEAK = {"error_code": "weak_password", "msg": "x", "weak_password": {"reasons": ["length"]}}
USER = {
    "id": str(uuid4()),
    "aud": "authenticated",
    "app_metadata": {},
    "user_metadata": {},
    "created_at": "2026-01-01T00:00:00Z",
}


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@b", "a b@example.org", "a@example.org;", f"{'a' * 250}@example.org"]
)
def test_an_address_the_profile_would_refuse_is_refused_first(email: str) -> None:
    with pytest.raises(ValidationError):
        Candidate(email=email)


def test_an_address_is_kept_in_lower_case() -> None:
    assert Candidate(email=" Ann.O'Neil@Example.ORG ").email == "ann.o'neil@example.org"


def test_names_are_those_of_a_profile() -> None:
    with pytest.raises(ValidationError):
        Candidate(email="a@example.org", first_name=" ")
    with pytest.raises(InputError, match="--last-name: "):
        commands._candidate("a@example.org", "A", "B" * 51)


def test_generated_passwords_are_long_and_never_the_same() -> None:
    made = {generate_password() for _ in range(50)}
    assert len(made) == 50
    assert min(len(password) for password in made) >= 24


def test_nobody_is_asked_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(InputError, match="--generate-password or --invite"):
        commands._ask_password()


def test_a_short_password_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.prompt", lambda *_, **__: "elevenchars")
    with pytest.raises(InputError, match="at least 12"):
        commands._ask_password()


def answering(status: int, body: Any) -> Callable[[httpx.Request], httpx.Response]:
    content = {"json": body} if not isinstance(body, str) else {"text": body}
    return lambda _: httpx.Response(status, **content)


async def create(handler: Callable[[httpx.Request], httpx.Response]) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as http:
        api = AsyncGoTrueAdminAPI(url="https://p.example/auth/v1", headers={"apikey": KEY}, http_client=http)
        await Logins(api, "https://p.example").create("a@example.org", PASSWORD)


def unreachable(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused")


@pytest.mark.parametrize(
    ("handler", "kind", "message"),
    [
        (unreachable, UnavailableError, "no Supabase answers at https://p.example; start the embedded stack"),
        (answering(503, {"msg": "starting"}), UnavailableError, "no Supabase answers"),
        (
            answering(401, {"message": "Invalid API key"}),
            RefusedError,
            "correct MENTALSPACE_SUPABASE_SECRET_KEY",
        ),
        (answering(403, {"error_code": "not_admin", "msg": "User not allowed"}), RefusedError, "SECRET_KEY"),
        (answering(422, {"error_code": "email_exists", "msg": "x"}), RefusedError, "different projects"),
        (answering(422, WEAK), InputError, "too weak"),
        (
            answering(500, {"error_code": "unexpected_failure", "msg": "x"}),
            RefusedError,
            "unexpected_failure",
        ),
        (answering(404, "<html>not here</html>"), RefusedError, "no Supabase Auth"),
    ],
    ids=["down", "starting", "wrong key", "other key", "other project", "weak", "broken", "not Auth"],
)
async def test_one_line_says_what_to_do(
    handler: Callable[[httpx.Request], httpx.Response], kind: type[MentalspaceError], message: str
) -> None:
    with pytest.raises(kind, match=message) as caught:
        await create(handler)
    said = str(caught.value)
    assert "\n" not in said
    assert KEY not in said
    assert PASSWORD not in said
    assert caught.value.exit_code == (2 if kind is InputError else 3)


async def test_a_new_login_is_confirmed_and_asked_for_with_the_key() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=USER)

    await create(handler)
    assert (seen[0].method, str(seen[0].url)) == ("POST", "https://p.example/auth/v1/admin/users")
    assert seen[0].headers["apikey"] == KEY
    assert b'"email_confirm":true' in seen[0].content.replace(b" ", b"")


async def test_nothing_listens() -> None:
    async with open_logins(Settings(supabase_url="http://127.0.0.1:1")) as logins:
        with pytest.raises(UnavailableError, match=r"127\.0\.0\.1:1; start the embedded stack"):
            await logins.create("a@example.org", PASSWORD)
