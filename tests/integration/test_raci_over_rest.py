"""The matrix over the API, as a frontend meets it: refusals are 403, name the task and change nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from tests.conftest import RunningStack

from mentalspace.database.connection import connect

CANCELLED = {"status": "Cancelled", "cancellation_reason": "moved away"}


@dataclass
class Api:
    """The REST API as one signed-in person."""

    http: httpx.AsyncClient
    headers: dict[str, str]

    async def send(self, method: str, path: str, json: Any = None) -> httpx.Response:
        headers = {**self.headers, "Prefer": "return=representation"}
        return await self.http.request(method, f"/rest/v1/{path}", json=json, headers=headers)

    async def cancel(self, appointment: str) -> httpx.Response:
        return await self.send("PATCH", f"appointments?id=eq.{appointment}", CANCELLED)


@pytest.fixture
async def http(stack: RunningStack) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"apikey": stack.publishable_key}
    async with httpx.AsyncClient(base_url=stack.url, headers=headers, timeout=30, verify=False) as client:  # noqa: S501
        yield client


async def sign_in(http: httpx.AsyncClient, name: str) -> Api:
    answer = await http.post(
        "/auth/v1/token?grant_type=password",
        json={"email": f"{name}@mentalspace.example", "password": "synthetic-practice"},
    )
    assert answer.status_code == 200, answer.text
    return Api(http, {"Authorization": f"Bearer {answer.json()['access_token']}"})


@pytest.fixture
async def appointments(stack: RunningStack) -> AsyncIterator[dict[str, str]]:
    """Two appointments of the therapist's own client, who has a login: one theirs, one a colleague's."""
    async with connect(stack.database_url) as connection:
        cursor = await connection.execute(
            """
            with therapist as (
              select id from public.profiles where email = 'therapist@mentalspace.example'
            ), colleague as (
              select r.user_id as id from public.user_roles r, therapist
              where r.role = 'therapist' and r.user_id <> therapist.id limit 1
            ), client as (
              insert into public.clients
                (first_name, last_name, date_of_birth, primary_therapist_id, portal_user_id, portal_enabled)
              select 'Synthetic', 'Client', '1990-01-01', therapist.id, portal.id, true
              from therapist, public.profiles portal where portal.email = 'client.user@mentalspace.example'
              returning id
            )
            insert into public.appointments (client_id, provider_id, start_time, end_time)
            select client.id, provider.id, slot, slot + interval '50 minutes'
            from client, (table therapist union all table colleague) provider,
              (select timestamptz '2990-01-01 10:00Z') hour (slot)
            returning id::text, client_id,
              case when provider_id = (table therapist) then 'own' else 'colleague''s' end as whose
            """
        )
        rows = await cursor.fetchall()
        yield {row["whose"]: row["id"] for row in rows}
        await connection.execute(
            "delete from public.appointments where id = any (%s)", ([r["id"] for r in rows],)
        )
        await connection.execute("delete from public.clients where id = %s", (rows[0]["client_id"],))


async def status(api: Api, appointment: str) -> str:
    rows = (await api.send("GET", f"appointments?id=eq.{appointment}&select=status")).json()
    return str(rows[0]["status"])


async def test_a_therapist_cancels_their_own_and_no_colleagues(
    http: httpx.AsyncClient, appointments: dict[str, str]
) -> None:
    therapist = await sign_in(http, "therapist")
    refused = await therapist.cancel(appointments["colleague's"])
    assert refused.status_code == 403
    said = refused.json()
    assert said["code"] == "42501"
    assert said["details"] == "Task scheduling.cancel_appointment. You hold: therapist R,I (own)."
    assert said["hint"].startswith("Performed by: front_desk (R,A, all), therapist (R,I, own)")
    assert await status(therapist, appointments["colleague's"]) == "Scheduled"
    done = await therapist.cancel(appointments["own"])
    assert (done.status_code, done.json()[0]["status"]) == (200, "Cancelled")


async def test_the_front_desk_cancels_both(http: httpx.AsyncClient, appointments: dict[str, str]) -> None:
    front_desk = await sign_in(http, "front.desk")
    for appointment in appointments.values():
        done = await front_desk.cancel(appointment)
        assert (done.status_code, done.json()[0]["status"]) == (200, "Cancelled")


async def test_a_client_cancels_neither(http: httpx.AsyncClient, appointments: dict[str, str]) -> None:
    client = await sign_in(http, "client.user")
    for appointment in appointments.values():
        answer = await client.cancel(appointment)
        assert (answer.status_code, answer.json()) == (200, [])
        assert await status(client, appointment) == "Scheduled"


async def test_visitors_are_refused(http: httpx.AsyncClient, appointments: dict[str, str]) -> None:
    answer = await Api(http, {}).send("GET", "appointments")
    assert answer.status_code == 401
    assert (await Api(http, {}).cancel(appointments["own"])).status_code == 401


async def test_the_frontend_asks_for_the_matrix_and_its_duties(
    http: httpx.AsyncClient, stack: RunningStack
) -> None:
    therapist = await sign_in(http, "therapist")
    rows = (await therapist.send("GET", "raci_matrix?task=eq.cancel_appointment&role=eq.therapist")).json()
    assert [(row["module"], row["duties"], row["scope"], row["can_perform"]) for row in rows] == [
        ("scheduling", ["R", "I"], "own", True)
    ]
    for duty, holds in (("responsible", True), ("accountable", False)):
        asked = {"module": "scheduling", "task": "cancelAppointment", "duty": duty}
        assert (await therapist.send("POST", "rpc/has_raci_permission", asked)).json() is holds
    hook = {"module": "clinicalNotes", "task": "createNote"}
    assert (await therapist.send("POST", "rpc/get_raci_permissions", hook)).json() == {
        "is_responsible": True,
        "is_accountable": True,
        "is_consulted": False,
        "is_informed": False,
        "can_perform": True,
    }
    assert (await therapist.send("GET", "staff_directory?limit=1")).status_code == 200
    # A view over a function has nothing to insert into, whatever the grants.
    assert (await therapist.send("POST", "raci_matrix", {"module": "scheduling"})).is_error
