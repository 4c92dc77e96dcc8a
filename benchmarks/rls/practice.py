"""A practice of its own server, and who asks in it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from mentalspace.database.connection import Connection, connect
from mentalspace.devstack import workspace
from mentalspace.devstack.bootstrap import bootstrap
from mentalspace.devstack.postgres import Cluster
from mentalspace.devstack.scratch import scratch_cluster
from mentalspace.devstack.stack import SUPERUSER

ROOT = Path(__file__).resolve().parents[2]
# Anonymous is the eighth. Clinicians look at their own week, and at a chart of their own caseload; members of
# staff who see no clients look at the therapist's.
CLINICIANS = {"therapist": "clinician3", "associate_trainee": "clinician1", "supervisor": "clinician10"}
STAFF = {"administrator": "staff3", "billing_staff": "staff1", "front_desk": "staff2"}
ANONYMOUS = "anonymous"
PEOPLE = """
select person.name, person.id, client.id as client_id
from bench.people person
left join lateral (
  select id from public.clients
  where coalesce(portal_user_id = person.id, false) or primary_therapist_id = person.id
  order by registration_date, id limit 1
) client on true
where person.name = any (%s)
"""


@dataclass(frozen=True)
class Identity:
    """Who asks, whose week they look at, and whose chart."""

    role: str
    id: str | None
    provider_id: str
    client_id: str


@asynccontextmanager
async def own_server() -> AsyncIterator[Cluster]:
    """A PostgreSQL of its own, as hosted Supabase gives it; discarded afterwards."""
    async with scratch_cluster(ROOT, "mentalspace-benchmark") as cluster:
        await bootstrap(cluster.url(SUPERUSER))
        async with connect(cluster.url()) as connection:
            await workspace.migrate(connection, ROOT)
        yield cluster


async def populate(connection: Connection, clients: int) -> None:
    """Fill a migrated, empty database. For a superuser; some 30 seconds for 20,000 clients."""
    await connection.execute("select set_config('bench.clients', %s, false)", (str(clients),))
    text = (files("benchmarks.rls") / "population.sql").read_text()
    for statement in text.split(";\n\n"):
        if statement.strip():
            await connection.execute(statement.encode())


async def find_identities(connection: Connection) -> list[Identity]:
    """One person of each role, and nobody."""
    names = {**CLINICIANS, **STAFF, "client_user": "login1"}
    rows = await (await connection.execute(PEOPLE, (list(names.values()),))).fetchall()
    found = {row["name"]: row for row in rows}
    therapist = found[CLINICIANS["therapist"]]
    identities = []
    for role, name in names.items():
        looks_at = therapist if role in STAFF else found[name]
        provider = found[name] if role in CLINICIANS else therapist
        identities.append(
            Identity(role, str(found[name]["id"]), str(provider["id"]), str(looks_at["client_id"]))
        )
    return [*identities, Identity(ANONYMOUS, None, str(therapist["id"]), str(therapist["client_id"]))]


def prefer(*processes: int) -> bool:
    """Real-time priority for these, so that others on the machine do not show; whether it is allowed."""
    try:
        for process in processes:
            os.sched_setscheduler(process, os.SCHED_RR, os.sched_param(1))
    except PermissionError:
        return False
    return True
