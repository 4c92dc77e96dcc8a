"""What the matrices of notes, billing, portal and telehealth promise, said plainly; refusals first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.database.raci.practice import Practice, open_practice
from tests.people import acting_as, refused

from mentalspace.database.connection import Connection

NOW = "2026-11-03T00:00:00+00:00"
SHARED = "select storage_path from public.shared_documents"
PORTAL_INSERTS = {
    "client_portal_messages": "(client_id, sender_id, subject, body) values (%s, %s, 'Some', 'words')",
    "appointment_requests": "(client_id, created_by, requested_start_time) values (%s, %s, now())",
    "telehealth_consents": "(client_id, created_by, document_version) values (%s, %s, '1')",
}


@pytest.fixture
async def practice(connection: Connection) -> Practice:
    return await open_practice(connection)


async def fetch(practice: Practice, person: str | None, statement: str, *values: Any) -> list[dict[str, Any]]:
    """Rows that this person gets; rolled back."""
    async with acting_as(practice.connection, practice.people[person] if person else None) as session:
        return await (await session.execute(statement.encode(), values)).fetchall()


async def refuse(practice: Practice, person: str, statement: str, *values: Any) -> str:
    """What this person is told: the database refuses."""
    async with acting_as(practice.connection, practice.people[person]) as session, refused(session) as caught:
        await session.execute(statement.encode(), values)
    return str(caught.value)


async def add_note(practice: Practice, provider: str, **values: Any) -> UUID:
    row: UUID = await practice.insert(
        "clinical_notes",
        client_id=practice.clients["of_therapist"],
        provider_id=practice.people[provider],
        title="A note",
        note_type="progress_note",
        **values,
    )
    return row


async def add_charge(practice: Practice, **values: Any) -> UUID:
    await practice.connection.execute(
        "insert into public.service_codes (code, description) values ('90834', 'x') on conflict do nothing"
    )
    row: UUID = await practice.insert(
        "charge_entries",
        client_id=practice.clients["of_therapist"],
        provider_id=practice.people["therapist"],
        service_date="2026-11-02",
        cpt_code="90834",
        charge_amount=100,
        **values,
    )
    return row


@pytest.mark.parametrize("table", PORTAL_INSERTS)
async def test_a_client_writes_into_no_other_clients_chart(practice: Practice, table: str) -> None:
    statement = f"insert into public.{table} {PORTAL_INSERTS[table]} returning id"
    client = practice.people["client_user"]
    await practice.add_person("neighbour", "client_user")
    await practice.add_client("of_neighbour", therapist="colleague", portal="neighbour")
    for other in ("of_colleague", "of_neighbour"):
        said = await refuse(practice, "client_user", statement, practice.clients[other], client)
        assert "is not permitted to you on this row" in said, other
    assert len(await fetch(practice, "client_user", statement, practice.clients["of_therapist"], client)) == 1


@pytest.mark.parametrize("table", PORTAL_INSERTS)
async def test_a_client_writes_into_no_chart_that_is_switched_off(practice: Practice, table: str) -> None:
    """Also if they have another one that is not."""
    off = await practice.add_client("switched off", portal="client_user")
    await practice.connection.execute(
        "update public.clients set portal_enabled = false where id = %s", (off,)
    )
    statement = f"insert into public.{table} {PORTAL_INSERTS[table]}"
    said = await refuse(practice, "client_user", statement, off, practice.people["client_user"])
    assert "is not permitted to you on this row" in said


async def test_a_function_of_the_owners_is_judged_too(practice: Practice) -> None:
    """Where no policy is in the way, a client still changes nobody else's profile."""
    await practice.connection.execute(
        "create function public.rename(uuid) returns void language sql security definer set search_path = '' "
        "begin atomic update public.profiles set first_name = 'Other' where id = $1; end; "
        "grant execute on function public.rename(uuid) to authenticated"
    )
    rename = "select public.rename(%s)"
    assert len(await fetch(practice, "client_user", rename, practice.people["client_user"])) == 1
    said = await refuse(practice, "client_user", rename, practice.people["therapist"])
    assert "edit_own_profile is not permitted to you" in said


async def test_who_is_also_a_client_supervises_all_the_same(practice: Practice) -> None:
    await practice.add_person("both", "supervisor", "client_user")
    await practice.add_client("of_both", therapist="therapist", portal="both")
    await practice.supervise("both", "therapist")
    profiles = {row["id"] for row in await fetch(practice, "both", "select id from public.profiles")}
    assert profiles == {practice.people["both"], practice.people["therapist"]}


async def test_nobody_writes_a_message_in_anothers_name(practice: Practice) -> None:
    statement = f"insert into public.client_portal_messages {PORTAL_INSERTS['client_portal_messages']}"
    own, therapist = practice.clients["of_therapist"], practice.people["therapist"]
    rows = await fetch(practice, "client_user", f"{statement} returning sender_id", own, therapist)
    assert rows == [{"sender_id": practice.people["client_user"]}]


async def test_psychotherapy_notes_are_their_authors_alone(practice: Practice) -> None:
    """The client's own therapist, the author's supervisor, administrators and the client included."""
    await practice.insert(
        "psychotherapy_notes",
        client_id=practice.clients["of_therapist"],
        author_id=practice.people["colleague"],
    )
    for person in practice.people:
        seen = await fetch(practice, person, "select id from public.psychotherapy_notes")
        assert len(seen) == (1 if person == "colleague" else 0), person


async def test_nobody_unlocks_their_own_note(practice: Practice) -> None:
    note = await add_note(practice, "supervisor", status="locked", signed_by=practice.people["supervisor"])
    theirs = await add_note(practice, "colleague", status="locked", signed_by=practice.people["colleague"])
    for one, author in ((note, "supervisor"), (theirs, "colleague")):
        await practice.insert(
            "unlock_requests",
            note_id=one,
            client_id=practice.clients["of_therapist"],
            requested_by=practice.people[author],
            reason="Wrong date",
            status="Approved",
            decided_by=practice.people["second_administrator"],
        )
    statement = (
        "update public.clinical_notes set status = 'draft', signed_by = null where id = %s returning id"
    )
    assert "clinical_notes.unlock_note" in await refuse(practice, "supervisor", statement, note)
    assert len(await fetch(practice, "supervisor", statement, theirs)) == 1


async def test_a_cosignature_is_by_who_gave_it(practice: Practice) -> None:
    await practice.supervise("second_administrator", "supervisor")
    await practice.connection.execute(
        "insert into public.user_roles (user_id, role) values (%s, 'supervisor'), (%s, 'supervisor')",
        (practice.people["second_administrator"], practice.people["colleague"]),
    )
    await practice.insert(
        "note_cosignatures",
        note_id=await add_note(practice, "colleague", status="signed"),
        client_id=practice.clients["of_therapist"],
        supervisee_id=practice.people["colleague"],
        supervisor_id=practice.people["supervisor"],
    )
    statement = "update public.note_cosignatures set status = 'Cosigned' returning supervisor_id"
    assert "clinical_notes.cosign_note" in await refuse(practice, "colleague", statement)
    by = await fetch(practice, "second_administrator", statement)
    assert by == [{"supervisor_id": practice.people["second_administrator"]}]


async def test_who_asks_for_a_write_off_does_not_approve_it(practice: Practice) -> None:
    await practice.connection.execute(
        "insert into public.user_roles (user_id, role) values (%s, 'administrator')",
        (practice.people["billing_staff"],),
    )
    asked = {"write_off_amount": 10, "write_off_requested_by": practice.people["billing_staff"]}
    await add_charge(practice, status="Billed", **asked)
    statement = "update public.charge_entries set status = 'Written Off' returning write_off_approved_by"
    assert "billing.approve_write_off" in await refuse(practice, "billing_staff", statement)
    both = "update public.charge_entries set status = 'Written Off', write_off_amount = 20"
    assert "billing.approve_write_off" in await refuse(practice, "billing_staff", both)
    approved = await fetch(practice, "administrator", statement)
    assert approved == [{"write_off_approved_by": practice.people["administrator"]}]


async def test_nothing_is_written_off_that_nobody_asked_for(practice: Practice) -> None:
    await add_charge(practice, status="Billed")
    async with acting_as(practice.connection, practice.people["administrator"]) as session:
        with pytest.raises(psycopg.errors.CheckViolation, match="write_off_requested"):
            await session.execute("update public.charge_entries set status = 'Written Off'")


async def test_billing_makes_no_billed_charge_vanish(practice: Practice) -> None:
    """Neither by a void nor by an adjustment, both of which the administrator may."""
    await add_charge(practice, status="Billed")
    void = "update public.charge_entries set status = 'Void' returning id"
    assert "billing.void_billed_charge" in await refuse(practice, "billing_staff", void)
    assert len(await fetch(practice, "administrator", void)) == 1
    adjust = (
        "insert into public.payment_records (client_id, payer_type, payment_method, amount) "
        "values (%s, 'Client', 'Adjustment', 100) returning posted_by"
    )
    client = practice.clients["of_therapist"]
    assert "payment_method" in await refuse(practice, "billing_staff", adjust, client)
    assert len(await fetch(practice, "administrator", adjust, client)) == 1


async def test_billing_makes_no_denied_charge_cheaper_by_hand(practice: Practice) -> None:
    """A write-off that nobody approved: denied, lowered to nothing, settled."""
    await add_charge(practice, status="Denied")
    lower = "update public.charge_entries set charge_amount = 0, status = 'Paid'"
    said = await refuse(practice, "billing_staff", lower)
    assert "lowered while what was done stays the same" in said
    await practice.insert("service_codes", code="90832", description="30 minutes")
    rework = "update public.charge_entries set charge_amount = 70, cpt_code = '90832' returning id"
    assert len(await fetch(practice, "billing_staff", rework)) == 1
    raised = "update public.charge_entries set charge_amount = 120 returning id"
    assert len(await fetch(practice, "billing_staff", raised)) == 1


async def test_at_the_desk_money_comes_in(practice: Practice) -> None:
    """A negative payment in cash is a hand in the till."""
    take = (
        "insert into public.payment_records (client_id, payer_type, payment_method, amount) "
        f"values ('{practice.clients['of_therapist']}', 'Client', %s, %s) returning id"
    )
    assert len(await fetch(practice, "front_desk", take, "Cash", 20)) == 1
    assert "payment_records.amount" in await refuse(practice, "front_desk", take, "Cash", -20)
    await practice.connection.execute(
        "insert into public.user_roles (user_id, role) values (%s, 'front_desk')",
        (practice.people["administrator"],),
    )
    assert "payment_records.amount" in await refuse(practice, "administrator", take, "Card", -20)
    assert len(await fetch(practice, "second_administrator", take, "Adjustment", -20)) == 1
    assert len(await fetch(practice, "billing_staff", take, "Card", -20)) == 1


async def test_verifying_a_consent_does_not_withdraw_it(practice: Practice) -> None:
    """The front desk may do both; only what it does is written."""
    consent = await practice.insert(
        "telehealth_consents",
        client_id=practice.clients["of_therapist"],
        created_by=practice.people["client_user"],
        document_version="1",
    )
    verify = (
        "update public.telehealth_consents set verified_at = now() where id = %s "
        "returning verified_by, revoked_at"
    )
    (row,) = await fetch(practice, "front_desk", verify, consent)
    assert row == {"verified_by": practice.people["front_desk"], "revoked_at": None}


async def test_clients_see_what_is_shared_and_nothing_else(practice: Practice) -> None:
    await add_documents(practice)
    assert await fetch(practice, "client_user", "select id from public.client_documents") == []
    for person in practice.people:
        expected = {
            "client_user": [{"storage_path": "of_therapist/shared"}],
            "neighbour": [{"storage_path": "of_neighbour/shared"}],
        }
        assert await fetch(practice, person, SHARED) == expected.get(person, []), person


async def add_documents(practice: Practice) -> None:
    """One that is shared, one that is kept and one that is deleted, of clients with and without a login."""
    await practice.add_person("neighbour", "client_user")
    await practice.add_client("of_neighbour", therapist="colleague", portal="neighbour")
    await practice.add_client("of_staff", therapist="colleague", portal="front_desk")
    for client in practice.clients:
        for title, state in (("shared", {}), ("kept", {"is_shared": False}), ("gone", {"deleted_at": NOW})):
            where = {"client_id": practice.clients[client], "storage_path": f"{client}/{title}"}
            await practice.insert("client_documents", title=title, **where, **{"is_shared": True, **state})


@pytest.mark.parametrize(
    "change",
    [
        "update public.clients set portal_enabled = false where portal_user_id = %s",
        "update public.clients set deleted_at = now() where portal_user_id = %s",
        "update public.clients set portal_user_id = null where portal_user_id = %s",
        "update public.profiles set is_active = false where id = %s",
        "delete from public.user_roles where user_id = %s",
    ],
)
async def test_who_is_no_client_any_more_sees_nothing(practice: Practice, change: str) -> None:
    await add_documents(practice)
    await practice.add_appointment("of_therapist", "therapist")
    visits = "select id from public.appointments"
    assert await fetch(practice, "client_user", visits)
    await practice.connection.execute(change.encode(), (practice.people["client_user"],))
    for seen in (SHARED, visits, "select id from public.profiles", "select code from public.service_codes"):
        assert await fetch(practice, "client_user", seen) == [], seen


async def test_who_supervises_reads_nothing_of_others_in_their_own_chart(practice: Practice) -> None:
    """A supervisee treats their supervisor, which is no supervision of the rest of the chart."""
    chart = await practice.add_client("of_supervisor", therapist="colleague", portal="supervisor")
    for provider in ("therapist", "colleague"):
        await practice.add_appointment(chart, provider)
    visits = "select provider_id from public.appointments where client_id = %s"
    seen = await fetch(practice, "supervisor", visits, chart)
    assert seen == [{"provider_id": practice.people["colleague"]}]


@pytest.mark.parametrize(
    ("person", "module", "task", "expected"),
    [
        ("therapist", "clinicalNotes", "createNote", "RA"),
        ("therapist", "clinical_notes", "create_note", "RA"),
        ("supervisor", "clinicalNotes", "createNote", "I"),
        ("supervisor", "scheduling", "cancelAppointment", "C"),
        ("front_desk", "clinicalNotes", "createNote", ""),
        ("administrator", "billing", "approve_write_off", "RA"),
        ("therapist", "clinicalNotes", "noSuchTask", ""),
        ("therapist", "billing", "createNote", ""),
        (None, "clinicalNotes", "createNote", ""),
        ("therapist", None, None, ""),
    ],
)
async def test_the_frontends_hook_gets_all_duties_at_once(
    practice: Practice, person: str | None, module: str | None, task: str | None, expected: str
) -> None:
    (answer,) = await fetch(
        practice, person, "select * from public.get_raci_permissions(%s, %s)", module, task
    )
    assert answer == {
        "is_responsible": "R" in expected,
        "is_accountable": "A" in expected,
        "is_consulted": "C" in expected,
        "is_informed": "I" in expected,
        "can_perform": "R" in expected or "A" in expected,
    }


async def test_what_a_client_writes_is_limited(practice: Practice) -> None:
    """One request of 50 MB goes through the feed to everybody who listens."""
    client, me = practice.clients["of_therapist"], practice.people["client_user"]
    assigned = await practice.insert(
        "assessment_assignments",
        client_id=client,
        assigned_by=practice.people["therapist"],
        assessment_name="A questionnaire",
        status="In Progress",
    )
    for table, statement in {
        "appointment_requests": "insert into public.appointment_requests "
        f"(client_id, requested_start_time, reason) values ('{client}', now(), repeat('x', %s)) returning id",
        "telehealth_consents": "insert into public.telehealth_consents (client_id, document_version) "
        f"values ('{client}', repeat('x', %s)) returning id",
        "profiles": "update public.profiles set phone_number = repeat('1', %s) "
        f"where id = '{me}' returning id",
        "assessment_assignments": "update public.assessment_assignments "
        f"set responses = jsonb_build_object('a', repeat('x', %s)) where id = '{assigned}' returning id",
    }.items():
        assert len(await fetch(practice, "client_user", statement, 50)) == 1, table
        async with (
            acting_as(practice.connection, me) as session,
            refused(session, psycopg.errors.CheckViolation) as caught,
        ):
            await session.execute(statement.encode(), (1_000_000,))
        assert caught.value.diag.constraint_name == f"{table}_size_check"
