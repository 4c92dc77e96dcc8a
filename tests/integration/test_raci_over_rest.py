"""The matrix over the API, as a frontend meets it: refusals are 403, name the task and change nothing."""

from __future__ import annotations

import httpx
from tests.conftest import ROOT
from tests.integration.rest import Api, sign_in


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
    for page in ("README.md", "docs/raci.md"):
        shown = (ROOT / page).read_text(encoding="utf-8")
        assert [text for text in said.values() if text not in shown] == [], page
    assert await status(therapist, appointments["colleague's"]) == "Scheduled"
    done = await therapist.cancel(appointments["own"])
    assert (done.status_code, done.json()[0]["status"]) == (200, "Cancelled")
    assert done.json()[0]["cancelled_by"]


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
    answer = await Api(http).send("GET", "appointments")
    assert answer.status_code == 401
    assert (await Api(http).cancel(appointments["own"])).status_code == 401


async def test_the_frontend_asks_for_the_matrix_and_its_duties(
    http: httpx.AsyncClient,
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
