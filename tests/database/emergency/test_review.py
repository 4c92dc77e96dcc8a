"""Every use is told, alerted, and reviewed by somebody else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from tests.database.emergency.glass import (
    LIST,
    NOTES,
    REASON,
    REVIEW,
    change,
    expire,
    keep,
    open_chart,
    refuse,
)
from tests.database.raci.asking import fetch
from tests.database.raci.practice import Practice

from mentalspace.administration.emergency import (
    Outcome,
    end_access,
    find_accesses,
    find_overdue,
    review_access,
)
from mentalspace.administration.jobs import JOBS, MESSAGE, PATH
from mentalspace.alerts.ladder import climb_alerts, find_alerts
from mentalspace.errors import InputError, RefusedError
from mentalspace.jobs.job import JobContext
from mentalspace.settings import load_settings

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_review_is_by_somebody_else_afterwards_and_once(practice: Practice) -> None:
    access = await open_chart(practice)
    assert (await refuse(practice, "officer", REVIEW, access, "justified")).sqlstate == "PT409", "not over"
    await expire(practice)
    for person in ("therapist", "colleague", "supervisor", "front_desk", "client_user", "no_role"):
        said = await refuse(practice, person, REVIEW, access, "justified")
        assert "review_emergency_access is not permitted" in str(said.message_primary), person
    await change(
        practice,
        "insert into public.user_roles (user_id, role) values (%s, 'administrator')",
        practice.people["therapist"],
    )
    said = await refuse(practice, "therapist", REVIEW, access, "justified")
    assert "for themselves" in str(said.message_primary)
    forged = "select governance.review_emergency_access(%s, %s, 'justified')"
    assert (
        await refuse(practice, "therapist", forged, access, practice.people["officer"])
    ).sqlstate == "42501"
    assert (await refuse(practice, "officer", REVIEW, access, "fine")).sqlstate == "PT422"
    assert (await refuse(practice, "officer", REVIEW, uuid4(), "justified")).sqlstate == "PT404"
    await keep(practice, "officer", REVIEW, access, "justified")
    (row,) = await fetch(practice, "guard", LIST)
    assert (row["outcome"], row["reviewed_by"]) == ("justified", practice.people["officer"])
    assert (await refuse(practice, "guard", REVIEW, access, "not_justified")).sqlstate == "PT409"


async def test_what_was_not_justified_is_an_incident(practice: Practice) -> None:
    access = await open_chart(practice)
    await expire(practice)
    await keep(practice, "administrator", REVIEW, access, "not_justified")
    cursor = await practice.connection.execute(
        "select type, severity, affected_users, reported_by from public.security_incidents"
    )
    assert await cursor.fetchall() == [
        {
            "type": "unauthorized_access",
            "severity": "high",
            "affected_users": [practice.people["therapist"]],
            "reported_by": practice.people["administrator"],
        }
    ]


async def test_reasons_are_for_reviewers_and_whoever_gave_them(practice: Practice) -> None:
    await open_chart(practice)
    for person in ("therapist", "officer", "guard", "administrator"):
        assert [row["reason"] for row in await fetch(practice, person, LIST)] == [REASON], person
    for person in ("colleague", "supervisor", "front_desk", "client_user", "no_role", "trainee"):
        assert await fetch(practice, person, LIST) == [], person


async def watch(practice: Practice) -> tuple[int, dict[str, Any]]:
    """A run of the job: how many findings, and its figures."""
    (job,) = JOBS
    context = JobContext(load_settings(), practice.connection, uuid4(), datetime.now(UTC), 1)
    outcome = await job.run(context)
    return len(outcome.findings), dict(outcome.data)


async def test_every_use_is_logged_and_alerted_without_its_reason(practice: Practice) -> None:
    access = await open_chart(practice)
    connection = practice.connection
    cursor = await connection.execute("select user_id, patient_id, resource_id from public.phi_access_logs")
    assert await cursor.fetchall() == [
        {
            "user_id": practice.people["therapist"],
            "patient_id": practice.clients["of_colleague"],
            "resource_id": access,
        }
    ]
    (alert,) = await find_alerts(connection)
    assert (alert.metric, alert.message, alert.path) == ("emergency_access", MESSAGE, PATH)
    assert await climb_alerts(connection) == 1
    cursor = await connection.execute("select recipient_user_ids from public.notification_logs")
    assert await cursor.fetchall() == [{"recipient_user_ids": [practice.people["guard"]]}], "told once"
    for table in (
        "public.system_alerts",
        "public.notification_logs",
        "public.phi_access_logs",
        "governance.events",
    ):
        cursor = await connection.execute(
            f"select from {table} as t where to_jsonb(t)::text like %s".encode(), (f"%{REASON}%",)
        )
        assert await cursor.fetchall() == [], table


async def test_the_alert_stays_until_the_review_and_grows_when_that_is_late(practice: Practice) -> None:
    access = await open_chart(practice)
    connection = practice.connection
    assert await watch(practice) == (0, {"to_review": 1, "overdue": 0})
    assert len(await find_alerts(connection)) == 1
    await change(
        practice,
        "update governance.emergency_accesses set began_at = began_at - interval '73 hours', "
        "expires_at = expires_at - interval '73 hours'",
    )
    (finding,) = find_overdue(await find_accesses(connection))
    assert (finding.owner, str(access) in finding.key) == ("privacy_officer", True)
    assert await watch(practice) == (1, {"to_review": 1, "overdue": 1})
    assert [alert.severity for alert in await find_alerts(connection)] == ["critical", "high"]
    await keep(practice, "officer", REVIEW, access, "justified")
    assert await watch(practice) == (0, {"to_review": 0, "overdue": 0})
    assert await find_alerts(connection) == []


async def test_from_the_command_line_the_same_people_review(practice: Practice) -> None:
    access = await open_chart(practice)
    connection = practice.connection
    cursor = await connection.execute("select id, email from public.profiles")
    emails = {row["id"]: row["email"] for row in await cursor.fetchall()}
    (listed,) = await find_accesses(connection)
    assert (listed.state, listed.reason) == ("open", None), "no reason unless it is asked for"
    await end_access(connection, access)
    assert await fetch(practice, "therapist", NOTES) == []
    with pytest.raises(InputError):
        await end_access(connection, access)
    for person in ("therapist", "front_desk"):
        with pytest.raises(RefusedError):
            await review_access(connection, access, emails[practice.people[person]], Outcome.justified)
    await review_access(connection, access, emails[practice.people["officer"]], Outcome.justified)
    assert await find_accesses(connection) == []
    (reviewed,) = await find_accesses(connection, every=True, reasons=True)
    assert (reviewed.state, reviewed.reason) == ("justified", REASON)
