"""Auth's admin API: what an administrator may do to users, and that nobody else may."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import bcrypt
import httpx
import pytest
from supabase import AsyncClient
from supabase_auth.errors import AuthApiError
from tests.conftest import RunningStack
from tests.integration.gateway.conftest import (
    PASSWORD,
    MakeClient,
    Person,
    make_token,
    new_email,
)

from mentalspace.database.connection import Connection

pytestmark = pytest.mark.stack
AUDITED = """
select payload ->> 'action' as action from auth.audit_log_entries
where payload -> 'traits' ->> 'user_id' = %s
"""
NOBODY = "00000000-0000-4000-8000-000000000000"
ENDPOINTS = [
    ("GET", "/auth/v1/admin/users"),
    ("POST", "/auth/v1/admin/users"),
    ("GET", f"/auth/v1/admin/users/{NOBODY}"),
    ("PUT", f"/auth/v1/admin/users/{NOBODY}"),
    ("DELETE", f"/auth/v1/admin/users/{NOBODY}"),
    ("GET", f"/auth/v1/admin/users/{NOBODY}/factors"),
    ("POST", "/auth/v1/admin/generate_link"),
    ("POST", "/auth/v1/invite"),
]


async def refused(answer: Any) -> tuple[int, str | None]:
    with pytest.raises(AuthApiError) as caught:
        await answer
    return caught.value.status, caught.value.code


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
async def test_administrators_only(
    http: httpx.AsyncClient, api: RunningStack, method: str, path: str
) -> None:
    """The publishable key, a user's token with either key, and an anonymous token: all refused alike."""
    token = make_token(sub=str(uuid4()))
    for headers in (
        {},
        {"authorization": f"Bearer {token}"},
        {"authorization": f"Bearer {token}", "apikey": api.secret_key},
        {"authorization": f"Bearer {make_token(role='anon')}", "apikey": api.secret_key},
    ):
        answer = await http.request(method, path, headers=headers)
        assert (answer.status_code, answer.json()["error_code"]) == (403, "not_admin")


async def test_a_service_token_is_an_administrator(http: httpx.AsyncClient) -> None:
    bearer = {"authorization": f"Bearer {make_token(role='service_role')}"}
    assert (await http.get("/auth/v1/admin/users", headers=bearer)).status_code == httpx.codes.OK


async def test_created_users_can_sign_in(service: AsyncClient, make_client: MakeClient) -> None:
    email = new_email()
    answer = await service.auth.admin.create_user(
        {
            "email": email.upper(),
            "password": PASSWORD,
            "email_confirm": True,
            "user_metadata": {"nick": "Bo", "none": None},
            "app_metadata": {"practice": 7},
        }
    )
    user = answer.user
    assert (user.email, user.role, user.aud) == (email, "authenticated", "authenticated")
    assert user.email_confirmed_at
    assert user.user_metadata == {"nick": "Bo", "none": None}
    assert user.app_metadata == {"provider": "email", "providers": ["email"], "practice": 7}
    assert [identity.provider for identity in user.identities or []] == ["email"]
    signed = await (await make_client()).auth.sign_in_with_password({"email": email, "password": PASSWORD})
    assert signed.user
    assert signed.user.id == user.id


async def test_kept_hashes_and_ids(service: AsyncClient, make_client: MakeClient) -> None:
    """Users of another project move with their id and bcrypt hash."""
    email, user_id = new_email(), str(uuid4())
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    created = await service.auth.admin.create_user(
        {"id": user_id, "email": email, "password_hash": hashed, "email_confirm": True}
    )
    assert created.user.id == user_id
    signed = await (await make_client()).auth.sign_in_with_password({"email": email, "password": PASSWORD})
    assert signed.session


async def test_an_unconfirmed_user_may_not_sign_in(service: AsyncClient, make_client: MakeClient) -> None:
    email = new_email()
    await service.auth.admin.create_user({"email": email, "password": PASSWORD})
    auth = (await make_client()).auth
    credentials = {"email": email, "password": PASSWORD}
    assert await refused(auth.sign_in_with_password(credentials)) == (400, "email_not_confirmed")
    created = (await service.auth.admin.list_users(per_page=1000)) or []
    (user_id,) = [user.id for user in created if user.email == email]
    await service.auth.admin.update_user_by_id(user_id, {"email_confirm": True})
    assert (await auth.sign_in_with_password(credentials)).session


MISTAKES = [
    ({}, 400, "validation_failed"),
    ({"email": "no address"}, 400, "validation_failed"),
    ({"phone": "12ab"}, 400, "validation_failed"),
    ({"email": "a@mentalspace.example", "password": "short"}, 422, "weak_password"),
    ({"email": "a@mentalspace.example", "password": "é" * 40}, 400, "validation_failed"),
    ({"email": "a@mentalspace.example", "ban_duration": "soon"}, 400, "validation_failed"),
    ({"email": "a@mentalspace.example", "password_hash": "plain"}, 400, "validation_failed"),
    ({"email": "a@mentalspace.example", "id": "1"}, 400, "bad_json"),
    ({"email": "a@mentalspace.example", "user_metadata": []}, 400, "bad_json"),
    ({"email": 5}, 400, "bad_json"),
]


@pytest.mark.parametrize(("body", "status", "code"), MISTAKES)
async def test_mistakes_create_nobody(
    http: httpx.AsyncClient,
    api: RunningStack,
    owner: Connection,
    body: dict[str, Any],
    status: int,
    code: str,
) -> None:
    answer = await http.post("/auth/v1/admin/users", json=body, headers={"apikey": api.secret_key})
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    found = await owner.execute("select from auth.users where email = 'a@mentalspace.example'")
    assert found.rowcount == 0


async def test_addresses_are_unique(service: AsyncClient, member: Person) -> None:
    admin = service.auth.admin
    taken = {"email": member.email.upper()}
    assert await refused(admin.create_user(taken)) == (422, "email_exists")
    other = (await admin.create_user({"email": new_email(), "phone": "+1 555 0100"})).user
    assert other.phone == "15550100"
    assert await refused(admin.update_user_by_id(other.id, taken)) == (422, "email_exists")
    assert await refused(admin.create_user({"phone": "15550100"})) == (422, "phone_exists")
    await admin.delete_user(other.id)


async def test_list_pages(http: httpx.AsyncClient, api: RunningStack, service: AsyncClient) -> None:
    created = [(await service.auth.admin.create_user({"email": new_email()})).user.id for _ in range(3)]
    secret = {"apikey": api.secret_key}
    page = await http.get("/auth/v1/admin/users", params={"page": 1, "per_page": 2}, headers=secret)
    total = int(page.headers["x-total-count"])
    assert [user["id"] for user in page.json()["users"]] == created[:0:-1]
    assert 'page=2&per_page=2>; rel="next"' in page.headers["link"]
    assert f'page={-(-total // 2)}&per_page=2>; rel="last"' in page.headers["link"]
    last = await http.get("/auth/v1/admin/users", params={"page": total, "per_page": 1}, headers=secret)
    assert len(last.json()["users"]) == 1
    assert "next" not in last.headers["link"]
    beyond = await http.get("/auth/v1/admin/users", params={"page": total + 1, "per_page": 1}, headers=secret)
    assert beyond.json()["users"] == []
    for wrong in ({"page": 0}, {"per_page": -1}, {"page": "x"}):
        answer = await http.get("/auth/v1/admin/users", params=wrong, headers=secret)
        assert answer.status_code == httpx.codes.BAD_REQUEST
    assert {user.id for user in await service.auth.admin.list_users(per_page=3)} == set(created)


async def test_change(service: AsyncClient, member: Person, make_client: MakeClient) -> None:
    """What is not said stays; null removes a key of metadata; a new password ends the sessions."""
    session = await member.client.auth.get_session()
    admin, email = service.auth.admin, new_email()
    await admin.update_user_by_id(
        member.id, {"user_metadata": {"a": 1, "b": {"c": None}}, "role": "authenticated"}
    )
    changed = await admin.update_user_by_id(
        member.id, {"user_metadata": {"a": None}, "app_metadata": {"practice": 7}, "email": email}
    )
    assert changed.user.email == email
    assert {"a", "b"} & set(changed.user.user_metadata) == {"b"}
    assert changed.user.user_metadata["b"] == {"c": None}
    assert changed.user.app_metadata == {"provider": "email", "providers": ["email"], "practice": 7}
    assert [identity.identity_data["email"] for identity in changed.user.identities or []] == [email]
    auth = (await make_client()).auth
    assert session
    fresh = await auth.refresh_session(session.refresh_token)
    assert fresh.session
    await admin.update_user_by_id(member.id, {"password": "another long password"})
    assert (await refused(auth.refresh_session(fresh.session.refresh_token)))[0] == httpx.codes.BAD_REQUEST
    again = await auth.sign_in_with_password({"email": email, "password": "another long password"})
    assert again.session


async def test_delete(service: AsyncClient, member: Person, make_client: MakeClient) -> None:
    await service.auth.admin.delete_user(member.id)
    assert await refused(service.auth.admin.get_user_by_id(member.id)) == (404, "user_not_found")
    credentials = {"email": member.email, "password": PASSWORD}
    auth = (await make_client()).auth
    assert await refused(auth.sign_in_with_password(credentials)) == (400, "invalid_credentials")
    assert (await auth.sign_up(credentials)).session


async def test_soft_delete(
    service: AsyncClient, member: Person, make_client: MakeClient, owner: Connection
) -> None:
    """The row stays, the person goes; somebody may sign up under the address again."""
    await service.auth.admin.delete_user(member.id, should_soft_delete=True)
    row = await (await owner.execute("select * from auth.users where id = %s", (member.id,))).fetchone()
    assert row
    assert row["deleted_at"]
    assert (row["encrypted_password"], row["raw_user_meta_data"]) == (None, {})
    assert member.email not in repr(row)
    auth = (await make_client()).auth
    credentials = {"email": member.email, "password": PASSWORD}
    assert await refused(auth.sign_in_with_password(credentials)) == (400, "invalid_credentials")
    assert (await auth.sign_up(credentials)).session


async def test_nobody_by_that_id(service: AsyncClient, http: httpx.AsyncClient, api: RunningStack) -> None:
    admin = service.auth.admin
    for call in (
        admin.get_user_by_id(NOBODY),
        admin.update_user_by_id(NOBODY, {}),
        admin.delete_user(NOBODY),
    ):
        assert await refused(call) == (404, "user_not_found")
    answer = await http.get("/auth/v1/admin/users/1", headers={"apikey": api.secret_key})
    assert (answer.status_code, answer.json()["error_code"]) == (404, "validation_failed")


async def test_invite(service: AsyncClient, member: Person, owner: Connection) -> None:
    email = new_email()
    invited = await service.auth.admin.invite_user_by_email(email, {"data": {"nick": "Bo"}})
    assert invited.user.invited_at
    assert invited.user.user_metadata["nick"] == "Bo"
    assert not invited.user.confirmed_at
    assert await refused(service.auth.admin.invite_user_by_email(member.email)) == (422, "email_exists")
    rows = await (await owner.execute(AUDITED, (invited.user.id,))).fetchall()
    assert {row["action"] for row in rows} == {"user_signedup", "user_invited"}


async def test_links_need_a_sensible_request(service: AsyncClient, member: Person) -> None:
    admin = service.auth.admin
    cases: list[tuple[dict[str, Any], int, str]] = [
        ({"type": "nosuch", "email": member.email}, 400, "validation_failed"),
        ({"type": "recovery", "email": new_email()}, 404, "user_not_found"),
        ({"type": "signup", "email": new_email()}, 400, "validation_failed"),
        ({"type": "signup", "email": member.email, "password": PASSWORD}, 422, "email_exists"),
        ({"type": "invite", "email": "no address"}, 400, "validation_failed"),
        ({"type": "email_change_current", "email": member.email, "new_email": ""}, 400, "validation_failed"),
    ]
    for attributes, status, code in cases:
        assert await refused(admin.generate_link(attributes)) == (status, code), attributes


async def test_change_of_address_by_link(
    service: AsyncClient, member: Person, make_client: MakeClient
) -> None:
    new = new_email()
    attributes = {"type": "email_change_current", "email": member.email, "new_email": new}
    link = (await service.auth.admin.generate_link(attributes)).properties
    auth = (await make_client()).auth
    changed = await auth.verify_otp({"type": "email_change", "token_hash": link.hashed_token})
    assert changed.user
    assert changed.user.email == new
