"""Random defects of every kind at random places: the checks find exactly them, keys compared.

What the constraints forbid is planted in a clone without them, where nothing is proved. An oracle in Python
says which rows are wrong; it never saw the SQL. `MENTALSPACE_FULL=1` plants for minutes.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest_asyncio
from benchmarks.quality.practice import Scale, keep_checks, load
from benchmarks.quality.rules import APPOINTMENTS, CHARGES, CLIENTS, NOTES, RULES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import Server

from mentalspace.database.connection import Connection, connect

FULL = os.environ.get("MENTALSPACE_FULL") == "1"
EXAMPLES = 400 if FULL else 8
PROFILES, ROLES, CODES = "public.profiles", "public.user_roles", "public.service_codes"
NOBODY = "ffffffff-ffff-4fff-8fff-ffffffffffff"
Row = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A way to change a row, and the rule that it is meant to break, if any."""

    rule: str
    table: str
    change: str


KINDS = (
    *(Kind("clients.required_fields", CLIENTS, f"{name} = null") for name in ("first_name", "date_of_birth")),
    Kind("clients.implausible_birth_date", CLIENTS, "date_of_birth = current_date + 2"),
    Kind(
        "clients.implausible_birth_date", CLIENTS, "date_of_birth = current_date - interval '121 years 1 day'"
    ),
    Kind("clients.valid_email", CLIENTS, "email = 'nobody@nowhere'"),
    Kind("clients.unique_medical_record_number", CLIENTS, "medical_record_number = 'MRN-1'"),
    *(
        Kind("appointments.required_fields", APPOINTMENTS, f"{name} = null")
        for name in ("client_id", "provider_id", "status")
    ),
    Kind("appointments.valid_duration", APPOINTMENTS, "end_time = start_time - interval '1 minute'"),
    Kind("appointments.valid_status", APPOINTMENTS, "status = 'Abandoned'"),
    Kind("appointments.valid_appointment_type", APPOINTMENTS, "appointment_type = 'Chat'"),
    Kind(
        "appointments.double_booking",
        APPOINTMENTS,
        "start_time = start_time + interval '20 minutes', end_time = end_time + interval '20 minutes'",
    ),
    Kind("appointments.orphaned_client", APPOINTMENTS, f"client_id = '{NOBODY}'"),
    Kind("appointments.orphaned_provider", APPOINTMENTS, f"provider_id = '{NOBODY}'"),
    Kind("appointments.completed_without_note", APPOINTMENTS, "status = 'Completed'"),
    Kind("clinical_notes.valid_title", NOTES, "title = repeat('x', 201)"),
    Kind("clinical_notes.valid_note_type", NOTES, "note_type = 'poem'"),
    Kind("clinical_notes.valid_status", NOTES, "status = 'lost'"),
    Kind("clinical_notes.orphaned_client", NOTES, f"client_id = '{NOBODY}'"),
    Kind("clinical_notes.orphaned_appointment", NOTES, f"appointment_id = '{NOBODY}'"),
    Kind("charge_entries.valid_units", CHARGES, "units = 97"),
    Kind("charge_entries.negative_amount", CHARGES, "charge_amount = -0.01"),
    Kind("charge_entries.not_linked_to_appointment", CHARGES, "appointment_id = null"),
    Kind("charge_entries.invalid_cpt_code", CHARGES, "cpt_code = '90899'"),
    Kind("charge_entries.orphaned_client", CHARGES, f"client_id = '{NOBODY}'"),
    Kind("charge_entries.orphaned_appointment", CHARGES, f"appointment_id = '{NOBODY}'"),
    Kind("user_roles.users_without_roles", ROLES, f"user_id = '{NOBODY}'"),
    Kind("user_roles.orphaned_role_assignment", ROLES, f"user_id = '{NOBODY}'"),
    # What takes a row out of use, or makes it right again.
    *(Kind("", table, "deleted_at = now()") for table in (CLIENTS, APPOINTMENTS, NOTES, CHARGES)),
    Kind("", APPOINTMENTS, "status = 'Cancelled'"),
    Kind("", CHARGES, "status = 'Void'"),
    Kind("", PROFILES, "is_active = false"),
)
DEFECTS = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 10**6)), min_size=1, max_size=12)
BOOKED = {"Scheduled", "Confirmed", "Checked In", "In Session", "Completed"}
STATUSES = BOOKED | {"No Show", "Cancelled", "Rescheduled"}
TYPES = {
    *("Intake", "Individual Therapy", "Couples Therapy", "Family Therapy", "Group Therapy", "Assessment"),
    *("Consultation", "Crisis Intervention", "Follow-up"),
}
NOTE_TYPES = {
    *("progress_note", "intake_assessment", "treatment_plan", "contact_note", "consultation_note"),
    *("cancellation_note", "miscellaneous_note"),
}
EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")


@dataclass(frozen=True)
class Practice:
    """All rows, as the oracle sees them."""

    now: datetime
    today: date
    rows: Mapping[str, Sequence[Row]]

    def live(self, table: str) -> Iterator[Row]:
        return (row for row in self.rows[table] if row["deleted_at"] is None)

    def ids(self, table: str) -> set[UUID]:
        return {row["id"] for row in self.rows[table]}


def is_any_missing(row: Row, *names: str) -> bool:
    return any(row[name] is None for name in names)


def judge(practice: Practice) -> dict[str, set[str]]:
    """Which rows break which rules."""
    wrong: dict[str, set[str]] = {rule: set() for rule in RULES}
    for judge_table in (judge_clients, judge_appointments, judge_notes, judge_charges, judge_people):
        for rule, row in judge_table(practice):
            wrong[rule].add(str(row["id"]))
    return wrong


def judge_clients(practice: Practice) -> Iterator[tuple[str, Row]]:
    numbers = Counter(row["medical_record_number"] for row in practice.live(CLIENTS))
    oldest = practice.today.replace(year=practice.today.year - 121)
    for row in practice.live(CLIENTS):
        born = row["date_of_birth"]
        if is_any_missing(row, "first_name", "last_name", "date_of_birth"):
            yield "clients.required_fields", row
        if born and (born > practice.today or born <= oldest):
            yield "clients.implausible_birth_date", row
        if row["email"] and not EMAIL.fullmatch(row["email"]):
            yield "clients.valid_email", row
        if numbers[row["medical_record_number"]] > 1:
            yield "clients.unique_medical_record_number", row


def judge_appointments(practice: Practice) -> Iterator[tuple[str, Row]]:
    clients, people = practice.ids(CLIENTS), practice.ids(PROFILES)
    noted = {row["appointment_id"] for row in practice.live(NOTES)}
    for row in practice.live(APPOINTMENTS):
        start, end, status = row["start_time"], row["end_time"], row["status"]
        if is_any_missing(row, "client_id", "provider_id", "start_time", "end_time", "status"):
            yield "appointments.required_fields", row
        if not timedelta() < end - start <= timedelta(hours=24):
            yield "appointments.valid_duration", row
        if status is not None and status not in STATUSES:
            yield "appointments.valid_status", row
        if row["appointment_type"] not in TYPES:
            yield "appointments.valid_appointment_type", row
        if row["client_id"] is not None and row["client_id"] not in clients:
            yield "appointments.orphaned_client", row
        if row["provider_id"] is not None and row["provider_id"] not in people:
            yield "appointments.orphaned_provider", row
        late = status == "Completed" and end <= practice.now - timedelta(hours=72)
        if late and row["id"] not in noted:
            yield "appointments.completed_without_note", row
    yield from judge_bookings(practice)


def judge_bookings(practice: Practice) -> Iterator[tuple[str, Row]]:
    booked = [row for row in practice.live(APPOINTMENTS) if row["status"] in BOOKED and row["provider_id"]]
    for one, other in permutations((row for row in booked if row["end_time"] > row["start_time"]), 2):
        same = one["provider_id"] == other["provider_id"]
        if same and one["start_time"] < other["end_time"] and other["start_time"] < one["end_time"]:
            yield "appointments.double_booking", one


def judge_notes(practice: Practice) -> Iterator[tuple[str, Row]]:
    clients, appointments = practice.ids(CLIENTS), practice.ids(APPOINTMENTS)
    for row in practice.live(NOTES):
        if not 1 <= len(row["title"]) <= 200:
            yield "clinical_notes.valid_title", row
        if row["note_type"] not in NOTE_TYPES:
            yield "clinical_notes.valid_note_type", row
        if row["status"] not in {"draft", "submitted_for_review", "signed", "locked"}:
            yield "clinical_notes.valid_status", row
        if row["client_id"] not in clients:
            yield "clinical_notes.orphaned_client", row
        if row["appointment_id"] is not None and row["appointment_id"] not in appointments:
            yield "clinical_notes.orphaned_appointment", row


def judge_charges(practice: Practice) -> Iterator[tuple[str, Row]]:
    clients, appointments = practice.ids(CLIENTS), practice.ids(APPOINTMENTS)
    active = {row["code"] for row in practice.rows[CODES] if row["is_active"]}
    for row in practice.live(CHARGES):
        appointment, valid = row["appointment_id"], row["status"] != "Void"
        if not 1 <= row["units"] <= 96:
            yield "charge_entries.valid_units", row
        if row["charge_amount"] < 0:
            yield "charge_entries.negative_amount", row
        if valid and appointment is None:
            yield "charge_entries.not_linked_to_appointment", row
        if valid and row["cpt_code"] not in active:
            yield "charge_entries.invalid_cpt_code", row
        if row["client_id"] not in clients:
            yield "charge_entries.orphaned_client", row
        if appointment is not None and appointment not in appointments:
            yield "charge_entries.orphaned_appointment", row


def judge_people(practice: Practice) -> Iterator[tuple[str, Row]]:
    people, holders = practice.ids(PROFILES), {row["user_id"] for row in practice.rows[ROLES]}
    for row in practice.rows[PROFILES]:
        if row["is_active"] and row["id"] not in holders:
            yield "user_roles.users_without_roles", row
    for row in practice.rows[ROLES]:
        if row["user_id"] not in people:
            yield "user_roles.orphaned_role_assignment", row


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def practice_url(server: Server, migrated_template: str) -> AsyncIterator[str]:
    """A small practice without constraints, as a superuser: triggers are left out."""
    async with server.cloned(migrated_template) as url:
        superuser = server.superuser(url.rpartition("/")[2])
        await load(url, superuser, Scale(120))
        async with connect(url) as connection:
            await keep_checks(connection, RULES)
        yield superuser


async def read_practice(connection: Connection) -> Practice:
    clock = "select now() as now, (now() at time zone 'America/New_York')::date as today"
    row = await (await connection.execute(clock)).fetchone()
    assert row
    rows = {
        table: await (await connection.execute(f"select * from {table}".encode())).fetchall()
        for table in (CLIENTS, APPOINTMENTS, NOTES, CHARGES, PROFILES, ROLES, CODES)
    }
    return Practice(row["now"], row["today"], rows)


async def find_wrong(connection: Connection) -> dict[str, set[str]]:
    """What the checks find, nothing proved and everything trusted alike."""
    found: dict[str, set[str]] = {}
    for table in (CLIENTS, APPOINTMENTS, NOTES, CHARGES, ROLES):
        statement = "select * from governance.evaluate_quality_checks(%s, null, true, 10000)"
        for row in await (await connection.execute(statement, (table,))).fetchall():
            assert row["error_code"] is None, row["name"]
            assert row["failures"] == len(row["failing_keys"]), row["name"]
            found[f"{table.removeprefix('public.')}.{row['name']}"] = set(row["failing_keys"])
    return found


async def plant(connection: Connection, defects: Sequence[tuple[Kind, int]]) -> None:
    await connection.execute("set local session_replication_role = replica")
    for kind, number in defects:
        first = (
            f"select id from {kind.table} order by id offset {number} %% (select count(*) from {kind.table})"
        )
        await connection.execute(
            f"update {kind.table} set {kind.change} where id = ({first} limit 1)".replace("%%", "%").encode()
        )


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(defects=DEFECTS)
async def test_exactly_the_planted_rows_are_found(practice_url: str, defects: list[tuple[Kind, int]]) -> None:
    async with connect(practice_url) as connection, connection.transaction(force_rollback=True):
        await plant(connection, defects)
        assert await find_wrong(connection) == judge(await read_practice(connection))


async def test_every_rule_is_broken_by_some_defect(practice_url: str) -> None:
    async with connect(practice_url) as connection, connection.transaction(force_rollback=True):
        assert {rule: keys for rule, keys in (await find_wrong(connection)).items() if keys} == {}
        await plant(connection, [(kind, place * 3) for place, kind in enumerate(KINDS) if kind.rule])
        found = await find_wrong(connection)
        assert found == judge(await read_practice(connection))
        assert {rule for rule, keys in found.items() if keys} == set(RULES)
