"""The floor: the same counts by SQL written by hand, for somebody who knows these 25 rules and no others.

One filtered reading of each large table, then one statement for each rule that needs other rows: 16 in all.
It counts; it fetches no keys, records nothing and proves nothing.
"""

from __future__ import annotations

from benchmarks.quality.rules import RULES

from mentalspace.database.connection import Connection

LIVE = "deleted_at is null"
BOOKED = "('Scheduled', 'Confirmed', 'Checked In', 'In Session', 'Completed')"
TYPES = """(
  'Intake', 'Individual Therapy', 'Couples Therapy', 'Family Therapy', 'Group Therapy', 'Assessment',
  'Consultation', 'Crisis Intervention', 'Follow-up')"""
STATUSES = f"status not in ('No Show', 'Cancelled', 'Rescheduled') and status not in {BOOKED}"
NOTE_TYPES = """('progress_note', 'intake_assessment', 'treatment_plan', 'contact_note', 'consultation_note',
  'cancellation_note', 'miscellaneous_note')"""
SCANS = {
    "clients": {
        "required_fields": "first_name is null or last_name is null or date_of_birth is null",
        "implausible_birth_date": "date_of_birth > current_date "
        "or date_of_birth <= current_date - interval '121 years'",
        "valid_email": r"email !~ '^[A-Za-z0-9._%+''-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$'",
    },
    "appointments": {
        "required_fields": "client_id is null or provider_id is null or start_time is null "
        "or end_time is null "
        "or status is null",
        "valid_duration": "end_time <= start_time or end_time - start_time > interval '24 hours'",
        "valid_status": STATUSES,
        "valid_appointment_type": f"appointment_type not in {TYPES}",
    },
    "clinical_notes": {
        "valid_title": "char_length(title) not between 1 and 200",
        "valid_note_type": f"note_type not in {NOTE_TYPES}",
        "valid_status": "status not in ('draft', 'submitted_for_review', 'signed', 'locked')",
    },
    "charge_entries": {
        "valid_units": "units not between 1 and 96",
        "negative_amount": "charge_amount < 0",
        "not_linked_to_appointment": "appointment_id is null and status <> 'Void'",
    },
}


def _orphans(table: str, column: str, target: str) -> str:
    return (
        f"select count(*) from public.{table} as one where {LIVE} and {column} is not null "
        f"and not exists (select from public.{target} as other where other.id = one.{column})"
    )


CROSS = {
    "clients.unique_medical_record_number": f"""
select coalesce(sum(several), 0) from (
  select count(*) as several from public.clients where {LIVE} and medical_record_number is not null
  group by medical_record_number having count(*) > 1
) as same""",
    "appointments.double_booking": f"""
select count(*) from (
  select start_time, end_time,
    max(end_time) over (mine rows between unbounded preceding and 1 preceding) as reached,
    lead(start_time) over mine as next
  from public.appointments
  where {LIVE} and status in {BOOKED} and end_time > start_time and provider_id is not null
  window mine as (partition by provider_id order by start_time)
) as ordered where reached > start_time or next < end_time""",
    "appointments.orphaned_client": _orphans("appointments", "client_id", "clients"),
    "appointments.orphaned_provider": _orphans("appointments", "provider_id", "profiles"),
    "appointments.completed_without_note": f"""
select count(*) from public.appointments as visit
where visit.{LIVE} and status = 'Completed' and end_time <= now() - interval '72 hours' and not exists (
  select from public.clinical_notes as note where note.appointment_id = visit.id and note.{LIVE}
)""",
    "clinical_notes.orphaned_client": _orphans("clinical_notes", "client_id", "clients"),
    "clinical_notes.orphaned_appointment": _orphans("clinical_notes", "appointment_id", "appointments"),
    "charge_entries.invalid_cpt_code": f"""
select count(*) from public.charge_entries as charge
where {LIVE} and status <> 'Void' and not exists (
  select from public.service_codes as known where known.code = charge.cpt_code and known.is_active
)""",
    "charge_entries.orphaned_client": _orphans("charge_entries", "client_id", "clients"),
    "charge_entries.orphaned_appointment": _orphans("charge_entries", "appointment_id", "appointments"),
    "user_roles.users_without_roles": """
select count(*) from public.profiles as person
where is_active and not exists (select from public.user_roles as held where held.user_id = person.id)""",
    "user_roles.orphaned_role_assignment": """
select count(*) from public.user_roles as held
where user_id is not null and not exists (
  select from public.profiles as person where person.id = held.user_id
)""",
}


async def count_by_hand(connection: Connection) -> dict[str, int]:
    """Failures of every rule. Read-only."""
    counts: dict[str, int] = {}
    async with connection.transaction():
        await connection.execute("set transaction isolation level repeatable read, read only")
        await connection.execute("set local timezone to 'America/New_York'")
        for table, filters in SCANS.items():
            columns = ", ".join(
                f"count(*) filter (where {wrong}) as {rule}" for rule, wrong in filters.items()
            )
            statement = f"select {columns} from public.{table} where {LIVE}"
            row = await (await connection.execute(statement.encode())).fetchone() or {}
            counts |= {f"{table}.{rule}": number for rule, number in row.items()}
        for rule, statement in CROSS.items():
            row = await (await connection.execute(statement.encode())).fetchone() or {}
            counts[rule] = int(next(iter(row.values())))
    return {rule: counts[rule] for rule in RULES}
