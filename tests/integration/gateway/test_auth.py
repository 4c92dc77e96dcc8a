"""Sign-up to sign-out as supabase-py does it, and what Auth answers to mistakes."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import jwt
import pytest
from supabase import AsyncClient
from supabase_auth.errors import AuthApiError, AuthWeakPasswordError
from tests.conftest import RunningStack
from tests.integration.gateway.conftest import PASSWORD, MakeClient, Person, new_email

from mentalspace.database.connection import Connection
from mentalspace.settings import LOCAL_JWT_SECRET

pytestmark = pytest.mark.stack
NEW = "another long password"
# What a token of hosted Supabase carries, and a custom_access_token hook must return.
CLAIMS = {
    *("iss", "sub", "aud", "exp", "iat", "email", "phone", "app_metadata", "user_metadata", "role", "aal"),
    *("amr", "session_id", "is_anonymous"),
}


FAILING_TRIGGER = """
create function public.probe_refuse_sign_up() returns trigger language plpgsql as $$
begin
  if new.email like 'refused-%' then
    raise exception 'secret reason';
  end if;
  return new;
end $$;
create trigger probe_refuse before insert on auth.users
  for each row execute function public.probe_refuse_sign_up();
"""


def read_token(token: str) -> dict[str, Any]:
    """The claims; raises unless the project's secret signed them for signed-in users."""
    return jwt.decode(token, LOCAL_JWT_SECRET, algorithms=["HS256"], audience="authenticated")


async def refuse(answer: Any) -> tuple[int, str | None]:
    with pytest.raises(AuthApiError) as caught:
        await answer
    return caught.value.status, caught.value.code


async def test_token_has_the_claims_of_hosted(api: RunningStack, make_client: MakeClient) -> None:
    client = await make_client()
    email = new_email()
    options = {"data": {"nick": "Bo", "role": "administrator"}}
    answer = await client.auth.sign_up({"email": email, "password": PASSWORD, "options": options})
    assert answer.user
    assert answer.session
    claims = read_token(answer.session.access_token)
    assert set(claims) == CLAIMS
    assert claims["iss"] == f"{api.url}/auth/v1"
    assert (claims["sub"], claims["email"], claims["phone"]) == (answer.user.id, email, "")
    assert (claims["role"], claims["aal"], claims["is_anonymous"]) == ("authenticated", "aal1", False)
    assert claims["app_metadata"] == {"provider": "email", "providers": ["email"]}
    assert claims["user_metadata"]["nick"] == "Bo"
    assert [entry["method"] for entry in claims["amr"]] == ["password"]
    assert UUID(claims["session_id"])
    # told and signed one after the other, in whole seconds
    assert answer.session.expires_at == pytest.approx(claims["exp"], abs=60)


async def test_metadata_is_stored_as_json(member: Person, owner: Connection) -> None:
    """A handle_new_user trigger reads it with ->>."""
    kinds = "select jsonb_typeof(raw_user_meta_data) as one, jsonb_typeof(raw_app_meta_data) as two"
    row = await (await owner.execute(f"{kinds} from auth.users where id = %s", (member.id,))).fetchone()
    assert row == {"one": "object", "two": "object"}


async def test_sign_in_use_refresh_sign_out(member: Person, make_client: MakeClient) -> None:
    client = await make_client()
    signed = await client.auth.sign_in_with_password({"email": member.email.upper(), "password": PASSWORD})
    assert signed.session
    assert (await client.rpc("probe_context").execute()).data["uid"] == member.id
    fresh = await client.auth.refresh_session()
    assert fresh.session
    old, new = read_token(signed.session.access_token), read_token(fresh.session.access_token)
    assert set(new) == CLAIMS
    assert (new["session_id"], new["amr"]) == (old["session_id"], old["amr"])
    assert fresh.session.refresh_token != signed.session.refresh_token
    user = await client.auth.get_user()
    assert user
    assert (user.user.id, user.user.email) == (member.id, member.email)
    assert user.user.identities
    seen = await client.auth.get_claims()
    assert seen
    assert seen["claims"]["sub"] == member.id
    await client.auth.sign_out()
    again = await make_client()
    status, _ = await refuse(again.auth.refresh_session(fresh.session.refresh_token))
    assert status == httpx.codes.BAD_REQUEST


async def test_sign_out_ends_the_session_for_auth(member: Person, http: httpx.AsyncClient) -> None:
    bearer = {"authorization": f"Bearer {member.token}"}
    assert (await http.get("/auth/v1/user", headers=bearer)).status_code == httpx.codes.OK
    await member.client.auth.sign_out({"scope": "global"})
    gone = await http.get("/auth/v1/user", headers=bearer)
    assert (gone.status_code, gone.json()["error_code"]) == (403, "session_not_found")


async def test_people_change_themselves(member: Person) -> None:
    changed = await member.client.auth.update_user({"data": {"nick": "Bo"}, "password": NEW})
    assert changed.user.user_metadata["nick"] == "Bo"
    claims = read_token((await member.client.auth.refresh_session()).session.access_token)
    assert claims["user_metadata"]["nick"] == "Bo"
    await member.client.auth.sign_out()
    answer = await member.client.auth.sign_in_with_password({"email": member.email, "password": NEW})
    assert answer.session
    status, code = await refuse(
        member.client.auth.sign_in_with_password({"email": member.email, "password": PASSWORD})
    )
    assert (status, code) == (400, "invalid_credentials")


async def test_mistakes_answer_as_auth_does(member: Person, make_client: MakeClient) -> None:
    auth = (await make_client()).auth
    unknown = {"email": new_email(), "password": PASSWORD}
    assert await refuse(auth.sign_in_with_password(unknown)) == (400, "invalid_credentials")
    wrong = {"email": member.email, "password": "wrong"}
    assert await refuse(auth.sign_in_with_password(wrong)) == (400, "invalid_credentials")
    taken = {"email": member.email, "password": PASSWORD}
    assert await refuse(auth.sign_up(taken)) == (422, "user_already_exists")
    odd = {"email": "no address", "password": PASSWORD}
    assert await refuse(auth.sign_up(odd)) == (400, "validation_failed")
    assert (await refuse(auth.refresh_session("no-such-token")))[0] == httpx.codes.BAD_REQUEST
    with pytest.raises(AuthWeakPasswordError) as weak:
        await auth.sign_up({"email": new_email(), "password": "short"})
    assert weak.value.reasons == ["length"]


async def test_bodies_that_are_not_json(http: httpx.AsyncClient) -> None:
    for path in ("/auth/v1/signup", "/auth/v1/token?grant_type=password", "/auth/v1/verify"):
        for content in (b"{", b"[]", b"\xff\xfe", b'"text"', b"[" * 100_000):
            answer = await http.post(path, content=content)
            assert (answer.status_code, answer.json()["error_code"]) == (400, "bad_json")
    large = await http.post("/auth/v1/signup", content=b" " * (1024 * 1024 + 1))
    assert large.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
    unknown = await http.post("/auth/v1/token?grant_type=magic", json={})
    assert unknown.status_code == httpx.codes.BAD_REQUEST


async def test_a_failing_trigger_keeps_its_reason(owner: Connection, http: httpx.AsyncClient) -> None:
    await owner.execute(FAILING_TRIGGER)
    try:
        body = {"email": f"refused-{new_email()}", "password": PASSWORD}
        answer = await http.post("/auth/v1/signup", json=body)
        expected = {"code": 500, "error_code": "unexpected_failure", "msg": "Database error saving new user"}
        assert (answer.status_code, answer.json()) == (500, expected)
    finally:
        await owner.execute("drop function public.probe_refuse_sign_up cascade")


LINKS = [
    ("signup", "signup"),
    ("invite", "invite"),
    ("magiclink", "email"),
    ("recovery", "recovery"),
    ("signup", "email"),
]


@pytest.mark.parametrize(("made", "verified"), LINKS)
@pytest.mark.parametrize("how", ["hash", "code", "link"])
async def test_links(
    service: AsyncClient, make_client: MakeClient, http: httpx.AsyncClient, made: str, verified: str, how: str
) -> None:
    """An administrator's link signs in once, by its hash, its code or a click."""
    email = new_email()
    if made in ("magiclink", "recovery"):
        await service.auth.admin.create_user({"email": email, "email_confirm": True})
    attributes = {"type": made, "email": email, "options": {"data": {"nick": "Bo"}}}
    answer = await service.auth.admin.generate_link(
        attributes | ({"password": PASSWORD} if made == "signup" else {})
    )
    link = answer.properties
    assert link.verification_type == made
    if how == "link":
        address = link.action_link.replace(f"type={made}", f"type={verified}")
        followed = await http.get(address, headers={"apikey": ""})
        assert followed.status_code == httpx.codes.SEE_OTHER
        fragment = parse_qs(urlsplit(followed.headers["location"]).fragment)
        assert fragment["type"] == [verified]
        claims = read_token(fragment["access_token"][0])
        second = await http.get(address)
        assert "error_code=otp_expired" in second.headers["location"]
    else:
        by = {"token_hash": link.hashed_token} if how == "hash" else {"email": email, "token": link.email_otp}
        client = await make_client()
        session = (await client.auth.verify_otp({"type": verified, **by})).session
        assert session
        claims = read_token(session.access_token)
        assert await refuse(client.auth.verify_otp({"type": verified, **by})) == (403, "otp_expired")
    assert set(claims) == CLAIMS
    assert claims["email"] == email
    assert [entry["method"] for entry in claims["amr"]] == ["otp"]


async def test_a_banned_or_deleted_user_gets_no_token(
    service: AsyncClient, member: Person, make_client: MakeClient, http: httpx.AsyncClient, owner: Connection
) -> None:
    session = await member.client.auth.get_session()
    assert session
    link = (await service.auth.admin.generate_link({"type": "recovery", "email": member.email})).properties
    credentials = {"email": member.email, "password": PASSWORD}
    auth = (await make_client()).auth
    await service.auth.admin.update_user_by_id(member.id, {"ban_duration": "1h"})
    assert await refuse(auth.sign_in_with_password(credentials)) == (400, "user_banned")
    assert await refuse(auth.refresh_session(session.refresh_token)) == (400, "user_banned")
    followed = await http.get(link.action_link)
    assert "error_code=user_banned" in followed.headers["location"]
    await service.auth.admin.update_user_by_id(member.id, {"ban_duration": "none"})
    assert (await auth.refresh_session(session.refresh_token)).session
    await owner.execute("update auth.users set deleted_at = now() where id = %s", (member.id,))
    assert await refuse(auth.sign_in_with_password(credentials)) == (400, "invalid_credentials")
    current = (await auth.get_session()).refresh_token
    assert await refuse(auth.refresh_session(current)) == (400, "refresh_token_not_found")


async def test_redirects_stay_at_home(service: AsyncClient, http: httpx.AsyncClient) -> None:
    """A link sends its session to the project's own pages, wherever the caller wanted it."""
    attributes = {
        "type": "magiclink",
        "email": new_email(),
        "options": {"redirect_to": "https://evil.example/"},
    }
    link = (await service.auth.admin.generate_link(attributes)).properties
    followed = await http.get(link.action_link)
    assert urlsplit(followed.headers["location"]).hostname == "127.0.0.1"


@pytest.mark.parametrize("path", ["factors", "sso", "admin/nosuch", "passkeys", "", "token/nosuch"])
async def test_unknown_paths_are_json(http: httpx.AsyncClient, path: str) -> None:
    for method in ("GET", "POST"):
        answer = await http.request(method, f"/auth/v1/{path}")
        assert (answer.status_code, answer.json()["error_code"]) == (404, "not_found")


async def test_what_needs_no_key(api: RunningStack) -> None:
    async with httpx.AsyncClient(base_url=api.url, verify=False) as bare:  # noqa: S501  (no TLS here)
        assert (await bare.get("/auth/v1/.well-known/jwks.json")).json() == {"keys": []}
        assert (await bare.get("/auth/v1/health")).status_code == httpx.codes.UNAUTHORIZED
