"""A row for each clock, at the end of daylight saving time: when it is due, what does it, what stops it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("America/New_York")
# Clocks go back on Sunday 1 November 2026 at 02:00: what begins here crosses an hour that comes twice.
BEGIN = "2026-10-31 03:00-04"
START = "2026-11-01 12:00-05"
KEY = "0000000c-0000-4000-8000-000000000001"
CLIENT = "(select id from public.clients where portal_user_id is not null order by id limit 1)"
LOGIN = f"(select portal_user_id from public.clients where id = {CLIENT})"
# Of whom no consent is on file.
STRANGER = """(select id from public.clients client where not exists (
  select from public.telehealth_consents given where given.client_id = client.id) order by id limit 1)"""
PROVIDER = "(select user_id from public.user_roles where role = 'therapist' order by user_id limit 1)"
OTHER = "(select user_id from public.user_roles where role = 'supervisor' order by user_id limit 1)"
# Locked notes that nobody asked about.
NOTE = """(select id from public.clinical_notes note where status in ('signed', 'locked')
  and not exists (select from public.note_cosignatures asked where asked.note_id = note.id)
  and not exists (select from public.unlock_requests asked where asked.note_id = note.id)
  order by id limit 1)"""


def wall(text: str) -> datetime:
    """A time on the practice's wall clock; the second of the hour that comes twice has no name here."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def insert(table: str, **values: str) -> str:
    """A row with the key; values are SQL."""
    columns = {"id": f"'{KEY}'"} | values
    return f"insert into public.{table} ({', '.join(columns)}) values ({', '.join(columns.values())})"


def change(table: str, what: str) -> str:
    return f"update public.{table} set {what} where id = '{KEY}'"


def appointment(status: str, end: str = BEGIN, location: str = "Office", client: str = CLIENT) -> str:
    return insert(
        "appointments",
        client_id=client,
        provider_id=PROVIDER,
        start_time=f"timestamptz '{end}' - interval '1 hour'",
        end_time=f"'{end}'",
        status=f"'{status}'",
        service_location=f"'{location}'",
        created_date="'2026-10-01 12:00-04'",
    )


UPCOMING = "2026-11-01 13:00-05"
MESSAGE = insert(
    "client_portal_messages",
    client_id=CLIENT,
    sender_id=LOGIN,
    subject="'S'",
    body="'B'",
    created_at=f"'{BEGIN}'",
)


@dataclass(frozen=True)
class Case:
    """What makes a row wait, when it is due, what does the task, and what takes the row out of its way."""

    waits: str
    due: datetime
    does: str
    cancels: str
    counts_back: bool = False


CASES = {
    "billing.enter_charge": Case(
        appointment("Completed"),
        wall("2026-11-05 03:00"),
        f"""insert into public.charge_entries
          (client_id, appointment_id, provider_id, service_date, cpt_code, charge_amount)
          select {CLIENT}, '{KEY}', {PROVIDER}, '2026-10-31', min(code), 1 from public.service_codes""",
        change("appointments", "status = 'Cancelled'"),
    ),
    "billing.submit_claim": Case(
        insert(
            "insurance_claims",
            client_id=CLIENT,
            claim_number="'T-1'",
            payer_name="'P'",
            total_amount="1",
            created_at=f"'{BEGIN}'",
        ),
        wall("2026-11-10 03:00"),
        change("insurance_claims", "status = 'Submitted', submitted_at = now()"),
        change("insurance_claims", "status = 'Void'"),
    ),
    "billing.post_payment": Case(
        insert(
            "insurance_claims",
            client_id=CLIENT,
            claim_number="'T-1'",
            payer_name="'P'",
            total_amount="1",
            status="'Paid'",
            submitted_at="'2026-10-01'",
            adjudicated_at=f"'{BEGIN}'",
        ),
        wall("2026-11-02 03:00"),
        f"""insert into public.payment_records (client_id, claim_id, payer_type, payment_method, amount)
          values ({CLIENT}, '{KEY}', 'Insurance', 'Check', 1)""",
        change("insurance_claims", "status = 'Denied'"),
    ),
    "billing.send_statement": Case(
        insert(
            "client_statements",
            client_id=CLIENT,
            statement_number="'T-1'",
            period_start="'2026-10-01'",
            period_end="'2026-10-15'",
            balance="1",
        ),
        wall("2026-11-11 00:00"),
        change("client_statements", "status = 'Sent', sent_at = now()"),
        change("client_statements", "status = 'Void'"),
    ),
    "client_portal.send_message": Case(
        # What the practice wrote before is no answer, nor is the client's second message.
        f"""update public.client_portal_messages set deleted_at = now() where client_id = {CLIENT};
          insert into public.client_portal_messages (client_id, sender_id, subject, body, created_at)
          values ({CLIENT}, {LOGIN}, 'S', 'B', '2026-11-02'),
            ({CLIENT}, {PROVIDER}, 'S', 'B', timestamptz '{BEGIN}' - interval '1 second');
          {MESSAGE}""",
        wall("2026-11-02 03:00"),
        f"""insert into public.client_portal_messages (client_id, sender_id, subject, body, created_at)
          values ({CLIENT}, {PROVIDER}, 'S', 'B', '2026-11-20')""",
        change("client_portal_messages", "deleted_at = now()"),
    ),
    "client_portal.decide_appointment_request": Case(
        insert(
            "appointment_requests",
            client_id=CLIENT,
            requested_start_time="'2026-12-01'",
            created_at=f"'{BEGIN}'",
        ),
        wall("2026-11-01 03:00"),
        change("appointment_requests", f"status = 'Declined', decided_at = now(), decided_by = {OTHER}"),
        change("appointment_requests", "status = 'Withdrawn'"),
    ),
    "client_portal.review_assessment": Case(
        insert(
            "assessment_assignments",
            client_id=CLIENT,
            assigned_by=PROVIDER,
            assessment_name="'A'",
            status="'Completed'",
            responses="'{}'",
            completed_at=f"'{BEGIN}'",
        ),
        wall("2026-11-07 03:00"),
        change("assessment_assignments", f"status = 'Reviewed', reviewed_at = now(), reviewed_by = {OTHER}"),
        change("assessment_assignments", "status = 'Cancelled'"),
    ),
    "clinical_notes.create_note": Case(
        appointment("Completed"),
        # Three times 24 hours, so an hour earlier on the clock.
        wall("2026-11-03 02:00"),
        f"""insert into public.clinical_notes (client_id, provider_id, appointment_id, title, note_type)
          values ({CLIENT}, {PROVIDER}, '{KEY}', 'T', 'progress_note')""",
        change("appointments", "status = 'No Show'"),
    ),
    "clinical_notes.cosign_note": Case(
        insert(
            "note_cosignatures",
            note_id=NOTE,
            client_id=CLIENT,
            supervisee_id=PROVIDER,
            supervisor_id=OTHER,
            requested_at=f"'{BEGIN}'",
        ),
        wall("2026-11-07 03:00"),
        change("note_cosignatures", "status = 'Cosigned', decided_at = now()"),
        change("note_cosignatures", "status = 'Returned'"),
    ),
    "clinical_notes.decide_unlock": Case(
        insert(
            "unlock_requests",
            note_id=NOTE,
            client_id=CLIENT,
            requested_by=PROVIDER,
            reason="'R'",
            requested_at=f"'{BEGIN}'",
        ),
        wall("2026-11-02 03:00"),
        change("unlock_requests", f"status = 'Denied', decided_at = now(), decided_by = {OTHER}"),
        change("unlock_requests", "status = 'Withdrawn'"),
    ),
    "scheduling.handle_no_shows": Case(
        appointment("No Show"),
        wall("2026-11-01 02:00"),
        change("appointments", "no_show_documented_at = now()"),
        change("appointments", "status = 'Checked In'"),
    ),
    "scheduling.send_reminders": Case(
        appointment("Scheduled", UPCOMING),
        # A day of 25 hours lies between.
        wall("2026-10-31 13:00"),
        f"""insert into public.reminder_logs
          (appointment_id, client_id, channel, status, scheduled_for, sent_at)
          values ('{KEY}', {CLIENT}, 'email', 'Sent', now(), now())""",
        change("appointments", "status = 'Cancelled'"),
        counts_back=True,
    ),
    "telehealth.set_up_session": Case(
        appointment("Confirmed", UPCOMING, "Telehealth"),
        wall("2026-10-31 12:00"),
        f"""insert into public.telehealth_sessions (appointment_id, client_id, provider_id)
          values ('{KEY}', {CLIENT}, {PROVIDER})""",
        change("appointments", "service_location = 'Office'"),
        counts_back=True,
    ),
    "telehealth.verify_consent": Case(
        appointment("Scheduled", UPCOMING, "Telehealth", STRANGER)
        # Neither of these is a verified consent in force at that time.
        + f"""; insert into public.telehealth_consents
          (client_id, consent_type, document_version, consented_at, expires_at, revoked_at, verified_at)
          values
          ({STRANGER}, 'Recording', '1', '2026-10-01', null, null, now()),
          ({STRANGER}, 'Telehealth', '1', '2026-10-01', '2026-11-01', null, now()),
          ({STRANGER}, 'Telehealth', '1', '2026-10-01', null, '2026-10-02', now()),
          ({STRANGER}, 'Telehealth', '1', '2026-10-01', null, null, null)""",
        wall("2026-11-01 11:45"),
        f"""update public.telehealth_consents set verified_at = now()
          where consent_type = 'Telehealth' and revoked_at is null and expires_at is null
            and client_id = (select client_id from public.appointments where id = '{KEY}')""",
        change("appointments", "status = 'Cancelled'"),
        counts_back=True,
    ),
}
