"""What a client may be, and what is refused, tried by breaking it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import errors
from tests.database.practice.rows import insert
from tests.people import refused

from mentalspace.database.connection import Connection

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
