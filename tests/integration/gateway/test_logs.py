"""Logs of the stack hold kinds, codes and paths: no value of a row, no token, no key."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest
from supabase import AsyncClient
from tests.conftest import RunningStack
from tests.integration.gateway.conftest import PASSWORD, Person, make_token

from mentalspace.database.connection import Connection

pytestmark = pytest.mark.stack


async def test_values_stay_out_of_the_logs(
    api: RunningStack, http: httpx.AsyncClient, person: Person, service: AsyncClient, owner: Connection
) -> None:
    """Every way a value could slip into a log, then a look at all of them."""
    marker = f"marker{uuid4().hex}"
    bearer = {"authorization": f"Bearer {person.token}"}
    row = {"title": "a", "code": marker}
    for body in (row, row, {"title": marker * 3}, {"title": "a", "pages": marker}, {"title": "a", marker: 1}):
        await http.post("/rest/v1/probe_books", json=body, headers=bearer)
    await http.get(f"/rest/v1/probe_books?code=eq.{marker}&apikey={marker}")
    await http.get(f"/rest/v1/probe_nosuch?id=eq.{marker}", headers=bearer)
    for path in ("signup", "token?grant_type=password", "recover", "verify"):
        credentials = {"email": f"{marker}@mentalspace.example", "password": PASSWORD, "type": marker}
        await http.post(f"/auth/v1/{path}", json=credentials)
    await service.auth.admin.create_user({"email": f"b{marker}@mentalspace.example"})
    forged = make_token(f"{marker} and some more letters", role="service_role")
    await http.get("/rest/v1/probe_books", headers={"authorization": f"Bearer {forged}"})
    logs = {path.name: path.read_text(errors="replace") for path in api.folder.glob("*.log")}
    assert {"gateway.log", "rest.log"} <= set(logs)
    secrets = (marker, person.token, api.secret_key, api.jwt_secret, forged)
    assert [name for name, text in logs.items() if any(secret in text for secret in secrets)] == []
    assert "23505" in logs["rest.log"]
