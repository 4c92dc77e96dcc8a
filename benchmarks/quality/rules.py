"""The 25 rules that are measured: what the plans ask of the five critical tables.

For each rule a defect that breaks it in so many rows and no other rule, and whether the schema lets it in.
"""

from __future__ import annotations

from dataclasses import dataclass

CLIENTS, APPOINTMENTS = "public.clients", "public.appointments"
NOTES, CHARGES = "public.clinical_notes", "public.charge_entries"
DONE = "status = 'Completed'"
NOBODY = "gen_random_uuid()"


@dataclass(frozen=True)
class Defect:
    """How `rows` rows of a table are broken: `change` is an assignment, or a statement with {keys}."""

    rule: str
    table: str
    change: str
    rows: int
    among: str = "true"
    allowed: bool = False
    # Two appointments at one time are both wrong.
    each: int = 1
    start: int | None = None

    @property
    def failures(self) -> int:
        return self.rows * self.each

    def statement(self, place: int) -> str:
        """Each defect takes its rows from a place of its own."""
        start = place * 12 if self.start is None else self.start
        keys = f"select id from {self.table} where {self.among} order by id offset {start} limit {self.rows}"
        if "{keys}" in self.change:
            return self.change.format(keys=keys)
        return f"update {self.table} set {self.change} where id in ({keys})"


DEFECTS = (
    Defect("clients.required_fields", CLIENTS, "last_name = null", 5),
    Defect(
        "clients.implausible_birth_date",
        CLIENTS,
        "date_of_birth = current_date - interval '121 years 3 days'",
        4,
        allowed=True,
    ),
    Defect("clients.valid_email", CLIENTS, "email = 'nobody'", 7),
    Defect("clients.unique_medical_record_number", CLIENTS, "medical_record_number = 'MRN-twice'", 6),
    Defect("appointments.required_fields", APPOINTMENTS, "client_id = null", 9, DONE),
    Defect("appointments.valid_duration", APPOINTMENTS, "end_time = start_time", 8, DONE),
    Defect("appointments.valid_status", APPOINTMENTS, "status = 'Abandoned'", 3, DONE),
    Defect("appointments.valid_appointment_type", APPOINTMENTS, "appointment_type = 'Chat'", 6, DONE),
    Defect(
        "appointments.double_booking",
        APPOINTMENTS,
        "start_time = start_time + interval '20 minutes', end_time = end_time + interval '20 minutes'",
        4,
        "status = 'Completed' and exists (select from public.appointments as next "
        "where next.status = 'Completed' "
        "and next.provider_id = appointments.provider_id "
        "and next.start_time = appointments.start_time + interval '1 hour')",
        each=2,
        start=0,
    ),
    Defect("appointments.orphaned_client", APPOINTMENTS, f"client_id = {NOBODY}", 5, DONE),
    Defect("appointments.orphaned_provider", APPOINTMENTS, f"provider_id = {NOBODY}", 7, DONE),
    Defect(
        "appointments.completed_without_note",
        APPOINTMENTS,
        "delete from public.clinical_notes where appointment_id in ({keys})",
        9,
        DONE,
        allowed=True,
    ),
    Defect("clinical_notes.valid_title", NOTES, "title = ''", 6),
    Defect("clinical_notes.valid_note_type", NOTES, "note_type = 'poem'", 5),
    Defect("clinical_notes.valid_status", NOTES, "status = 'lost'", 8),
    Defect("clinical_notes.orphaned_client", NOTES, f"client_id = {NOBODY}", 4),
    Defect(
        "clinical_notes.orphaned_appointment",
        NOTES,
        "insert into public.clinical_notes "
        "(client_id, provider_id, appointment_id, title, note_type, status) "
        f"select client_id, provider_id, {NOBODY}, title, note_type, status from public.clinical_notes "
        "where id in ({keys})",
        7,
    ),
    Defect("charge_entries.valid_units", CHARGES, "units = 0", 5),
    Defect("charge_entries.negative_amount", CHARGES, "charge_amount = -1", 6),
    Defect("charge_entries.not_linked_to_appointment", CHARGES, "appointment_id = null", 9, allowed=True),
    Defect("charge_entries.invalid_cpt_code", CHARGES, "cpt_code = '90899'", 8, allowed=True),
    Defect("charge_entries.orphaned_client", CHARGES, f"client_id = {NOBODY}", 4),
    Defect("charge_entries.orphaned_appointment", CHARGES, f"appointment_id = {NOBODY}", 6),
    Defect(
        "user_roles.users_without_roles",
        "public.profiles",
        "delete from public.user_roles where user_id in ({keys})",
        1,
        allowed=True,
        start=0,
    ),
    Defect(
        "user_roles.orphaned_role_assignment",
        "public.profiles",
        "insert into public.user_roles (user_id, role) "
        f"select {NOBODY}, 'therapist' from ({{keys}}) as those",
        2,
        start=1,
    ),
)
RULES = tuple(defect.rule for defect in DEFECTS)
