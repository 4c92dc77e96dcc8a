"""A practice where everybody has rows of every kind: own, caseload, supervised, formerly so, foreign."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from tests.database.raci.oracle import Client, Oracle, Person
from tests.database.raci.records import RECORD_STATUSES, add_records

from mentalspace.database.connection import Connection

ATTEMPTS = Path(__file__).with_name("attempts.sql")
BEFORE = date.today() - timedelta(days=30)  # noqa: DTZ011  (a month ago in any zone)
YESTERDAY = BEFORE + timedelta(days=28)
SUBJECTS: dict[str, tuple[str, ...]] = {
    "front_desk": ("front_desk",),
    "therapist": ("therapist",),
    "associate_trainee": ("associate_trainee",),
    "supervisor": ("supervisor",),
    "administrator": ("administrator",),
    "billing_staff": ("billing_staff",),
    "client_user": ("client_user",),
    "therapist and billing": ("therapist", "billing_staff"),
    "supervisor and therapist": ("supervisor", "therapist"),
    "therapist and client": ("therapist", "client_user"),
    "client switched off": ("client_user",),
    "therapist in an emergency": ("therapist",),
    "no role": (),
    "inactive front desk": ("front_desk",),
}
STATUSES = {
    "appointments": (
        *("Scheduled", "Confirmed", "Checked In", "In Session"),
        *("Completed", "No Show", "Cancelled", "Rescheduled"),
    ),
    "appointment_waitlist": ("Waiting", "Offered", "Booked", "Removed"),
    "reminder_logs": ("Pending", "Sent", "Failed", "Cancelled"),
    "clients": ("Pending", "Active", "Inactive", "Discharged", "Deceased"),
    "supervision_relationships": ("Pending", "Active", "Ended"),
    **RECORD_STATUSES,
}


@dataclass(repr=False)
class Population:
    """People by name, and the keys of the rows that are somebody's, by table."""

    connection: Connection
    oracle: Oracle
    people: dict[str, Person] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    related: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    columns: dict[str, list[str]] = field(default_factory=dict)
    # What a new row may name: an appointment and a spare note, by provider and client.
    appointments: dict[tuple[str, str], str] = field(default_factory=dict)
    spare_notes: dict[tuple[str, str], str] = field(default_factory=dict)
    _hours: count[int] = field(default_factory=count)
    _alike: dict[tuple[str, tuple[str, ...]], dict[tuple[Any, ...], list[str]]] = field(default_factory=dict)

    async def add_person(self, name: str, *roles: str, is_active: bool = True) -> str:
        person = self.ids[name] = str(uuid4())
        await self.connection.execute("insert into auth.users (id, email) values (%s, %s)", (person, person))
        await self.insert(
            "profiles",
            id=person,
            email=f"{UUID(person).hex}@mentalspace.example",
            first_name="Synthetic",
            last_name="Person",
            is_active=is_active,
        )
        for role in roles:
            await self.insert("user_roles", user_id=person, role=role)
        return person

    async def insert(self, table: str, **values: Any) -> str:
        names = ", ".join(values)
        marks = ", ".join(["%s"] * len(values))
        key = key_column(table)
        cursor = await self.connection.execute(
            f"insert into public.{table} ({names}) values ({marks}) returning {key}::text as key".encode(),
            tuple(values.values()),
        )
        row = await cursor.fetchone()
        assert row
        return str(row["key"])

    async def add_client(
        self, therapist: str, portal: str | None = None, status: str = "Active", *, is_open: bool = True
    ) -> str:
        key = await self.insert(
            "clients",
            first_name="Synthetic",
            last_name="Client",
            date_of_birth=date(1990, 1, 1),
            status=status,
            primary_therapist_id=therapist,
            portal_user_id=portal,
            portal_enabled=portal is not None and is_open,
        )
        self.oracle.clients[key] = Client(portal, therapist, is_open=is_open)
        return key

    def find_alike(self, table: str, columns: tuple[str, ...]) -> dict[tuple[Any, ...], list[str]]:
        """Keys of the rows of a table by what they hold in these columns."""
        if (table, columns) not in self._alike:
            found = self._alike[table, columns] = defaultdict(list)
            for key, row in self.rows[table].items():
                found[tuple(row[column] for column in columns)].append(key)
        return self._alike[table, columns]

    def hour(self) -> datetime:
        """An hour of its own for everything that has one."""
        return datetime(2026, 11, 2, tzinfo=UTC) + timedelta(hours=next(self._hours))

    def remember(self, subject: str, table: str, key: str) -> str:
        self.related.setdefault((subject, table), []).append(key)
        return key


def key_column(table: str) -> str:
    return "code" if table == "service_codes" else "id"


async def populate(connection: Connection) -> Population:
    """Everybody and everything; then the rows as Postgres prints them to JSON."""
    await connection.execute(ATTEMPTS.read_bytes())
    population = Population(connection, Oracle.read())
    async with connection.transaction():
        # What triggers record and capture of thousands of rows nobody reads here.
        await _switch_triggers(population, "disable")
        await _add_bystanders(population)
        for subject, roles in SUBJECTS.items():
            await _add_subject(population, subject, roles)
        await connection.execute("set constraints all immediate")
        await _switch_triggers(population, "enable")
    for table in population.oracle.parts:
        await _read(population, table)
    population.oracle.rows = population.rows
    for key, row in population.rows["user_roles"].items():
        for subject in SUBJECTS:
            if row["user_id"] in population.related[subject, "profiles"]:
                population.remember(subject, "user_roles", key)
    return population


async def _switch_triggers(population: Population, word: str) -> None:
    # Not those of roles: what their holders reach is derived by one.
    for table in population.oracle.parts.keys() - {"user_roles"}:
        await population.connection.execute(f"alter table public.{table} {word} trigger user".encode())


async def _add_bystanders(population: Population) -> None:
    for name, role in (("colleague", "therapist"), ("stranger", "therapist"), ("admin", "administrator")):
        await population.add_person(name, role)
    for code, description in (("90834", "45 minutes"), ("90837", "60 minutes")):
        await population.insert("service_codes", code=code, description=description)
    login = population.ids["login without profile"] = str(uuid4())
    await population.connection.execute("insert into auth.users (id, email) values (%s, %s)", (login, login))
    population.ids["foreign client"] = await population.add_client(population.ids["colleague"])


async def _add_subject(population: Population, subject: str, roles: tuple[str, ...]) -> None:
    add, ids = population.add_person, population.ids
    is_active = not subject.startswith("inactive")
    me = await add(subject, *roles, is_active=is_active)
    supervisee = await add(f"{subject}/supervisee", "associate_trainee")
    former = await add(f"{subject}/former", "therapist")
    later = await add(f"{subject}/later", "therapist")
    opened = [ids["foreign client"]] if subject.endswith("emergency") else []
    for client in opened:
        await population.connection.execute(
            "insert into governance.emergency_accesses (user_id, client_id, reason, expires_at) "
            "values (%s, %s, 'Somebody is in danger', '2999-01-01')",
            (me, client),
        )
    population.people[subject] = Person(
        me,
        frozenset(roles) if is_active else frozenset(),
        frozenset({supervisee}),
        emergencies=frozenset(opened),
    )
    await _add_supervision(population, subject, me, (supervisee, former, later))
    for key in (me, supervisee, former, ids["colleague"]):
        population.remember(subject, "profiles", key)
    await _add_rows(population, subject, me, (supervisee, former, later))


async def _add_supervision(
    population: Population, subject: str, me: str, others: tuple[str, str, str]
) -> None:
    supervisee, former, later = others
    colleague, stranger, admin = (population.ids[name] for name in ("colleague", "stranger", "admin"))
    for supervisor, person, status, start, end in (
        (me, supervisee, "Active", BEFORE, None),
        # None of these counts: over, not yet, not agreed, ended.
        (me, former, "Active", BEFORE, YESTERDAY),
        (me, later, "Active", date(2999, 1, 1), None),
        (me, stranger, "Pending", BEFORE, None),
        (me, admin, "Ended", BEFORE, None),
        (colleague, me, "Active", BEFORE, None),
        (stranger, later, "Pending", BEFORE, None),
    ):
        row = {"supervisor_id": supervisor, "supervisee_id": person, "status": status}
        key = await population.insert("supervision_relationships", **row, start_date=start, end_date=end)
        population.remember(subject, "supervision_relationships", key)


async def _add_rows(population: Population, subject: str, me: str, others: tuple[str, str, str]) -> None:
    supervisee, former, later = others
    colleague, foreign = population.ids["colleague"], population.ids["foreign client"]
    clients = {}
    for name, therapist, portal in (
        ("portal", colleague, me),
        ("caseload", me, None),
        ("supervisee", supervisee, None),
        ("supervisee's own care", colleague, supervisee),
        ("former", former, None),
    ):
        is_open = subject != "client switched off"
        for status in STATUSES["clients"]:
            key = await population.add_client(therapist, portal, status, is_open=is_open)
            population.remember(subject, "clients", key)
            clients[name] = key if status == "Active" else clients.get(name, key)
        gone = await population.add_client(therapist, portal, is_open=is_open)
        await population.connection.execute(
            "update public.clients set deleted_at = %s where id = %s", (BEFORE, gone)
        )
        population.remember(subject, "clients", gone)
    population.remember(subject, "clients", foreign)
    pairs = [(provider, foreign) for provider in (me, supervisee, former, later, colleague)]
    pairs += [(colleague, client) for client in clients.values()]
    for provider, client in pairs:
        await _add_care(population, subject, provider, client)
    for provider in (me, supervisee, former, colleague):
        start = population.hour()
        key = await population.insert(
            "blocked_times", provider_id=provider, start_time=start, end_time=start + timedelta(minutes=50)
        )
        population.remember(subject, "blocked_times", key)
    for client in (*clients.values(), foreign):
        await _add_reminders(population, subject, client)
    await add_records(population, subject, (me, supervisee, former), clients)


async def _add_care(population: Population, subject: str, provider: str, client: str) -> None:
    for status, deleted_at in (*((each, None) for each in STATUSES["appointments"]), ("Scheduled", BEFORE)):
        start = population.hour()
        key = await population.insert(
            "appointments",
            provider_id=provider,
            client_id=client,
            start_time=start,
            end_time=start + timedelta(minutes=50),
            status=status,
            deleted_at=deleted_at,
        )
        population.remember(subject, "appointments", key)
        population.appointments.setdefault((provider, client), key)
    for status in STATUSES["appointment_waitlist"]:
        key = await population.insert(
            "appointment_waitlist", provider_id=provider, client_id=client, status=status
        )
        population.remember(subject, "appointment_waitlist", key)


async def _add_reminders(population: Population, subject: str, client: str) -> None:
    appointment = population.appointments[population.ids["colleague"], client]
    for status in STATUSES["reminder_logs"]:
        key = await population.insert(
            "reminder_logs",
            appointment_id=appointment,
            client_id=client,
            channel="email",
            status=status,
            scheduled_for=population.hour(),
            sent_at=population.hour() if status == "Sent" else None,
        )
        population.remember(subject, "reminder_logs", key)


async def _read(population: Population, table: str) -> None:
    """Rows as JSON: what the attempts send and what the oracle compares are the same values."""
    cursor = await population.connection.execute(
        f"select {key_column(table)}::text as key, to_jsonb(t) as row from public.{table} t".encode()
    )
    population.rows[table] = {row["key"]: row["row"] for row in await cursor.fetchall()}
    cursor = await population.connection.execute(
        "select attname::text as name from pg_attribute where attrelid = %s::regclass "
        "and attnum > 0 and not attisdropped and attgenerated = '' order by attnum",
        (f"public.{table}",),
    )
    population.columns[table] = [row["name"] for row in await cursor.fetchall()]
