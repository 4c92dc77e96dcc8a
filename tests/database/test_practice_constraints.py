"""What the practice tables refuse, tried by breaking it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, LiteralString
from uuid import UUID, uuid4

import pytest
from psycopg import errors, sql
from psycopg.types.json import Jsonb
from tests.outbox import until
from tests.people import acting_as, refused

from mentalspace.database.connection import Connection, connect

NINE = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)  # 09:00 in New York
HOUR = timedelta(hours=1)


async def insert(connection: Connection, table: LiteralString, **values: Any) -> UUID:
    """Insert one row; return its id."""
    statement = sql.SQL("insert into public.{} ({}) values ({}) returning id").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(sql.Placeholder() for _ in values),
    )
    cells = [Jsonb(value) if isinstance(value, dict | list) else value for value in values.values()]
    row = await (await connection.execute(statement, cells)).fetchone()
    assert row
    return UUID(str(row["id"]))


async def make_person(connection: Connection, name: str) -> UUID:
    person = uuid4()
    await connection.execute(
        "insert into auth.users (id, email) values (%s, %s)", (person, f"{name}@x.example")
    )
    return await insert(
        connection, "profiles", id=person, email=f"{name}@x.example", first_name="Person", last_name=name
    )


@pytest.fixture
async def therapist(connection: Connection) -> UUID:
    return await make_person(connection, "therapist")


@pytest.fixture
async def client(connection: Connection) -> UUID:
    return await insert(
        connection, "clients", first_name="Client", last_name="One", date_of_birth="1990-02-03"
    )


async def book(connection: Connection, client: UUID, therapist: UUID, at: datetime, **more: Any) -> UUID:
    values = {"start_time": at, "end_time": at + HOUR, **more}
    return await insert(connection, "appointments", client_id=client, provider_id=therapist, **values)


CLIENTS = [
    ("clients_first_name_check", {"first_name": ""}),
    ("clients_first_name_check", {"first_name": "x" * 51}),
    ("clients_last_name_check", {"last_name": "x" * 51}),
    *[
        ("clients_email_check", {"email": email})
        for email in (
            "",
            "name",
            "name@",
            "@host.example",
            "a b@host.example",
            "a@b",
            "a@host..example",
            "a@@b.co",
        )
    ],
    ("clients_email_length_check", {"email": "x" * 250 + "@host.example"}),
    ("clients_date_of_birth_check", {"date_of_birth": datetime.now(UTC).date() + timedelta(days=2)}),
    ("clients_date_of_birth_check", {"date_of_birth": "1850-01-01"}),
    ("clients_status_check", {"status": "active"}),
    ("clients_state_check", {"state": "New York"}),
    ("clients_postal_code_check", {"postal_code": "1234"}),
    ("clients_discharge_date_check", {"discharge_date": "1999-01-01"}),
    ("clients_deceased_date_check", {"deceased_date": "1980-01-01"}),
    *[
        ("clients_ssn_encrypted_check", {"ssn_encrypted": number})
        for number in ("123-45-6789", "123456789", "the number is 123 45 6789, in the clear, mind you")
    ],
    *[
        ("clients_phone_numbers_check", {"phone_numbers": numbers})
        for numbers in (
            {"phone_number": "555", "phone_type": "home"},
            ["555"],
            [{}],
            [{"phone_number": "555"}],
            [{"phone_number": "call me", "phone_type": "home"}],
            [{"phone_number": "", "phone_type": "home"}],
            [{"phone_number": 555, "phone_type": "home"}],
            [{"phone_number": "5+55", "phone_type": "home"}],
            [{"phone_number": "555", "phone_type": "fax"}],
            [{"phone_number": "555", "phone_type": None}],
            [{"phone_number": "555", "phone_type": "home"}, None],
        )
    ],
]


async def test_a_client_is_validated(connection: Connection) -> None:
    right = {"first_name": "Client", "last_name": "One", "date_of_birth": "1990-02-03"}
    for constraint, wrong in CLIENTS:
        async with refused(connection, errors.CheckViolation) as caught:
            await insert(connection, "clients", **{**right, **wrong})
        assert caught.value.diag.constraint_name == constraint, wrong


async def test_what_a_client_may_be(connection: Connection) -> None:
    right: dict[str, Any] = {"first_name": "Client", "last_name": "O", "date_of_birth": "1990-02-03"}
    today = datetime.now(UTC).date() - timedelta(days=1)
    for allowed in (
        {"first_name": "x" * 50, "email": "first.last+tag@sub.host-name.example"},
        {"date_of_birth": today},
        {"date_of_birth": today.replace(year=today.year - 120, day=1)},
        {"phone_numbers": []},
        {
            "phone_numbers": [
                {"phone_number": "+1 (555) 010-0001", "phone_type": kind}
                for kind in ("home", "work", "mobile", "other")
            ]
        },
        {"ssn_encrypted": "v1:k1:" + "ab12" * 10},
        {"state": "NY", "postal_code": "10001-1234"},
    ):
        await insert(connection, "clients", **{**right, **allowed})


async def test_required_fields_are_required(connection: Connection) -> None:
    right = {"first_name": "Client", "last_name": "One", "date_of_birth": "1990-02-03"}
    for column in right:
        async with refused(connection, errors.NotNullViolation):
            await insert(connection, "clients", **{**right, column: None})


async def test_numbers_of_records_are_given_and_unique(connection: Connection, client: UUID) -> None:
    row = await (
        await connection.execute(
            "select medical_record_number as number from clients where id = %s", (client,)
        )
    ).fetchone()
    assert row
    assert row["number"].startswith("MRN-")
    async with refused(connection, errors.UniqueViolation):
        await insert(
            connection,
            "clients",
            first_name="Client",
            last_name="Two",
            date_of_birth="1990-02-03",
            medical_record_number=row["number"],
        )


async def test_an_appointment_is_validated(connection: Connection, client: UUID, therapist: UUID) -> None:
    for constraint, wrong in (
        ("appointments_end_time_check", {"end_time": NINE}),
        ("appointments_end_time_check", {"end_time": NINE - HOUR}),
        ("appointments_duration_check", {"end_time": NINE + timedelta(hours=25)}),
        ("appointments_status_check", {"status": "completed"}),
        ("appointments_appointment_type_check", {"appointment_type": "Massage"}),
        ("appointments_service_location_check", {"service_location": "Moon"}),
    ):
        async with refused(connection, errors.CheckViolation) as caught:
            await book(connection, client, therapist, NINE, **wrong)
        assert caught.value.diag.constraint_name == constraint
    for column in ("client_id", "provider_id"):
        async with refused(connection, errors.ForeignKeyViolation):
            values = {"client_id": client, "provider_id": therapist, column: uuid4()}
            await insert(connection, "appointments", start_time=NINE, end_time=NINE + HOUR, **values)


async def test_every_status_of_the_architecture(
    connection: Connection, client: UUID, therapist: UUID
) -> None:
    statuses = (
        "Scheduled", "Confirmed", "Checked In", "In Session", "Completed", "No Show", "Cancelled",
        "Rescheduled",
    )  # fmt: skip
    for day, status in enumerate(statuses):
        await book(connection, client, therapist, NINE + timedelta(days=day), status=status)


async def test_a_provider_is_not_booked_twice(connection: Connection, client: UUID, therapist: UUID) -> None:
    first = await book(connection, client, therapist, NINE)
    for at in (NINE, NINE + timedelta(minutes=59), NINE - timedelta(minutes=59)):
        async with refused(connection, errors.ExclusionViolation) as caught:
            await book(connection, client, therapist, at)
        assert caught.value.diag.constraint_name == "appointments_no_double_booking"
    # back to back on both sides, and for somebody else at the same time
    await book(connection, client, therapist, NINE + HOUR)
    await book(connection, client, therapist, NINE - HOUR)
    await book(connection, client, await make_person(connection, "colleague"), NINE)
    # what does not hold its slot frees it, and does not get it back while it is taken
    for status in ("Cancelled", "Rescheduled", "No Show"):
        await connection.execute("update appointments set status = %s where id = %s", (status, first))
        other = await book(connection, client, therapist, NINE)
        async with refused(connection, errors.ExclusionViolation):
            await connection.execute("update appointments set status = 'Confirmed' where id = %s", (first,))
        await connection.execute("update appointments set deleted_at = now() where id = %s", (other,))


async def test_nor_by_two_at_once(
    database_url: str, connection: Connection, client: UUID, therapist: UUID
) -> None:
    for first_commits in (True, False):
        async with connect(database_url) as other:
            at = NINE + timedelta(days=int(first_commits))
            async with connection.transaction(force_rollback=not first_commits):
                await book(connection, client, therapist, at)
                waiting = asyncio.create_task(book(other, client, therapist, at + timedelta(minutes=30)))
                await until(lambda: count_waiting(connection))
                assert not waiting.done()
            if first_commits:
                with pytest.raises(errors.ExclusionViolation):
                    await waiting
            else:
                assert await waiting


async def count_waiting(connection: Connection) -> int:
    """How many wait for their turn to book, rather than for a rival's row, which could end in a deadlock."""
    row = await (
        await connection.execute(
            "select count(*) as n from pg_stat_activity "
            "where wait_event = 'advisory' and datname = current_database()"
        )
    ).fetchone()
    assert row
    return int(row["n"])


async def test_the_day_is_the_practices(connection: Connection, client: UUID, therapist: UUID) -> None:
    late = datetime(2026, 7, 2, 2, 30, tzinfo=UTC)  # 22:30 on July 1 in New York
    appointment = await book(connection, client, therapist, late)
    await connection.execute("set time zone 'Asia/Tokyo'")
    row = await (
        await connection.execute(
            "select appointment_date::text as day from appointments where id = %s", (appointment,)
        )
    ).fetchone()
    assert row == {"day": "2026-07-01"}
    async with refused(connection, errors.GeneratedAlways):
        await connection.execute("update appointments set appointment_date = '2026-01-01'")


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


async def test_a_record_is_not_deleted_under_what_refers_to_it(
    connection: Connection, client: UUID, therapist: UUID
) -> None:
    await book(connection, client, therapist, NINE)
    for statement, person in (
        ("delete from clients where id = %s", client),
        ("delete from profiles where id = %s", therapist),
        ("delete from auth.users where id = %s", therapist),
    ):
        async with refused(connection, errors.ForeignKeyViolation):
            await connection.execute(statement, (person,))


async def test_a_role_is_held_once(connection: Connection, therapist: UUID) -> None:
    await insert(connection, "user_roles", user_id=therapist, role="therapist")
    async with refused(connection, errors.UniqueViolation):
        await insert(connection, "user_roles", user_id=therapist, role="therapist")
    async with refused(connection, errors.InvalidTextRepresentation):
        await insert(connection, "user_roles", user_id=therapist, role="owner")


async def test_signing_up_makes_nobody(connection: Connection) -> None:
    await connection.execute("insert into auth.users (id, email) values (%s, 'new@x.example')", (uuid4(),))
    row = await (
        await connection.execute(
            "select (select count(*) from profiles) + (select count(*) from user_roles) as n"
        )
    ).fetchone()
    assert row == {"n": 0}


async def test_created_by_is_who_acts_and_stays(connection: Connection, therapist: UUID) -> None:
    other = await make_person(connection, "other")
    values = {"first_name": "Client", "last_name": "New", "date_of_birth": "1990-02-03", "created_by": other}
    async with acting_as(connection, therapist, role="service_role"):
        claimed = await insert(connection, "clients", **values)
        await connection.execute("update clients set created_by = %s where id = %s", (other, claimed))
        assert await fetch_maker(connection, claimed) == therapist
    async with acting_as(connection, None, role="service_role"):
        assert await fetch_maker(connection, await insert(connection, "clients", **values)) == other


async def fetch_maker(connection: Connection, client: UUID) -> UUID:
    row = await (
        await connection.execute("select created_by from clients where id = %s", (client,))
    ).fetchone()
    assert row
    return UUID(str(row["created_by"]))


async def test_updated_at_is_stamped(connection: Connection, client: UUID) -> None:
    await connection.execute("update clients set updated_at = '2000-01-01' where id = %s", (client,))
    row = await (
        await connection.execute("select updated_at > now() - interval '1 minute' as fresh from clients")
    ).fetchone()
    assert row == {"fresh": True}


async def test_visitors_reach_nothing(connection: Connection) -> None:
    rows = await (
        await connection.execute("select tablename from pg_tables where schemaname = 'public'")
    ).fetchall()
    assert len(rows) > 30
    async with acting_as(connection, None, role="anon"):
        for row in rows:
            table = sql.Identifier("public", row["tablename"])
            for command in ("select from {}", "delete from {}", "insert into {} default values"):
                async with refused(connection):
                    await connection.execute(sql.SQL(command).format(table))


async def test_access_to_phi_is_only_ever_added(connection: Connection) -> None:
    async with acting_as(connection, None, role="service_role"):
        await insert(
            connection,
            "phi_access_logs",
            user_id=uuid4(),
            patient_id=uuid4(),
            access_type="view",
            resource_type="x",
        )
        for statement in ("update phi_access_logs set access_type = 'edit'", "delete from phi_access_logs",
                          "truncate phi_access_logs"):  # fmt: skip
            async with refused(connection):
                await connection.execute(statement)
