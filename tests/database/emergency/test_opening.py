"""Who opens which chart, and what stays closed."""

from __future__ import annotations

from uuid import uuid4

import pytest
from tests.database.emergency.glass import BREAK, LIST, NOTES, REASON, change, open_chart, refuse
from tests.database.raci.asking import fetch
from tests.database.raci.practice import Practice
from tests.people import acting_as, refused

pytestmark = pytest.mark.asyncio(loop_scope="module")


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
    signed = await practice.add_note("of_therapist", "therapist", status="signed")
    locked = await practice.add_note("of_therapist", "therapist", status="locked")
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


async def test_no_chart_of_ones_own_and_none_that_is_not_there(practice: Practice) -> None:
    await practice.add_client("myself", therapist="colleague", portal="therapist")
    said = await refuse(practice, "therapist", BREAK, REASON, practice.clients["myself"])
    assert (said.sqlstate, said.message_primary) == ("42501", "nobody opens their own chart")
    for client in (uuid4(), None):
        assert (await refuse(practice, "therapist", BREAK, REASON, client)).sqlstate == "PT404"
