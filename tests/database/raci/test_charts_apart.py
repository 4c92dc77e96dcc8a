"""Attacks on charts: a row pointed at another's note, a portal that is off, one person who is both."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.database.raci.practice import Practice, open_practice
from tests.people import acting_as, keep_as, refused

from mentalspace.database.connection import Connection

ASTRAY = "not of the same chart"
NO_CONSENT = "no consent to recording that is in force"
PORTAL_TABLES = (
    *("clients", "appointments", "client_portal_messages", "client_statements", "telehealth_consents"),
    *("shared_documents", "profiles", "user_roles", "staff_directory", "notification_logs"),
)
OFF = "update public.clients set portal_enabled = false"
UNLOCK = "update public.clinical_notes set status = 'draft', signed_by = null where id = %s returning id"
WRITE = (
    "insert into public.client_portal_messages (client_id, sender_id, recipient_id, subject, body) "
    "values (%s, %s, %s, 'Some', 'words') returning id"
)


@pytest.fixture
async def practice(connection: Connection) -> Practice:
    return await open_practice(connection)


async def fetch(practice: Practice, person: str, statement: str, *values: Any) -> list[dict[str, Any]]:
    """Rows that this person gets; rolled back."""
    async with acting_as(practice.connection, practice.people[person]) as session:
        return await (await session.execute(statement.encode(), values)).fetchall()


async def refuse(practice: Practice, person: str, statement: str, *values: Any) -> str:
    """What this person is told: the database refuses."""
    async with acting_as(practice.connection, practice.people[person]) as session, refused(session) as caught:
        await session.execute(statement.encode(), values)
    return str(caught.value)


async def keep(practice: Practice, person: str, statement: str, *values: Any) -> int:
    """Run a statement as this person, and let it stay."""
    cursor = await keep_as(practice.connection, practice.people[person], statement, *values)
    return cursor.rowcount


async def add_note(practice: Practice, client: str, provider: str, **values: Any) -> UUID:
    row: UUID = await practice.insert(
        "clinical_notes",
        client_id=practice.clients[client],
        provider_id=practice.people[provider],
        title="A note",
        note_type="progress_note",
        **values,
    )
    return row


async def test_a_portal_switched_off_is_closed_at_the_next_statement(practice: Practice) -> None:
    client, login = practice.clients["of_therapist"], practice.people["client_user"]
    await practice.add_appointment("of_therapist", "therapist")
    await practice.insert(
        "client_portal_messages", client_id=client, sender_id=login, subject="A", body="question"
    )
    for table, values in {
        "client_statements": {
            "statement_number": "1",
            "period_start": "2026-10-01",
            "period_end": "2026-10-31",
            "balance": 1,
            "status": "Sent",
        },
        "telehealth_consents": {"document_version": "1"},
        "client_documents": {"title": "A letter", "storage_path": "1", "is_shared": True},
    }.items():
        await practice.insert(table, client_id=client, **values)
    await practice.insert(
        "notification_logs",
        notification_type="test",
        subject="A",
        message="word",
        recipient_user_ids=[login],
        sent_via=["in_app"],
    )
    async with practice.connection.transaction(force_rollback=True):
        for table in PORTAL_TABLES:
            assert await fetch(practice, "client_user", f"select from public.{table}") != [], table
        await practice.connection.execute(OFF.encode())
        for table in PORTAL_TABLES:
            assert await fetch(practice, "client_user", f"select from public.{table}") == [], table
        assert "send_message" in await refuse(practice, "client_user", WRITE, client, login, None)


async def test_a_login_that_is_not_active_is_nobodys(practice: Practice) -> None:
    """Their portal may still be switched on."""
    client, login = practice.clients["of_therapist"], practice.people["client_user"]
    await practice.add_appointment("of_therapist", "therapist")
    assert await fetch(practice, "client_user", "select id from public.clients") == [{"id": client}]
    assert len(await fetch(practice, "client_user", WRITE, client, login, None)) == 1
    await practice.connection.execute("update public.profiles set is_active = false where id = %s", (login,))
    for table in ("clients", "appointments", "staff_directory"):
        assert await fetch(practice, "client_user", f"select from public.{table}") == [], table
    assert "send_message" in await refuse(practice, "client_user", WRITE, client, login, None)


async def test_one_child_switched_off_leaves_the_other(practice: Practice) -> None:
    await practice.add_client("sibling", therapist="therapist", portal="client_user")
    await practice.connection.execute(f"{OFF} where id = %s".encode(), (practice.clients["of_therapist"],))
    rows = await fetch(practice, "client_user", "select id from public.clients")
    assert rows == [{"id": practice.clients["sibling"]}]


async def test_a_cosignature_and_an_unlock_request_name_ones_own_note_of_the_same_client(
    practice: Practice,
) -> None:
    await practice.supervise("supervisor", "therapist")
    mine = await add_note(practice, "of_therapist", "therapist", status="locked")
    theirs = await add_note(practice, "of_colleague", "colleague", status="locked")
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
    note, me = await add_note(practice, "of_colleague", "colleague"), practice.people["colleague"]
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
    """Every reference that a caller can write, as whoever may write the row itself."""
    visit = await practice.add_appointment("of_therapist", "therapist")
    other_visit = await practice.add_appointment("of_colleague", "colleague")
    note = await add_note(practice, "of_therapist", "therapist")
    other_note = await add_note(practice, "of_colleague", "colleague")
    claim = {"payer_name": "A payer", "total_amount": 1}
    client = practice.clients["of_therapist"]
    other_claim = await practice.insert(
        "insurance_claims", client_id=practice.clients["of_colleague"], claim_number="1", **claim
    )
    await practice.insert("service_codes", code="90834", description="45 minutes")
    price = {"service_date": "2026-11-02", "cpt_code": "90834", "charge_amount": 100}
    charge = await practice.insert(
        "charge_entries", client_id=client, provider_id=practice.people["therapist"], **price
    )
    message = await practice.insert(
        "client_portal_messages",
        client_id=practice.clients["of_colleague"],
        sender_id=practice.people["colleague"],
        subject="A",
        body="word",
    )
    request = await practice.insert(
        "appointment_requests", client_id=client, requested_start_time="2026-12-01"
    )
    attacks = [
        (
            "therapist",
            f"update public.clinical_notes set appointment_id = %s where id = '{note}'",
            other_visit,
        ),
        (
            "therapist",
            f"update public.charge_entries set appointment_id = %s where id = '{charge}'",
            other_visit,
        ),
        ("therapist", f"update public.charge_entries set note_id = %s where id = '{charge}'", other_note),
        (
            "billing_staff",
            f"update public.charge_entries set status = 'Billed', claim_id = %s where id = '{charge}'",
            other_claim,
        ),
        (
            "billing_staff",
            (
                "insert into public.payment_records "
                "(client_id, payer_type, payment_method, amount, claim_id) "
                f"values ('{client}', 'Client', 'Card', 1, %s)"
            ),
            other_claim,
        ),
        (
            "front_desk",
            (
                "update public.appointment_requests set status = 'Approved', appointment_id = %s "
                f"where id = '{request}'"
            ),
            other_visit,
        ),
        (
            "front_desk",
            (
                "insert into public.telehealth_sessions (client_id, provider_id, appointment_id) "
                f"values ('{client}', '{practice.people['therapist']}', %s)"
            ),
            other_visit,
        ),
        (
            "front_desk",
            (
                "insert into public.reminder_logs (client_id, channel, scheduled_for, appointment_id) "
                f"values ('{client}', 'email', now(), %s)"
            ),
            other_visit,
        ),
        (
            "client_user",
            (
                "insert into public.client_portal_messages (client_id, subject, body, in_reply_to_id) "
                f"values ('{client}', 'A', 'word', %s)"
            ),
            message,
        ),
    ]
    for person, statement, named in attacks:
        assert ASTRAY in await refuse(practice, person, statement, named), statement
    right = f"update public.clinical_notes set appointment_id = %s where id = '{note}' returning id"
    assert len(await fetch(practice, "therapist", right, visit)) == 1


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
    note = await add_note(practice, "of_colleague", "colleague", status="locked")
    other = await add_note(practice, "of_colleague", "colleague", status="locked")
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


async def test_a_client_sees_statements_that_were_sent(practice: Practice) -> None:
    for number, status in enumerate(("Draft", "Sent", "Paid", "Void")):
        await practice.insert(
            "client_statements",
            client_id=practice.clients["of_therapist"],
            statement_number=str(number),
            period_start="2026-10-01",
            period_end="2026-10-31",
            balance=1,
            status=status,
        )
    seen = "select status from public.client_statements order by statement_number"
    assert await fetch(practice, "client_user", seen) == [{"status": "Sent"}, {"status": "Paid"}]
    assert len(await fetch(practice, "billing_staff", seen)) == 4
    await practice.connection.execute(
        "insert into public.user_roles (user_id, role) values (%s, 'billing_staff')",
        (practice.people["client_user"],),
    )
    assert len(await fetch(practice, "client_user", seen)) == 2, "whatever else they are"


async def test_whom_a_client_wrote_to_reads_and_answers(practice: Practice) -> None:
    client, login = practice.clients["of_therapist"], practice.people["client_user"]
    colleague = practice.people["colleague"]
    seen = "select id from public.client_portal_messages"
    assert "send_message" in await refuse(practice, "colleague", WRITE, client, colleague, login)
    assert await keep(practice, "client_user", WRITE, client, login, colleague) == 1
    assert len(await fetch(practice, "colleague", seen)) == 1
    read = "update public.client_portal_messages set read_at = now() returning id"
    assert len(await fetch(practice, "colleague", read)) == 1
    assert await keep(practice, "colleague", WRITE, client, colleague, login) == 1
    assert len(await fetch(practice, "client_user", seen)) == 2
    assert await fetch(practice, "front_desk", seen) == [], "no duty, whoever is addressed"


async def test_a_client_who_is_named_elsewhere_reads_their_own_chart_only(practice: Practice) -> None:
    """Addressed in another chart, or once a therapist there: neither is a client's own."""
    foreign, login = practice.clients["of_colleague"], practice.people["client_user"]
    await practice.insert(
        "client_portal_messages",
        client_id=foreign,
        sender_id=practice.people["colleague"],
        recipient_id=login,
        subject="A",
        body="word",
    )
    await practice.add_appointment("of_colleague", "client_user")
    for table in ("client_portal_messages", "appointments"):
        seen = f"select id from public.{table} where client_id = '{foreign}'"
        assert await fetch(practice, "client_user", seen) == [], table
    said = await refuse(practice, "client_user", WRITE, foreign, login, None)
    assert "send_message" in said


async def test_who_is_both_reaches_each_as_what_they_are(practice: Practice) -> None:
    """A therapist who is a colleague's client: what a therapist does, they do not do to their own chart."""
    await practice.add_client("therapist_as_client", therapist="colleague", portal="therapist")
    own = practice.clients["therapist_as_client"]
    note = await add_note(practice, "therapist_as_client", "colleague")
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


async def test_a_former_therapist_who_stays_a_client_reads_no_former_caseload(practice: Practice) -> None:
    await practice.add_appointment("of_therapist", "therapist")
    await practice.add_client("therapist_as_client", therapist="colleague", portal="therapist")
    await practice.connection.execute(
        "update public.user_roles set role = 'client_user' where user_id = %s",
        (practice.people["therapist"],),
    )
    assert await fetch(practice, "therapist", "select id from public.appointments") == []
    rows = await fetch(practice, "therapist", "select id from public.clients")
    assert rows == [{"id": practice.clients["therapist_as_client"]}]
    rows = await fetch(practice, "therapist", "select id from public.profiles")
    assert rows == [{"id": practice.people["therapist"]}]
