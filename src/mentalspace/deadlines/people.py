"""Whom rows that are late or nearly so concern: staff with a duty on the task, within scope. Read-only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict

from mentalspace.database.connection import Connection
from mentalspace.deadlines.promise import DueRow, Promise, queries


class Concerned(BaseModel):
    """A person, by which role, and the rows within its scope."""

    model_config = ConfigDict(frozen=True)

    role: str
    is_responsible: bool
    user_id: UUID
    row_keys: tuple[str, ...]


async def find_people(
    connection: Connection, promise: Promise, rows: Sequence[DueRow], time_zone: str
) -> list[Concerned]:
    """Active staff whom these rows concern, by role. Clients are never among them."""
    values = {
        "module": promise.module,
        "task": promise.task,
        "rows": Jsonb([row.to_json() for row in rows]),
        "time_zone": time_zone,
    }
    found = await (await connection.execute(queries["find_people"], values)).fetchall()
    return [Concerned.model_validate(row) for row in found]


async def find_audience(
    connection: Connection, promise: Promise, rows: Sequence[DueRow], time_zone: str
) -> Mapping[str, tuple[UUID, ...]]:
    """By role of the path that does not reach every row: its people whom these rows concern, maybe nobody."""
    names = {"module": promise.module, "task": promise.task}
    narrow = await (await connection.execute(queries["list_narrow_roles"], names)).fetchall()
    roles = {row["role"] for row in narrow} & set(promise.path)
    if not roles:
        return {}
    people = await find_people(connection, promise, rows, time_zone)
    return {role: tuple(each.user_id for each in people if each.role == role) for role in sorted(roles)}
