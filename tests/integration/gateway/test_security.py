"""What must never work: no role but the API's, no forged token, no grant nobody wrote, no way round RLS."""

from __future__ import annotations

from time import time
from uuid import uuid4

import httpx
import jwt
import psycopg
import pytest
from tests.conftest import RunningStack
from tests.integration.gateway.conftest import MakeClient, Person, make_token, role_url

from mentalspace.database.connection import Connection, connect

pytestmark = pytest.mark.stack
GRANTS = """
select n.nspname, c.relname, c.relacl::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
order by 1, 2
"""
DEFAULTS = "select defaclrole, defaclobjtype, defaclacl::text as acl from pg_default_acl order by 1, 2, 3"
ELSEWHERE = "a-secret-of-somebody-else-that-is-long-enough"


@pytest.mark.parametrize(
    "role",
    ["postgres", "supabase_admin", "supabase_auth_admin", "authenticator", "pg_read_all_data", "nosuch", 7],
)
async def test_a_token_cannot_name_another_role(http: httpx.AsyncClient, role: object) -> None:
    bearer = {"authorization": f"Bearer {make_token(role=role)}"}
    for path in ("/rest/v1/probe_closed", "/rest/v1/rpc/probe_context"):
        answer = await http.get(path, headers=bearer)
        assert (answer.status_code, answer.json()["code"]) == (403, "42501")


@pytest.mark.parametrize("role", [None, "", ["service_role"], {"a": "service_role"}])
async def test_an_odd_role_is_no_more_than_a_visitor(http: httpx.AsyncClient, role: object) -> None:
    bearer = {"authorization": f"Bearer {make_token(role=role)}"}
    answer = await http.get("/rest/v1/rpc/probe_context", headers=bearer)
    assert answer.status_code == httpx.codes.FORBIDDEN or answer.json()["user"] == "anon"


FORGED = {
    "signed by somebody else": make_token(ELSEWHERE, role="service_role"),
    "not signed": jwt.encode({"role": "service_role"}, None, algorithm="none"),
    "signature cut off": make_token(role="service_role").rpartition(".")[0] + ".",
    "signature of another token": make_token(role="service_role").rpartition(".")[0]
    + "."
    + make_token(role="anon").rpartition(".")[2],
    "expired": make_token(role="service_role", exp=int(time()) - 60),
    "not yet issued": make_token(role="service_role", iat=int(time()) + 3600),
    "two parts": "a.b",
    "one part": "service_role",
    "signed with another algorithm": jwt.encode({"role": "service_role"}, ELSEWHERE * 2, algorithm="HS512"),
}


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED)
async def test_a_forged_token_is_refused(http: httpx.AsyncClient, token: str) -> None:
    """Refused, not served as a visitor: on every path, and as an API key."""
    bearer = {"authorization": f"Bearer {token}"}
    for path in ("/rest/v1/probe_shelves", "/rest/v1/rpc/probe_context", "/auth/v1/user"):
        assert (await http.get(path, headers=bearer)).status_code in (401, 403), path
    for path in ("/auth/v1/admin/users", "/auth/v1/admin/users/00000000-0000-4000-8000-000000000000"):
        assert (await http.get(path, headers=bearer)).status_code in (401, 403), path
    for path in ("/rest/v1/probe_shelves", "/auth/v1/settings", "/realtime/v1/api/broadcast"):
        assert (await http.get(path, headers={"apikey": token})).status_code == httpx.codes.UNAUTHORIZED


async def test_a_key_is_needed(api: RunningStack, person: Person) -> None:
    paths = ("/rest/v1/probe_shelves", "/auth/v1/user", "/auth/v1/admin/users", "/realtime/v1/api/broadcast")
    bearers = ("", person.token, api.publishable_key, api.secret_key)
    async with httpx.AsyncClient(base_url=api.url, verify=False) as bare:  # noqa: S501  (no TLS here)
        for path in paths:
            for bearer in bearers:
                headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
                answer = await bare.get(path, headers=headers)
                assert answer.status_code == httpx.codes.UNAUTHORIZED
                assert answer.json()["message"] == "No API key found in request"
        for wrong in ("sb_secret_wrong", "sb_publishable_", "null", person.token):
            answer = await bare.get("/rest/v1/probe_shelves", headers={"apikey": wrong})
            assert (answer.status_code, answer.json()["message"]) == (401, "Invalid API key")
        by_parameter = await bare.get("/rest/v1/probe_shelves", params={"apikey": api.publishable_key})
        assert by_parameter.status_code == httpx.codes.OK


async def test_the_secret_key_is_no_user(http: httpx.AsyncClient, api: RunningStack) -> None:
    """Neither as a user's token, nor beside the publishable key, nor from a browser."""
    secret = {"apikey": api.secret_key}
    for headers in (secret, {**secret, "authorization": f"Bearer {api.secret_key}"}):
        for method, path in (("GET", "/auth/v1/user"), ("PUT", "/auth/v1/user"), ("POST", "/auth/v1/logout")):
            answer = await http.request(method, path, headers=headers, json={} if method != "GET" else None)
            assert answer.status_code in (401, 403), path
    mixed = await http.get("/rest/v1/probe_closed", headers={"authorization": f"Bearer {api.secret_key}"})
    assert mixed.status_code == httpx.codes.UNAUTHORIZED
    browser = await http.get("/rest/v1/probe_books", headers={**secret, "user-agent": "Mozilla/5.0 (X11)"})
    assert browser.json() == {"message": "Forbidden use of secret API key in browser"}


async def test_rest_connects_without_rights(http: httpx.AsyncClient, api: RunningStack) -> None:
    """A request whose role were never set could do nothing: the session's own role may read no table."""
    seen = (await http.get("/rest/v1/rpc/probe_context")).json()
    assert (seen["session_user"], seen["is_superuser"]) == ("authenticator", False)
    async with connect(role_url(api.database_url, "authenticator")) as unset:
        for table in ("public.probe_closed", "public.probe_shelves", "auth.users"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await unset.execute(f"select from {table}".encode())


async def test_nothing_is_granted_on_the_way(
    http: httpx.AsyncClient, api: RunningStack, owner: Connection, person: Person
) -> None:
    """lite would grant every table to every API role at its first request."""
    await owner.execute("revoke select on public.probe_shelves from anon")
    try:
        before = await (await owner.execute(GRANTS)).fetchall()
        defaults = await (await owner.execute(DEFAULTS)).fetchall()
        for headers in ({}, {"apikey": api.secret_key}, {"authorization": f"Bearer {person.token}"}):
            closed = await http.get("/rest/v1/probe_closed", headers=headers)
            assert closed.json()["code"] == "42501", headers
        assert (await http.get("/rest/v1/probe_shelves")).status_code == httpx.codes.UNAUTHORIZED
        assert await (await owner.execute(GRANTS)).fetchall() == before
        assert await (await owner.execute(DEFAULTS)).fetchall() == defaults
    finally:
        await owner.execute("grant select on public.probe_shelves to anon")


async def test_rows_of_others_do_not_exist(
    make_client: MakeClient, person: Person, http: httpx.AsyncClient
) -> None:
    own = (await person.client.table("probe_books").insert({"title": "mine"}).execute()).data[0]
    token = make_token(sub=str(uuid4()))
    other = (await make_client(Authorization=f"Bearer {token}")).table("probe_books")
    assert (await other.select("*").execute()).data == []
    assert (await other.update({"title": "theirs"}).eq("id", own["id"]).execute()).data == []
    assert (await other.delete().eq("id", own["id"]).execute()).data == []
    bearer = {"authorization": f"Bearer {token}"}
    stolen = await http.post(
        "/rest/v1/probe_books", json={"title": "x", "owner_id": person.id}, headers=bearer
    )
    assert (stolen.status_code, stolen.json()["code"]) == (403, "42501")
    kept = await person.client.table("probe_books").select("title").execute()
    assert kept.data == [{"title": "mine"}]


async def test_rls_enabled_later_holds_at_once(owner: Connection, http: httpx.AsyncClient) -> None:
    await owner.execute("alter table public.probe_closed disable row level security")
    await owner.execute("grant select on public.probe_closed to anon")
    try:
        assert len((await http.get("/rest/v1/probe_closed")).json()) == 1
        await owner.execute("alter table public.probe_closed enable row level security")
        assert (await http.get("/rest/v1/probe_closed")).json() == []
    finally:
        await owner.execute("alter table public.probe_closed enable row level security")
        await owner.execute("revoke select on public.probe_closed from anon")


async def test_one_request_does_not_colour_the_next(http: httpx.AsyncClient, api: RunningStack) -> None:
    """Connections are reused: role, claims and settings end with their request, after a refusal too."""
    secret = {"apikey": api.secret_key, "x-client-info": "one"}
    for _ in range(12):
        mine = (await http.get("/rest/v1/rpc/probe_context", headers=secret)).json()
        assert (mine["user"], mine["statement_timeout"]) == ("service_role", "8s")
        await http.post("/rest/v1/rpc/probe_raise", json={"code": "P0001"}, headers=secret)
        seen = (await http.get("/rest/v1/rpc/probe_context")).json()
        assert (seen["user"], seen["jwt"], seen["client"]) == ("anon", {"role": "anon"}, None)


async def test_what_lite_serves_beside_is_out_of_reach(http: httpx.AsyncClient, api: RunningStack) -> None:
    for path in (
        "/_system/config",
        "/_system/info",
        "/_system/introspect",
        "/ready",
        "/",
        "/rest/v2/probe_closed",
    ):
        answer = await http.get(path, headers={"apikey": api.secret_key})
        assert (answer.status_code, answer.json()) == (404, {"error": "requested path is invalid"})
    for path in ("/auth/v1/../../_system/config", "/rest/v1/..%2f..%2f_system/config"):
        assert "jwt_secret" not in (await http.get(path, headers={"apikey": api.secret_key})).text
