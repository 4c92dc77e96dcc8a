"""A very small practice for tests of duty and scope: people by what they are, and rows by whose they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from mentalspace.database.connection import Connection

MONDAY = datetime(2026, 11, 2, 13, 0, tzinfo=UTC)


@dataclass
class Practice:
    """People and clients by name; makes more rows on request, as the system."""

    connection: Connection
    people: dict[str, UUID] = field(default_factory=dict)
    clients: dict[str, UUID] = field(default_factory=dict)
    _hours: count[int] = field(default_factory=count)

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[Practice]:
        """The same practice for a while: what happens to it inside is undone."""
        async with self.connection.transaction(force_rollback=True):
            yield replace(self, people=dict(self.people), clients=dict(self.clients))

    async def add_person(self, name: str, *roles: str, is_active: bool = True) -> UUID:
        person = uuid4()
        await self.connection.execute("insert into auth.users (id, email) values (%s, %s)", (person, name))
        await self.connection.execute(
            "insert into public.profiles (id, email, first_name, last_name, is_active) "
            "values (%s, %s, 'Synthetic', 'Person', %s)",
            (person, f"{person.hex}@mentalspace.example", is_active),
        )
        for role in roles:
            await self.connection.execute(
                "insert into public.user_roles (user_id, role) values (%s, %s)", (person, role)
            )
        self.people[name] = person
        return person

    async def supervise(self, supervisor: str, supervisee: str, status: str = "Active", **dates: Any) -> None:
        await self.insert(
            "supervision_relationships",
            supervisor_id=self.people[supervisor],
            supervisee_id=self.people[supervisee],
            status=status,
            **dates,
        )

    async def add_client(self, name: str, therapist: str | None = None, portal: str | None = None) -> UUID:
        row = await self.insert(
            "clients",
            first_name="Synthetic",
            last_name="Client",
            date_of_birth="1990-01-01",
            primary_therapist_id=self.people.get(therapist or ""),
            portal_user_id=self.people.get(portal or ""),
            portal_enabled=portal is not None,
        )
        self.clients[name] = row
        return row

    async def add_appointment(
        self, client: str | UUID, provider: str | UUID, status: str = "Scheduled"
    ) -> UUID:
        """An appointment in an hour of its own, so that none is double booked."""
        start = MONDAY + timedelta(hours=next(self._hours))
        return await self.insert(
            "appointments",
            client_id=self.clients.get(client, client) if isinstance(client, str) else client,
            provider_id=self.people.get(provider, provider) if isinstance(provider, str) else provider,
            start_time=start,
            end_time=start + timedelta(minutes=50),
            status=status,
        )

    async def add_note(self, client: str, provider: str, **values: Any) -> UUID:
        """A note of this provider on this client; a draft, unless something else is said."""
        row: UUID = await self.insert(
            "clinical_notes",
            client_id=self.clients[client],
            provider_id=self.people[provider],
            **{"title": "A note", "note_type": "progress_note", **values},
        )
        return row

    async def insert(self, table: str, **values: Any) -> Any:
        """Insert as the system; returns the primary key."""
        columns = ", ".join(values)
        marks = ", ".join(["%s"] * len(values))
        key = "code" if table == "service_codes" else "id"
        cursor = await self.connection.execute(
            f"insert into public.{table} ({columns}) values ({marks}) returning {key}".encode(),
            tuple(values.values()),
        )
        row = await cursor.fetchone()
        assert row
        return row[key]


async def open_practice(connection: Connection) -> Practice:
    """One person per role, a colleague whom the supervisor supervises, a client with a login."""
    practice = Practice(connection)
    for name in ("front_desk", "therapist", "supervisor", "administrator", "billing_staff", "client_user"):
        await practice.add_person(name, name)
    await practice.add_person("colleague", "therapist")
    await practice.add_person("second_administrator", "administrator")
    await practice.supervise("supervisor", "colleague")
    await practice.add_client("of_therapist", therapist="therapist", portal="client_user")
    await practice.add_client("of_colleague", therapist="colleague")
    return practice
