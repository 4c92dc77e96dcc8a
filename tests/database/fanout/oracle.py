"""Who must be told: the matrix in force, read person by person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from mentalspace.database.connection import Connection

CELLS = """
select cell.module, cell.task, cell.role::text, letter as duty, cell.scope::text
from governance.raci_assignments cell
join governance.raci_versions matrix using (module, version)
cross join unnest(cell.duties) as letter
where matrix.is_active and letter in ('C', 'I')
"""
PEOPLE = """
select person.id, person.is_active, array_agg(held.role::text) as roles
from public.profiles person join public.user_roles held on held.user_id = person.id
group by 1
"""
SUPERVISION = """
select supervisor_id, supervisee_id
from public.supervision_relationships,
  (select (now() at time zone 'America/New_York')::date as today) calendar
where status = 'Active' and start_date <= today and coalesce(end_date, today) >= today
"""
CLIENTS = "select id, portal_user_id, portal_enabled, primary_therapist_id from public.clients"


async def rows(connection: Connection, query: str) -> list[Mapping[str, Any]]:
    return await (await connection.execute(query.encode())).fetchall()


class Oracle:
    """The matrix read person by person."""

    @classmethod
    async def read(cls, connection: Connection) -> Oracle:
        return cls(
            cells=await rows(connection, CELLS),
            people=await rows(connection, PEOPLE),
            clients=await rows(connection, CLIENTS),
            supervision=await rows(connection, SUPERVISION),
        )

    def __init__(self, **tables: Sequence[Mapping[str, Any]]) -> None:
        self.cells, self.people = tables["cells"], tables["people"]
        self.clients = {row["id"]: row for row in tables["clients"]}
        self.supervisees: dict[UUID, set[UUID]] = {}
        for row in tables["supervision"]:
            self.supervisees.setdefault(row["supervisor_id"], set()).add(row["supervisee_id"])

    def reaches(self, role: str, scope: str, person: UUID, owner: UUID | None, client: UUID) -> bool:
        row = self.clients[client]
        if role == "client_user":
            return row["portal_user_id"] == person and row["portal_enabled"]
        if scope == "all" or owner == person:
            return True
        if scope == "own":
            return False
        if row["primary_therapist_id"] == person:
            return True
        team = self.supervisees.get(person, set())
        return scope == "supervisees" and (owner in team or row["primary_therapist_id"] in team)

    def told(
        self, module: str, task: str, owner: UUID, client: UUID, actor: UUID | None
    ) -> dict[str, set[UUID]]:
        found: dict[str, set[UUID]] = {"C": set(), "I": set()}
        for cell in self.cells:
            if (cell["module"], cell["task"]) != (module, task):
                continue
            for person in self.people:
                if (
                    person["is_active"]
                    and person["id"] != actor
                    and cell["role"] in person["roles"]
                    and self.reaches(cell["role"], cell["scope"], person["id"], owner, client)
                ):
                    found[cell["duty"]].add(person["id"])
        found["I"] -= found["C"]
        return {duty: people for duty, people in found.items() if people}
