"""Emergency access: who opens what, for how long, what stays closed, who ends it and who reviews it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.database.raci.practice import Practice, open_practice
from tests.people import acting_as, refused

from mentalspace.administration.emergency import (
    Outcome,
    end_access,
    find_accesses,
    find_overdue,
    review_access,
)
from mentalspace.administration.jobs import JOBS, MESSAGE, PATH
from mentalspace.alerts.ladder import climb_alerts, find_alerts
from mentalspace.database.connection import Connection
from mentalspace.errors import InputError, RefusedError
from mentalspace.jobs.job import JobContext
from mentalspace.settings import load_settings

REASON = "Caller at risk, nobody else is there"
BREAK = "select * from public.break_glass(%s, %s)"
END = "select public.end_emergency_access(%s) as ended"
REVIEW = "select public.review_emergency_access(%s, %s)"
LIST = "select * from public.list_emergency_accesses()"
NOTES = "select id from public.clinical_notes"


@pytest.fixture
async def practice(connection: Connection) -> Practice:
    """The small practice, with notes of the colleague and whoever answers for security and privacy."""
    practice = await open_practice(connection)
    await practice.add_person("trainee", "associate_trainee")
    await practice.add_person("no_role")
    for name, position in (("guard", "security_administrator"), ("officer", "privacy_officer")):
        await practice.add_person(name, "front_desk")
        await connection.execute(
            "insert into governance.position_holders (position, user_id) values (%s, %s)",
            (position, practice.people[name]),
        )
    await practice.add_client("neighbour", therapist="colleague")
    for client in ("of_colleague", "neighbour"):
        await add_note(practice, client)
        await practice.add_appointment(client, "colleague")
    return practice


async def add_note(practice: Practice, client: str, **values: Any) -> UUID:
    row: UUID = await practice.insert(
        "clinical_notes",
        client_id=practice.clients[client],
        provider_id=practice.people["colleague"],
        title="A note",
        note_type="progress_note",
        **values,
    )
    return row


async def keep(practice: Practice, person: str, statement: str, *values: Any) -> list[dict[str, Any]]:
    """Run a statement as this person over the API's role, and let it stay."""
    connection = practice.connection
    async with connection.transaction():
        await connection.execute(
            "select set_config('request.jwt.claims', %s, true), set_config('role', 'authenticated', true)",
            (f'{{"sub": "{practice.people[person]}"}}',),
        )
        return await (await connection.execute(statement.encode(), values)).fetchall()


async def fetch(practice: Practice, person: str, statement: str, *values: Any) -> list[dict[str, Any]]:
    """Rows that this person gets; rolled back."""
    async with acting_as(practice.connection, practice.people[person]) as session:
        return await (await session.execute(statement.encode(), values)).fetchall()


async def refuse(practice: Practice, person: str, statement: str, *values: Any) -> psycopg.errors.Diagnostic:
    """What this person is told: the database refuses."""
    async with (
        acting_as(practice.connection, practice.people[person]) as session,
        refused(session, psycopg.Error) as caught,
    ):
        await session.execute(statement.encode(), values)
    return caught.value.diag


async def open_chart(practice: Practice, person: str = "therapist", client: str = "of_colleague") -> UUID:
    (opened,) = await keep(practice, person, BREAK, REASON, practice.clients[client])
    assert opened["expires_at"] > datetime.now(UTC)
    row: UUID = opened["id"]
    return row


async def change(practice: Practice, statement: str, *values: Any) -> None:
    """As the system."""
    await practice.connection.execute(statement.encode(), values)


async def expire(practice: Practice) -> None:
    await change(
        practice,
        "update governance.emergency_accesses set began_at = began_at - interval '2 hours', "
        "expires_at = expires_at - interval '2 hours'",
    )


async def test_only_clinicians_break_the_glass(practice: Practice) -> None:
    client = practice.clients["of_colleague"]
    for person in (
        "front_desk",
        "administrator",
        "billing_staff",
        "client_user",
        "trainee",
        "no_role",
        "guard",
    ):
        said = await refuse(practice, person, BREAK, REASON, client)
        assert said.sqlstate == "42501", person
        assert "administration.break_glass is not permitted to you" in str(said.message_primary)
    async with acting_as(practice.connection, None, role="anon") as session, refused(session):
        await session.execute(BREAK.encode(), (REASON, client))
    async with acting_as(practice.connection, None, claims={"sub": "nobody"}) as session, refused(session):
        await session.execute(BREAK.encode(), (REASON, client))
    await change(
        practice, "update public.profiles set is_active = false where id = %s", practice.people["colleague"]
    )
    assert (await refuse(practice, "colleague", BREAK, REASON, client)).sqlstate == "42501"
    for person in ("therapist", "supervisor"):
        assert len(await fetch(practice, person, BREAK, REASON, client)) == 1, person


@pytest.mark.parametrize("reason", [None, "", "too short", " " * 40, "x" * 501])
async def test_a_reason_is_said(practice: Practice, reason: str | None) -> None:
    said = await refuse(practice, "therapist", BREAK, reason, practice.clients["of_colleague"])
    assert (said.sqlstate, said.message_primary) == ("PT422", "say why, in 10 to 500 characters")


async def test_one_clients_chart_opens_and_no_other(practice: Practice) -> None:
    assert await fetch(practice, "therapist", NOTES) == []
    await open_chart(practice)
    client = practice.clients["of_colleague"]
    for table in ("clinical_notes", "appointments"):
        rows = await fetch(practice, "therapist", f"select client_id from public.{table}")
        assert rows == [{"client_id": client}], table
    seen = {row["id"] for row in await fetch(practice, "therapist", "select id from public.clients")}
    assert seen == {client, practice.clients["of_therapist"]}
    assert await fetch(practice, "second_administrator", NOTES) == [], "to nobody else"
    assert await fetch(practice, "trainee", NOTES) == []


async def test_duty_does_not_widen(practice: Practice) -> None:
    """What a colleague signs, edits, cancels stays theirs; what a caseload allows is allowed here."""
    await open_chart(practice)
    client = practice.clients["of_colleague"]
    for statement, task in (
        (f"update public.clinical_notes set title = 'X' where client_id = '{client}'", "edit_note"),
        (f"update public.clinical_notes set status = 'signed' where client_id = '{client}'", "sign_note"),
        (
            f"update public.appointments set status = 'Cancelled' where client_id = '{client}'",
            "cancel_appointment",
        ),
        (
            f"update public.clients set insurance_member_id = 'X' where id = '{client}'",
            "update_client_insurance",
        ),
    ):
        assert f"{task} is not permitted" in str(
            (await refuse(practice, "therapist", statement)).message_primary
        )
    for table in ("payment_records", "client_statements", "insurance_claims"):
        assert await fetch(practice, "therapist", f"select id from public.{table}") == []
    contact = f"update public.clients set preferred_name = 'X' where id = '{client}' returning id"
    assert len(await fetch(practice, "therapist", contact)) == 1
    note = (
        "insert into public.clinical_notes (client_id, provider_id, title, note_type) "
        f"values ('{client}', '{practice.people['therapist']}', 'Crisis', 'contact_note') returning id"
    )
    assert len(await fetch(practice, "therapist", note)) == 1
    assert "create_note" in str(
        (
            await refuse(practice, "therapist", note.replace(str(client), str(practice.clients["neighbour"])))
        ).message_primary
    )


async def test_nothing_is_decided_that_outlasts_it(practice: Practice) -> None:
    """A supervisor who opens a foreign chart decides about no colleague's work on it."""
    client, me = practice.clients["of_therapist"], practice.people["therapist"]
    who = {"provider_id": me, "title": "A note", "note_type": "progress_note", "client_id": client}
    signed = await practice.insert("clinical_notes", **who, status="signed")
    locked = await practice.insert("clinical_notes", **who, status="locked")
    people = {"supervisee_id": me, "supervisor_id": practice.people["administrator"]}
    await practice.insert("note_cosignatures", note_id=signed, client_id=client, **people)
    asked = {"requested_by": me, "reason": "A reason"}
    await practice.insert("unlock_requests", note_id=locked, client_id=client, **asked)
    await practice.insert(
        "unlock_requests",
        note_id=locked,
        client_id=client,
        **asked,
        status="Approved",
        decided_by=people["supervisor_id"],
    )
    await open_chart(practice, "supervisor", "of_therapist")
    assert len(await fetch(practice, "supervisor", NOTES + " where client_id = %s", client)) == 2
    for task, statement in {
        "cosign_note": "update public.note_cosignatures set status = 'Cosigned'",
        "decide_unlock": "update public.unlock_requests set status = 'Denied' where status = 'Pending'",
        "lock_note": f"update public.clinical_notes set status = 'locked' where id = '{signed}'",
        "unlock_note": f"update public.clinical_notes set status = 'draft' where id = '{locked}'",
    }.items():
        said = await refuse(practice, "supervisor", statement)
        assert f"clinical_notes.{task} is not permitted" in str(said.message_primary), task
    closed = await practice.connection.execute(
        "select unnest(stay_closed) as task from governance.emergency_access_rules"
    )
    tasks = {row["task"] for row in await closed.fetchall()}
    known = await practice.connection.execute("select module || '.' || task as task from public.raci_matrix")
    assert tasks < {row["task"] for row in await known.fetchall()}


@pytest.mark.parametrize("other_role", ["", "front_desk"])
async def test_a_supervisor_keeps_no_client_by_a_supervisee(practice: Practice, other_role: str) -> None:
    if other_role:
        await practice.connection.execute(
            "insert into public.user_roles (user_id, role) values (%s, %s)",
            (practice.people["supervisor"], other_role),
        )
    await open_chart(practice, "supervisor", "of_therapist")
    assign = "update public.clients set primary_therapist_id = %s where id = %s returning id"
    said = await refuse(
        practice, "supervisor", assign, practice.people["colleague"], practice.clients["of_therapist"]
    )
    assert "assign_therapist" in f"{said.message_primary} {said.message_detail}"
    own = practice.clients["of_colleague"]
    assert len(await fetch(practice, "supervisor", assign, practice.people["therapist"], own)) == 1
    again = (practice.people["colleague"], practice.clients["of_therapist"])
    assert len(await fetch(practice, "front_desk", assign, *again)) == 1


async def test_psychotherapy_notes_stay_closed(practice: Practice) -> None:
    client = practice.clients["of_colleague"]
    await practice.insert("psychotherapy_notes", client_id=client, author_id=practice.people["colleague"])
    await open_chart(practice)
    assert await fetch(practice, "therapist", "select id from public.psychotherapy_notes") == []
    said = await refuse(
        practice, "therapist", "insert into public.psychotherapy_notes (client_id) values (%s)", client
    )
    assert "do not treat" in str(said.message_primary)


async def test_it_ends_when_its_time_is_over_and_nobody_prolongs_it(practice: Practice) -> None:
    await open_chart(practice)
    client = practice.clients["of_colleague"]
    assert (await refuse(practice, "therapist", BREAK, REASON, client)).sqlstate == "PT409"
    (row,) = await fetch(
        practice, "therapist", "select expires_at - began_at as lasts from public.list_emergency_accesses()"
    )
    assert round(row["lasts"].total_seconds()) == 3600
    await expire(practice)
    assert await fetch(practice, "therapist", NOTES) == []
    assert await fetch(practice, "therapist", "select id from public.clients where id = %s", client) == []


async def test_nobody_writes_the_books_of_it(practice: Practice) -> None:
    """Neither forged nor prolonged by hand: callers reach no table of it, and no inner function."""
    access = await open_chart(practice)
    forged = (
        "insert into governance.emergency_accesses (user_id, client_id, reason, expires_at) "
        f"values (gen_random_uuid(), '{practice.clients['neighbour']}', 'a long reason', '2999-01-01')"
    )
    for person in ("therapist", "administrator", "officer"):
        for statement in (
            forged,
            "update governance.emergency_accesses set expires_at = '2999-01-01'",
            "delete from governance.emergency_accesses",
            "update governance.emergency_access_rules set lasts = '8 hours'",
            "select governance.emergency_clients('clients', 'select')",
            "delete from public.phi_access_logs",
        ):
            assert (await refuse(practice, person, statement)).sqlstate == "42501", statement
    for table in ("emergency_accesses", "emergency_access_rules"):
        async with acting_as(practice.connection, None, role="service_role") as session, refused(session):
            await session.execute(f"select from governance.{table}".encode())
    assert [row["id"] for row in await fetch(practice, "therapist", LIST)] == [access]


async def test_how_often_is_limited(practice: Practice) -> None:
    for name in ("first", "second", "third"):
        await practice.add_client(name, therapist="colleague")
        await open_chart(practice, client=name)
    client = practice.clients["of_colleague"]
    assert (await refuse(practice, "therapist", BREAK, REASON, client)).sqlstate == "PT429"
    assert len(await fetch(practice, "supervisor", BREAK, REASON, client)) == 1, "per person"
    await change(
        practice, "update governance.emergency_accesses set began_at = began_at - interval '25 hours'"
    )
    assert len(await fetch(practice, "therapist", BREAK, REASON, client)) == 1


async def test_no_chart_of_ones_own_and_none_that_is_not_there(practice: Practice) -> None:
    await practice.add_client("myself", therapist="colleague", portal="therapist")
    said = await refuse(practice, "therapist", BREAK, REASON, practice.clients["myself"])
    assert (said.sqlstate, said.message_primary) == ("42501", "nobody opens their own chart")
    for client in (uuid4(), None):
        assert (await refuse(practice, "therapist", BREAK, REASON, client)).sqlstate == "PT404"


@pytest.mark.parametrize("ended_by", ["therapist", "guard", "officer", "administrator"])
async def test_it_is_ended_at_once(practice: Practice, ended_by: str) -> None:
    access = await open_chart(practice)
    for person in ("front_desk", "colleague", "supervisor", "client_user", "no_role"):
        assert await keep(practice, person, END, access) == [{"ended": False}], person
    assert len(await fetch(practice, "therapist", NOTES)) == 1
    assert await keep(practice, ended_by, END, access) == [{"ended": True}]
    assert await fetch(practice, "therapist", NOTES) == []
    assert await keep(practice, ended_by, END, access) == [{"ended": False}]
    (row,) = await fetch(practice, "officer", LIST)
    assert row["is_open"] is False


@pytest.mark.parametrize(
    ("taken", "given_back"),
    [
        (
            "delete from public.user_roles where user_id = %s",
            "insert into public.user_roles (user_id, role) values (%s, 'therapist')",
        ),
        (
            "update public.profiles set is_active = false where id = %s",
            "update public.profiles set is_active = true where id = %s",
        ),
    ],
)
async def test_it_does_not_survive_the_role(practice: Practice, taken: str, given_back: str) -> None:
    await open_chart(practice)
    await change(practice, taken, practice.people["therapist"])
    assert await fetch(practice, "therapist", NOTES) == []
    await change(practice, given_back, practice.people["therapist"])
    assert await fetch(practice, "therapist", NOTES) == [], "given back, it is over all the same"


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
