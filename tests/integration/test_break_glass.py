"""Emergency access through REST, as a frontend calls it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from tests.conftest import RunningStack
from tests.integration.rest import sign_in

from mentalspace.database.connection import connect

USES = "select id from governance.emergency_accesses where client_id = %s"
KEY = "emergency:governance.emergency_accesses:"
FORGET = (
    f"delete from governance.events where row_key in (select id::text from ({USES}) use)",
    f"delete from public.system_alerts where alert_key in (select '{KEY}' || id from ({USES}) use)",
    "delete from governance.emergency_accesses where client_id = %s",
    "delete from public.phi_access_logs where patient_id = %s",
    "delete from public.clients where id = %s",
)


@pytest.fixture
async def foreign_client(stack: RunningStack) -> AsyncIterator[str]:
    """A client in nobody's caseload; what was written about them is forgotten."""
    async with connect(stack.database_url) as connection:
        cursor = await connection.execute(
            "insert into public.clients (first_name, last_name, date_of_birth) "
            "values ('Synthetic', 'Client', '1990-01-01') returning id::text"
        )
        row = await cursor.fetchone()
        assert row
        yield row["id"]
        for statement in FORGET:
            await connection.execute(statement.encode(), (row["id"],))


async def test_a_chart_opens_and_closes_over_rest(http: httpx.AsyncClient, foreign_client: str) -> None:
    therapist = await sign_in(http, "therapist")
    chart = f"clients?id=eq.{foreign_client}&select=id"
    call = {"reason": "Caller at risk, nobody else is there", "client_id": foreign_client}
    assert (await therapist.send("GET", chart)).json() == []
    assert (await therapist.send("POST", "rpc/break_glass", {**call, "reason": "no"})).status_code == 422
    opened = await therapist.send("POST", "rpc/break_glass", call)
    assert opened.status_code == 200, opened.text
    assert set(opened.json()) == {"id", "expires_at"}
    assert (await therapist.send("GET", chart)).json() == [{"id": foreign_client}]
    assert (await therapist.send("POST", "rpc/break_glass", call)).status_code == 409
    for name in ("front.desk", "client.user", "billing.staff"):
        person = await sign_in(http, name)
        assert (await person.send("POST", "rpc/break_glass", call)).status_code == 403, name
    access = {"id": opened.json()["id"]}
    assert (await therapist.send("POST", "rpc/end_emergency_access", access)).json() is True
    assert (await therapist.send("GET", chart)).json() == []
    administrator = await sign_in(http, "administrator")
    listed = (await administrator.send("POST", "rpc/list_emergency_accesses", {})).json()
    assert access["id"] in [each["id"] for each in listed]
    review = {**access, "outcome": "justified"}
    assert (await therapist.send("POST", "rpc/review_emergency_access", review)).status_code == 403
    assert (await administrator.send("POST", "rpc/review_emergency_access", review)).is_success
