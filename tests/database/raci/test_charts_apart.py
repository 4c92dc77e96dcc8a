"""Attacks on charts: a row pointed at another's note, one person who is both."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.database.raci.asking import fetch, keep, refuse
from tests.database.raci.practice import Practice
from tests.people import refused

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASTRAY = "not of the same chart"
NO_CONSENT = "no consent to recording that is in force"
UNLOCK = "update public.clinical_notes set status = 'draft', signed_by = null where id = %s returning id"
# Every reference that a caller can write, as whoever may write the row itself.
POINTED = (
    ("therapist", "update public.clinical_notes set appointment_id = {visit} where id = {note}"),
    ("therapist", "update public.charge_entries set appointment_id = {visit} where id = {charge}"),
    ("therapist", "update public.charge_entries set note_id = {other_note} where id = {charge}"),
    (
        "billing_staff",
        "update public.charge_entries set status = 'Billed', claim_id = {claim} where id = {charge}",
    ),
    (
        "billing_staff",
        (
            "insert into public.payment_records (client_id, payer_type, payment_method, amount, claim_id) "
            "values ({client}, 'Client', 'Card', 1, {claim})"
        ),
    ),
    (
        "front_desk",
        (
            "update public.appointment_requests set status = 'Approved', appointment_id = {visit} "
            "where id = {request}"
        ),
    ),
    (
        "front_desk",
        (
            "insert into public.telehealth_sessions (client_id, provider_id, appointment_id) "
            "values ({client}, {therapist}, {visit})"
        ),
    ),
    (
        "front_desk",
        (
            "insert into public.reminder_logs (client_id, channel, scheduled_for, appointment_id) "
            "values ({client}, 'email', now(), {visit})"
        ),
    ),
    (
        "client_user",
        (
            "insert into public.client_portal_messages (client_id, subject, body, in_reply_to_id) "
            "values ({client}, 'A', 'word', {message})"
        ),
    ),
)


async def test_a_cosignature_and_an_unlock_request_name_ones_own_note_of_the_same_client(
    practice: Practice,
) -> None:
    await practice.supervise("supervisor", "therapist")
    mine = await practice.add_note("of_therapist", "therapist", status="locked")
    theirs = await practice.add_note("of_colleague", "colleague", status="locked")
    insert = {
        "note_cosignatures": "(note_id, client_id, supervisee_id, supervisor_id) values (%s, %s, %s, %s)",
        "unlock_requests": "(note_id, client_id, requested_by, reason) values (%s, %s, %s, %s::text)",
    }
    me, supervisor = practice.people["therapist"], practice.people["supervisor"]
    for table, values in insert.items():
        statement = f"insert into public.{table} {values} returning id"
        for note, client in (
            (theirs, "of_therapist"),
            (mine, "of_colleague"),
            (theirs, "of_colleague"),
            (uuid4(), "of_therapist"),
        ):
            said = await refuse(
                practice, "therapist", statement, note, practice.clients[client], me, supervisor
            )
            assert ASTRAY in said or "not permitted to you" in said, f"{table}: {said}"
        own = practice.clients["of_therapist"]
        assert len(await fetch(practice, "therapist", statement, mine, own, me, supervisor)) == 1


async def test_a_cosignature_is_of_ones_supervisor_and_of_what_is_signed(practice: Practice) -> None:
    """A supervisor of ones own choosing cannot read the note; a draft is rewritten afterwards."""
    note, me = await practice.add_note("of_colleague", "colleague"), practice.people["colleague"]
    await practice.add_person("obliging", "supervisor")
    ask = (
        "insert into public.note_cosignatures (note_id, client_id, supervisee_id, supervisor_id) "
        f"values ('{note}', '{practice.clients['of_colleague']}', '{me}', %s)"
    )
    for other in ("obliging", "client_user", "therapist"):
        said = await refuse(practice, "colleague", ask, practice.people[other])
        assert "names nobody who supervises you" in said, other
    assert await keep(practice, "colleague", ask, practice.people["supervisor"]) == 1
    decide = "update public.note_cosignatures set status = 'Cosigned' returning id"
    assert "not signed by its author" in await refuse(practice, "supervisor", decide)
    assert await keep(practice, "colleague", "update public.clinical_notes set status = 'signed'") == 1
    assert len(await fetch(practice, "supervisor", decide)) == 1


async def test_nobody_points_what_they_write_at_another_chart(practice: Practice) -> None:
    rows = {**await add_own_rows(practice), **await add_others_rows(practice)}
    named = {name: f"'{row}'" for name, row in rows.items()}
    for person, statement in POINTED:
        assert ASTRAY in await refuse(practice, person, statement.format(**named)), statement
    own_visit = await practice.add_appointment("of_therapist", "therapist")
    _, right = POINTED[0]
    assert await keep(practice, "therapist", right.format(**{**named, "visit": f"'{own_visit}'"})) == 1


async def add_own_rows(practice: Practice) -> dict[str, UUID]:
    """What points somewhere: of the therapist and their client."""
    client, therapist = practice.clients["of_therapist"], practice.people["therapist"]
    await practice.insert("service_codes", code="90834", description="45 minutes")
    price = {"service_date": "2026-11-02", "cpt_code": "90834", "charge_amount": 100}
    wish = {"client_id": client, "requested_start_time": "2026-12-01"}
    return {
        "client": client,
        "therapist": therapist,
        "note": await practice.add_note("of_therapist", "therapist"),
        "charge": await practice.insert("charge_entries", client_id=client, provider_id=therapist, **price),
        "request": await practice.insert("appointment_requests", **wish),
    }


async def add_others_rows(practice: Practice) -> dict[str, UUID]:
    """What is pointed at: of the colleague and their client."""
    client, colleague = practice.clients["of_colleague"], practice.people["colleague"]
    claim = {"claim_number": "1", "payer_name": "A payer", "total_amount": 1}
    words = {"sender_id": colleague, "subject": "A", "body": "word"}
    return {
        "visit": await practice.add_appointment("of_colleague", "colleague"),
        "other_note": await practice.add_note("of_colleague", "colleague"),
        "claim": await practice.insert("insurance_claims", client_id=client, **claim),
        "message": await practice.insert("client_portal_messages", client_id=client, **words),
    }


async def test_naming_oneself_opens_nobodys_chart(practice: Practice) -> None:
    """A clinician begins rows about their caseload, their appointments, and who wrote to them."""
    me, client = practice.people["therapist"], practice.clients["of_colleague"]
    attacks = {
        "clinical_notes": "(client_id, provider_id, title, note_type) values (%s, %s, 'A', 'contact_note')",
        "appointments": "(client_id, provider_id, start_time, end_time) "
        "values (%s, %s, '2026-12-01 10:00Z', '2026-12-01 11:00Z')",
        "charge_entries": "(client_id, provider_id, service_date, cpt_code, charge_amount) "
        "values (%s, %s, '2026-11-02', '90834', 1)",
        "client_portal_messages": "(client_id, sender_id, subject, body) values (%s, %s, 'A', 'word')",
        "psychotherapy_notes": "(client_id, author_id) values (%s, %s)",
    }
    for table, values in attacks.items():
        said = await refuse(practice, "therapist", f"insert into public.{table} {values}", client, me)
        assert "is not permitted to you" in said or "do not treat" in said, table
    await practice.add_appointment("of_colleague", "therapist")
    note = f"insert into public.clinical_notes {attacks['clinical_notes']} returning id"
    assert len(await fetch(practice, "therapist", note, client, me)) == 1


async def test_nothing_is_recorded_without_a_consent_in_force(practice: Practice) -> None:
    client, me = practice.clients["of_therapist"], practice.people["therapist"]
    visit = await practice.add_appointment("of_therapist", "therapist")
    session = await practice.insert(
        "telehealth_sessions", client_id=client, provider_id=me, appointment_id=visit
    )
    record = (
        "insert into public.session_recordings "
        "(session_id, client_id, provider_id, consent_id, storage_path) "
        f"values ('{session}', '{client}', '{me}', %s, 'a/path') returning id"
    )
    wrong: list[dict[str, Any]] = [
        {"consent_type": "Telehealth"},
        {"expires_at": "2026-01-01", "consented_at": "2025-01-01"},
        {"revoked_at": "2026-01-01", "consented_at": "2025-01-01"},
        {"client_id": practice.clients["of_colleague"]},
    ]
    given = {"client_id": client, "consent_type": "Recording", "document_version": "1"}
    for values in wrong:
        consent = await practice.insert("telehealth_consents", **{**given, **values})
        said = await refuse(practice, "therapist", record, consent)
        assert NO_CONSENT in said or ASTRAY in said, values
        async with refused(practice.connection) as caught:
            await practice.connection.execute(record.encode(), (consent,))
        assert "telehealth.give_consent" in str(caught.value.diag.message_hint), "the system neither"
    consent = await practice.insert("telehealth_consents", **given)
    assert await keep(practice, "therapist", record, consent) == 1
    assert (
        await keep(
            practice,
            "client_user",
            f"update public.telehealth_consents set revoked_at = now() where id = '{consent}'",
        )
        == 1
    )
    assert NO_CONSENT in await refuse(practice, "therapist", record.replace("a/path", "b/path"), consent)


async def test_a_note_is_unlocked_on_an_approval_and_once(practice: Practice) -> None:
    note = await practice.add_note("of_colleague", "colleague", status="locked")
    other = await practice.add_note("of_colleague", "colleague", status="locked")
    assert "no approved request" in await refuse(practice, "supervisor", UNLOCK, note)
    ask = "insert into public.unlock_requests (note_id, client_id, reason) values (%s, %s, 'A reason')"
    await keep(practice, "colleague", ask, note, practice.clients["of_colleague"])
    assert "no approved request" in await refuse(practice, "supervisor", UNLOCK, note), (
        "asked is not approved"
    )
    decide = "update public.unlock_requests set status = 'Approved'"
    assert "decide_unlock" in await refuse(practice, "colleague", decide)
    assert await keep(practice, "supervisor", decide) == 1
    assert "no approved request" in await refuse(practice, "supervisor", UNLOCK, other), "of another note"
    forged = (
        UNLOCK.replace("signed_by = null", "signed_by = %s, locked_at = '2020-01-01'")
        + ", signed_by, locked_at"
    )
    client = practice.people["client_user"]
    unlocked = await fetch(practice, "supervisor", forged, client, note)
    assert unlocked == [{"id": note, "signed_by": None, "locked_at": None}], "nor in another's name"
    assert await keep(practice, "supervisor", UNLOCK, note) == 1
    await practice.connection.execute(
        "update public.clinical_notes set status = 'locked' where id = %s", (note,)
    )
    assert "no approved request" in await refuse(practice, "supervisor", UNLOCK, note), "used up"
    async with refused(practice.connection):
        await practice.connection.execute(UNLOCK.encode(), (note,))
    again = "update public.unlock_requests set used_at = null"
    assert "no task covers" in await refuse(practice, "supervisor", again)


async def test_who_is_both_reaches_each_as_what_they_are(practice: Practice) -> None:
    """A therapist who is a colleague's client: what a therapist does, they do not do to their own chart."""
    await practice.add_client("therapist_as_client", therapist="colleague", portal="therapist")
    own = practice.clients["therapist_as_client"]
    note = await practice.add_note("therapist_as_client", "colleague")
    await practice.add_appointment("therapist_as_client", "colleague")
    seen = "select id from public.clinical_notes"
    visits = f"select id from public.appointments where client_id = '{own}'"
    contact = f"update public.clients set preferred_name = 'X' where id = '{own}' returning id"
    for table in ("clients", "clinical_notes", "appointments"):
        rows = await fetch(practice, "therapist", f"select id from public.{table}")
        assert own not in [row["id"] for row in rows], table
    await practice.connection.execute(
        "insert into public.user_roles (user_id, role) values (%s, 'client_user'), (%s, 'front_desk')",
        (practice.people["therapist"], practice.people["therapist"]),
    )
    assert note not in [row["id"] for row in await fetch(practice, "therapist", seen)], (
        "clients read no notes"
    )
    assert len(await fetch(practice, "therapist", visits)) == 1
    said = await refuse(practice, "therapist", contact)
    assert "update_client_contact is not permitted to you" in said, "not as front desk either"
    assert len(await fetch(practice, "front_desk", contact)) == 1
    ask = (
        "insert into public.appointment_requests (client_id, requested_start_time) "
        f"values ('{own}', now()) returning id"
    )
    assert len(await fetch(practice, "therapist", ask)) == 1, "what clients do, they do"
