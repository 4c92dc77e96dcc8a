"""What the matrices of notes, billing, portal and telehealth promise, said plainly; refusals first."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
import pytest
from tests.database.raci.asking import fetch, refuse
from tests.database.raci.practice import Practice
from tests.people import acting_as

pytestmark = pytest.mark.asyncio(loop_scope="module")


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
    note = await practice.add_note(
        "of_therapist", "supervisor", status="locked", signed_by=practice.people["supervisor"]
    )
    theirs = await practice.add_note(
        "of_therapist", "colleague", status="locked", signed_by=practice.people["colleague"]
    )
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
        note_id=await practice.add_note("of_therapist", "colleague", status="signed"),
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
