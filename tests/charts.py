"""Rows for tests about what is kept: a synthetic chart, made column by column."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg import sql

from mentalspace.database.connection import Connection

BORN = date(1980, 6, 15)


def later(day: date, months: int) -> date:
    """The same day of a later month; the first of the next one where the month has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    try:
        return date(year, month + 1, day.day)
    except ValueError:
        return later(day.replace(day=1), months + 1)


def last_kept(today: date, months: int) -> date:
    """The earliest basis that keeps a row today; the day before it is due."""
    day = date(today.year - months // 12 - 2, today.month, 1)
    while later(day, months) < today:
        day += timedelta(days=1)
    return day


async def insert(connection: Connection, table: str, **values: Any) -> UUID:
    """Insert a row into a table of `public` and return its id."""
    statement = sql.SQL("insert into public.{} ({}) values ({}) returning id").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, values)),
        sql.SQL(", ").join(sql.Placeholder() * len(values)),
    )
    row = await (await connection.execute(statement, list(values.values()))).fetchone()
    assert row
    found: UUID = row["id"]
    return found


async def add_person(connection: Connection, **values: Any) -> UUID:
    """A person who can sign in, with a profile."""
    user_id = uuid4()
    email = f"{user_id}@mentalspace.example"
    await connection.execute("insert into auth.users (id, email) values (%s, %s)", (user_id, email))
    known = {"id": user_id, "email": email, "first_name": "Sam", "last_name": "Sample"}
    return await insert(connection, "profiles", **known, **values)


@dataclass
class Chart:
    """Makes rows of one client after another, all with one provider."""

    connection: Connection
    provider: UUID
    _slot: int = 0

    async def client(self, **values: Any) -> UUID:
        known = {
            "first_name": "Test",
            "last_name": "Client",
            "date_of_birth": BORN,
            "registration_date": date(1999, 1, 1),
            "created_at": datetime(2024, 1, 1, tzinfo=UTC),
        }
        return await insert(self.connection, "clients", **known | values)

    async def discharged(self, day: date | None, **values: Any) -> UUID:
        return await self.client(status="Discharged", is_active=False, discharge_date=day, **values)

    async def appointment(self, client: UUID, day: date, **values: Any) -> UUID:
        # Noon in the practice is the same day everywhere that matters; no two overlap.
        self._slot += 1
        start = datetime.combine(day, time(16), UTC) + timedelta(seconds=self._slot)
        known = {
            "client_id": client,
            "provider_id": self.provider,
            "start_time": start,
            "end_time": start + timedelta(seconds=1),
        }
        return await insert(self.connection, "appointments", **known | values)

    async def note(self, client: UUID, **values: Any) -> UUID:
        known = {"title": "Progress", "note_type": "progress_note"}
        return await insert(
            self.connection, "clinical_notes", client_id=client, provider_id=self.provider, **known | values
        )

    async def charge(self, client: UUID, day: date, **values: Any) -> UUID:
        known = {"service_date": day, "cpt_code": "90834", "charge_amount": 150}
        return await insert(
            self.connection, "charge_entries", client_id=client, provider_id=self.provider, **known | values
        )

    async def claim(self, client: UUID, day: date, **values: Any) -> UUID:
        known = {
            "claim_number": str(uuid4()),
            "payer_name": "A payer",
            "total_amount": 150,
            "created_at": f"{day} 17:00+00",
        }
        return await insert(self.connection, "insurance_claims", client_id=client, **known | values)

    async def payment(self, client: UUID, day: date, **values: Any) -> UUID:
        known = {"payer_type": "Client", "payment_method": "Card", "amount": 150}
        return await insert(
            self.connection, "payment_records", client_id=client, payment_date=day, **known | values
        )


async def open_chart(connection: Connection) -> Chart:
    """A chart with its provider and the service code that charges use."""
    await connection.execute(
        "insert into public.service_codes (code, description) values ('90834', 'Psychotherapy, 45 minutes') "
        "on conflict do nothing"
    )
    return Chart(connection, await add_person(connection))
