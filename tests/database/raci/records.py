"""Notes, money, the portal and telehealth of somebody: a row of every state, own, supervised, foreign."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from tests.database.raci.population import Population

MOMENT = "2026-11-03T00:00:00+00:00"
RECORD_STATUSES = {
    "clinical_notes": ("draft", "submitted_for_review", "signed", "locked"),
    "note_cosignatures": ("Pending", "Cosigned", "Returned"),
    "unlock_requests": ("Pending", "Approved", "Denied", "Withdrawn"),
    "insurance_claims": (
        *("Draft", "Submitted", "Accepted", "Rejected"),
        *("Paid", "Denied", "Appealed", "Void"),
    ),
    "charge_entries": ("Pending", "Ready", "Billed", "Paid", "Denied", "Written Off", "Void"),
    "client_statements": ("Draft", "Sent", "Paid", "Void"),
    "appointment_requests": ("Pending", "Approved", "Declined", "Withdrawn"),
    "assessment_assignments": ("Assigned", "In Progress", "Completed", "Reviewed", "Cancelled"),
    "telehealth_sessions": ("Scheduled", "Waiting", "Active", "Ended", "Failed"),
}
# Two for every column whose values are not free text: one of them is not what the row holds.
OTHER_VALUES: dict[str, list[Any]] = {
    "note_type": ["progress_note", "contact_note"],
    "content": [{"words": "other"}, {}],
    "responses": [{"first": 1}, {}],
    "score": [3, 4],
    "session_date": ["2026-11-01", "2026-11-02"],
    "total_amount": [11, 12],
    "charge_amount": [120, 130],
    "write_off_amount": [5, 6],
    "amount": [11, 12],
    "balance": [21, 22],
    "units": [2, 3],
    "cpt_code": ["90837", "90834"],
    "modifiers": [["95"], []],
    "diagnosis_codes": [["F41.1"], []],
    "payer_type": ["Insurance", "Client"],
    "payment_method": ["Cash", "Card"],
    "period_start": ["2026-10-02", "2026-10-01"],
    "period_end": ["2026-10-30", "2026-10-31"],
    "document_type": ["Letter", "Report"],
    "consent_type": ["Recording", "Telehealth"],
    "requested_start_time": ["2026-11-04T10:00:00+00:00", "2026-11-04T11:00:00+00:00"],
    "requested_end_time": ["2998-11-04T10:00:00+00:00", "2998-11-04T11:00:00+00:00"],
    "revoked_at": ["2998-01-01T00:00:00+00:00", "2999-01-02T00:00:00+00:00"],
    "expires_at": ["2998-01-01T00:00:00+00:00", "2999-01-01T00:00:00+00:00"],
    "room_name": ["another room"],
    "storage_path": ["another/path"],
    "duration_seconds": [60, 90],
}


@dataclass(frozen=True)
class Records:
    """Rows about one client, written by one provider, that concern one subject of the tests."""

    population: Population
    subject: str
    provider: str
    client: str

    async def add(self, table: str, **values: Any) -> str:
        key = await self.population.insert(table, client_id=self.client, **values)
        return self.population.remember(self.subject, table, key)

    async def add_notes(self, supervisors: list[str]) -> None:
        who = {"provider_id": self.provider, "title": "A note", "note_type": "progress_note"}
        for status in RECORD_STATUSES["clinical_notes"]:
            signed = (
                {"signed_at": MOMENT, "signed_by": self.provider} if status in ("signed", "locked") else {}
            )
            locked = {"locked_at": MOMENT, "locked_by": self.provider} if status == "locked" else {}
            note = await self.add("clinical_notes", **who, status=status, **signed, **locked)
            if signed:
                await self.add_approvals(note)
        await self.add("clinical_notes", **who, status="draft", deleted_at=MOMENT)
        for deleted_at in (None, MOMENT):
            await self.add("psychotherapy_notes", author_id=self.provider, deleted_at=deleted_at)
        for status in RECORD_STATUSES["unlock_requests"]:
            decided = self.other() if status in ("Approved", "Denied") else None
            values = {"status": status, "reason": "Wrong date", "decided_by": decided}
            await self.add("unlock_requests", note_id=note, requested_by=self.provider, **values)
        who_and_where = (self.provider, self.client)
        if who_and_where not in self.population.spare_notes:
            spare = await self.population.insert("clinical_notes", client_id=self.client, **who)
            self.population.spare_notes[who_and_where] = spare
        for supervisor in supervisors:
            # One pending request for each note.
            note = await self.add("clinical_notes", **who, status="signed", signed_by=self.provider)
            people = {"supervisee_id": self.provider, "supervisor_id": supervisor}
            for status in RECORD_STATUSES["note_cosignatures"]:
                await self.add("note_cosignatures", note_id=note, **people, status=status)
        # What is signed there is co-signed, and nothing waits.
        signed = {"status": "signed", "signed_at": MOMENT, "signed_by": self.provider}
        note = await self.add("clinical_notes", **who, **signed)
        given = {"status": "Cosigned", "decided_at": MOMENT}
        await self.add("note_cosignatures", note_id=note, **people, **given)

    async def add_approvals(self, note: str) -> None:
        """To unlock a signed note: one that was used, and one that was not."""
        asked = {"note_id": note, "requested_by": self.provider, "reason": "Wrong date"}
        for used_at in (MOMENT, None):
            decided = {"status": "Approved", "decided_by": self.other(), "used_at": used_at}
            await self.add("unlock_requests", **asked, **decided)

    async def add_charges(self) -> None:
        states = ((each, None) for each in RECORD_STATUSES["charge_entries"])
        for status, deleted_at in (*states, ("Pending", MOMENT)):
            await self.add(
                "charge_entries",
                provider_id=self.provider,
                service_date="2026-11-02",
                cpt_code="90834",
                charge_amount=100,
                status=status,
                write_off_amount=10,
                write_off_reason="Past timely filing",
                write_off_requested_by=self.provider,
                write_off_approved_by=self.other() if status == "Written Off" else None,
                deleted_at=deleted_at,
            )

    async def add_sessions(self) -> None:
        who = {"provider_id": self.provider}
        appointment = self.population.appointments[self.provider, self.client]
        for status in RECORD_STATUSES["telehealth_sessions"]:
            session = await self.add("telehealth_sessions", **who, appointment_id=appointment, status=status)
        for state in ({"revoked_at": "2999-01-01T00:00:00+00:00"}, {"verified_at": MOMENT}, {}):
            kind = {"consent_type": "Recording", "document_version": "1", "created_by": self.provider}
            consent = await self.add("telehealth_consents", **kind, **state)
        for deleted_at in (None, MOMENT):
            rests_on = {"session_id": session, "consent_id": consent, "storage_path": str(uuid4())}
            await self.add("session_recordings", **who, **rests_on, deleted_at=deleted_at)

    async def add_money(self) -> None:
        for status in RECORD_STATUSES["insurance_claims"]:
            claim = {"claim_number": str(uuid4()), "payer_name": "A payer", "total_amount": 100}
            await self.add("insurance_claims", **claim, status=status)
        await self.add("insurance_claims", **claim | {"claim_number": str(uuid4())}, deleted_at=MOMENT)
        for deleted_at in (None, MOMENT):
            payment = {"payer_type": "Client", "payment_method": "Card", "amount": 10}
            await self.add("payment_records", **payment, deleted_at=deleted_at)
        for status in RECORD_STATUSES["client_statements"]:
            period = {"period_start": "2026-10-01", "period_end": "2026-10-31", "balance": 10}
            await self.add("client_statements", **period, statement_number=str(uuid4()), status=status)

    async def add_portal(self) -> None:
        words = {"subject": "A question", "body": "Some words"}
        for state in ({}, {"read_at": MOMENT}, {"deleted_at": MOMENT}):
            await self.add("client_portal_messages", sender_id=self.provider, **words, **state)
        me = self.population.ids[self.subject]
        for sender in {self.other(), self.population.oracle.clients[self.client].portal or self.other()}:
            await self.add("client_portal_messages", sender_id=sender, recipient_id=me, **words)
        for state in ({"is_shared": False}, {"is_shared": True}, {"is_shared": True, "deleted_at": MOMENT}):
            path = {"title": "A letter", "storage_path": str(uuid4())}
            await self.add("client_documents", **path, **state)
        for status in RECORD_STATUSES["appointment_requests"]:
            await self.add("appointment_requests", requested_start_time=MOMENT, status=status)
        for status in RECORD_STATUSES["assessment_assignments"]:
            given = {"assigned_by": self.provider, "assessment_name": "PHQ-9"}
            await self.add("assessment_assignments", **given, status=status)

    def other(self) -> str:
        """Somebody whom no row names as its provider."""
        return self.population.ids["stranger"]


async def add_records(
    population: Population, subject: str, people: tuple[str, str, str], clients: dict[str, str]
) -> None:
    """Rows by each kind of provider for a client of nobody here; then of each kind of client."""
    me, supervisee, former = people
    colleague, foreign = population.ids["colleague"], population.ids["foreign client"]
    pairs = [(provider, foreign) for provider in (me, supervisee, former, colleague)]
    pairs += [(colleague, clients[kind]) for kind in ("caseload", "portal", "supervisee", "former")]
    for provider, client in pairs:
        records = Records(population, subject, provider, client)
        await records.add_notes(list(_supervisors(population, provider, me)))
        await records.add_charges()
        await records.add_sessions()
    for provider, client in ((me, foreign), *pairs[4:]):
        records = Records(population, subject, provider, client)
        await records.add_money()
        await records.add_portal()


def _supervisors(population: Population, provider: str, me: str) -> Iterator[str]:
    """Whom a co-signature is asked of: who supervises the subject; else a stranger, and the subject."""
    yield population.ids["colleague" if provider == me else "stranger"]
    if provider not in (me, population.ids["colleague"]):
        yield me
