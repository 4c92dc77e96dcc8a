"""What notes, charges and decisions about them refuse."""

from __future__ import annotations

from uuid import UUID

from psycopg import errors
from tests.database.practice.rows import insert
from tests.people import refused

from mentalspace.database.connection import Connection


async def test_a_note_is_validated(connection: Connection, client: UUID, therapist: UUID) -> None:
    right = {"client_id": client, "provider_id": therapist, "title": "T", "note_type": "progress_note"}
    for constraint, wrong in (
        ("clinical_notes_title_check", {"title": ""}),
        ("clinical_notes_title_check", {"title": "x" * 201}),
        ("clinical_notes_note_type_check", {"note_type": "Progress Note"}),
        ("clinical_notes_status_check", {"status": "Signed"}),
        ("clinical_notes_content_check", {"content": ["text"]}),
    ):
        async with refused(connection, errors.CheckViolation) as caught:
            await insert(connection, "clinical_notes", **{**right, **wrong})
        assert caught.value.diag.constraint_name == constraint
    types = (
        "progress_note", "intake_assessment", "treatment_plan", "contact_note", "consultation_note",
        "cancellation_note", "miscellaneous_note",
    )  # fmt: skip
    for note_type in types:
        for status in ("draft", "submitted_for_review", "signed", "locked"):
            await insert(
                connection,
                "clinical_notes",
                **{**right, "note_type": note_type, "status": status, "title": "x" * 200},
            )


async def test_a_charge_is_validated(connection: Connection, client: UUID, therapist: UUID) -> None:
    await connection.execute(
        "insert into service_codes (code, description) values ('90837', 'Psychotherapy')"
    )
    right = {
        "client_id": client, "provider_id": therapist, "service_date": "2026-03-02", "cpt_code": "90837",
        "charge_amount": 100,
    }  # fmt: skip
    await insert(connection, "charge_entries", **right)
    for constraint, wrong in (
        ("charge_entries_units_check", {"units": 0}),
        ("charge_entries_charge_amount_check", {"charge_amount": -1}),
        ("charge_entries_status_check", {"status": "paid"}),
        ("charge_entries_write_off_amount_check", {"write_off_amount": 101}),
        (
            "charge_entries_write_off_two_people_check",
            {"write_off_requested_by": therapist, "write_off_approved_by": therapist},
        ),
    ):
        async with refused(connection, errors.CheckViolation) as caught:
            await insert(connection, "charge_entries", **{**right, **wrong})
        assert caught.value.diag.constraint_name == constraint
    async with refused(connection, errors.ForeignKeyViolation):
        await insert(connection, "charge_entries", **{**right, "cpt_code": "99999"})
    async with refused(connection, errors.ForeignKeyViolation):
        await connection.execute("delete from service_codes")


async def test_nobody_decides_on_their_own(connection: Connection, client: UUID, therapist: UUID) -> None:
    note = await insert(
        connection,
        "clinical_notes",
        client_id=client,
        provider_id=therapist,
        title="T",
        note_type="progress_note",
    )
    both = {"note_id": note, "client_id": client}
    for table, values in (
        ("supervision_relationships", {"supervisor_id": therapist, "supervisee_id": therapist}),
        ("note_cosignatures", {**both, "supervisor_id": therapist, "supervisee_id": therapist}),
        ("unlock_requests", {**both, "requested_by": therapist, "reason": "r", "decided_by": therapist}),
    ):
        async with refused(connection, errors.CheckViolation) as caught:
            await insert(connection, table, **values)
        assert caught.value.diag.constraint_name == f"{table}_two_people_check"
