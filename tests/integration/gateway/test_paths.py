"""What lies beside REST and Auth on the one port, and what every answer has in common."""

from __future__ import annotations

import httpx
import pytest
from tests.conftest import RunningStack
from tests.integration.gateway.conftest import Person

from mentalspace.devstack.gateway.keys import ApiKeys
from mentalspace.settings import LOCAL_JWT_SECRET

pytestmark = pytest.mark.stack
BROWSER = {"origin": "https://app.example"}


@pytest.mark.parametrize(
    "path",
    [
        *("/rest/v1/probe_shelves", "/rest/v1/nosuch", "/auth/v1/user", "/auth/v1/nosuch"),
        *("/auth/v1/admin/users", "/functions/v1/nosuch", "/storage/v1/bucket", "/health", "/nosuch"),
        *("/realtime/v1/api/broadcast", "/graphql/v1"),
    ],
)
async def test_browsers_may_ask_and_read(http: httpx.AsyncClient, path: str) -> None:
    """A preflight needs no key; errors can be read too."""
    wanted = "apikey, x-client-info"
    asked = {"access-control-request-method": "POST", "access-control-request-headers": wanted}
    preflight = await http.options(path, headers={**BROWSER, **asked, "apikey": ""})
    assert preflight.status_code == httpx.codes.NO_CONTENT
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert preflight.headers["access-control-allow-headers"] == wanted
    assert "PATCH" in preflight.headers["access-control-allow-methods"]
    for headers in (BROWSER, {**BROWSER, "apikey": ""}):
        answer = await http.get(path, headers=headers)
        assert answer.headers.get_list("access-control-allow-origin") == ["*"]
        assert "Content-Range" in answer.headers["access-control-expose-headers"]


async def test_health(http: httpx.AsyncClient) -> None:
    answer = await http.get("/health", headers={"apikey": ""})
    checks = answer.json()["checks"]
    assert set(checks) == {"database", "auth", "rest", "realtime"}
    assert (answer.status_code, answer.json()["status"]) == (200, "healthy")
    for part in ("db", "database", "auth", "rest", "realtime"):
        assert (await http.get(f"/health/{part}")).json()["status"] == "healthy"
    assert (await http.get("/health/nosuch")).status_code == httpx.codes.NOT_FOUND


async def test_what_is_absent_says_so(http: httpx.AsyncClient) -> None:
    storage = await http.get("/storage/v1/bucket")
    assert storage.headers["content-type"] == "application/problem+json"
    assert (storage.status_code, storage.json()["status"]) == (501, 501)
    function = await http.post("/functions/v1/nosuch", json={})
    assert (function.status_code, function.json()["code"]) == (404, "NOT_FOUND")
    for path in ("/graphql/v1", "/", "/nosuch"):
        answer = await http.post(path)
        assert (answer.status_code, answer.json()) == (404, {"error": "requested path is invalid"})


async def test_legacy_keys(http: httpx.AsyncClient, api: RunningStack, person: Person) -> None:
    """The JWT keys of older projects open the same doors, alone and as clients send them."""
    keys = ApiKeys(api.publishable_key, api.secret_key, LOCAL_JWT_SECRET)
    for role in ("anon", "service_role"):
        key = keys.legacy(role)
        for headers in ({"apikey": key}, {"apikey": key, "authorization": f"Bearer {key}"}):
            seen = (await http.get("/rest/v1/rpc/probe_context", headers=headers)).json()
            assert (seen["user"], seen["uid"]) == (role, None)
        as_person = {"apikey": key, "authorization": f"Bearer {person.token}"}
        seen = (await http.get("/rest/v1/rpc/probe_context", headers=as_person)).json()
        assert (seen["user"], seen["uid"]) == ("authenticated", person.id)
    secret = {"apikey": keys.legacy("service_role")}
    assert (await http.get("/auth/v1/admin/users", headers=secret)).status_code == httpx.codes.OK


async def test_queries_arrive_as_sent(http: httpx.AsyncClient, api: RunningStack) -> None:
    """Percent-encoding, commas and plus signs survive the way."""
    secret = {"apikey": api.secret_key, "prefer": "return=representation"}
    name = "a+b & c/d, 100% (é)"
    await http.post("/rest/v1/probe_shelves", json={"name": name}, headers=secret)
    found = await http.get("/rest/v1/probe_shelves", params={"name": f"eq.{name}", "select": "name"})
    assert found.json() == [{"name": name}]
    removed = await http.delete("/rest/v1/probe_shelves", params={"name": f"eq.{name}"}, headers=secret)
    assert [row["name"] for row in removed.json()] == [name]


async def test_a_large_body_passes(http: httpx.AsyncClient, person: Person) -> None:
    bearer = {"authorization": f"Bearer {person.token}", "prefer": "return=representation"}
    extra = {"text": "x" * 3_000_000}
    answer = await http.post("/rest/v1/probe_books", json={"title": "large", "extra": extra}, headers=bearer)
    assert answer.json()[0]["extra"] == extra
