"""A large synthetic practice with planted defects: without constraints, and with those of our schema."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.quality.rules import DEFECTS, Defect

from mentalspace.database.connection import Connection, connect
from mentalspace.database.queries import load_queries

queries = load_queries("benchmarks.quality")
TABLES = (
    "public.profiles",
    "public.user_roles",
    "public.service_codes",
    "public.clients",
    "public.appointments",
    "public.clinical_notes",
    "public.charge_entries",
)
LOADS = ("profiles", "user_roles", "service_codes", "clients", "appointments", "notes", "charges")


@dataclass(frozen=True)
class Scale:
    """How many rows: 80 % of the appointments have a note, 90 charges come on 100 of them."""

    appointments: int = 1_000_000

    @property
    def values(self) -> dict[str, int]:
        clients, providers = self.appointments // 10, max(self.appointments // 5_000, 5)
        return {"appointments": self.appointments, "clients": clients, "providers": providers}


@dataclass(frozen=True)
class Forbidden:
    """What the schema forbids, so that it can be taken away and put back."""

    drops: tuple[str, ...]
    restores: tuple[str, ...]


async def load(url: str, superuser_url: str, scale: Scale) -> Forbidden:
    """Fill a migrated database with rows about which nothing is wrong; its constraints are dropped after."""
    async with connect(superuser_url) as connection:
        await connection.execute(queries["load_users"], scale.values)
    async with connect(url) as connection:
        forbidden, indexes = await _find_forbidden(connection), await _find(connection, "list_indexes")
        await _switch_triggers(connection, "disable")
        await _run(connection, [*forbidden.drops, *(f"drop index {row['name']}" for row in indexes)])
        for name in LOADS:
            await connection.execute(queries[f"load_{name}"], scale.values)
        await _run(connection, [row["definition"] for row in indexes])
        await _switch_triggers(connection, "enable")
    return forbidden


async def constrain(url: str, forbidden: Forbidden) -> None:
    """Put back what the schema forbids, and plant what it allows."""
    async with connect(url) as connection:
        await _run(connection, forbidden.restores)
    await plant(url, [defect for defect in DEFECTS if defect.allowed])


async def plant(url: str, defects: Sequence[Defect] = DEFECTS) -> None:
    """Make rows wrong, each in one way."""
    async with connect(url) as connection:
        await _switch_triggers(connection, "disable")
        for place, defect in enumerate(DEFECTS):
            if defect in defects:
                await connection.execute(defect.statement(place).encode())
        await _switch_triggers(connection, "enable")
    async with connect(url) as connection:
        await connection.execute("vacuum analyze")


async def keep_checks(connection: Connection, keys: Sequence[str]) -> None:
    """Register these checks alone: what is measured is what the floor does by hand."""
    await connection.execute(
        "delete from governance.quality_checks "
        "where not regexp_replace(table_name, '^public.', '') || '.' || name = any (%s)",
        (list(keys),),
    )


async def _find_forbidden(connection: Connection) -> Forbidden:
    constraints = await _find(connection, "list_constraints")
    required = await _find(connection, "list_required")
    alter = "alter table {relation} alter column {name} {what} not null"
    return Forbidden(
        drops=(
            *("alter table {relation} drop constraint {name}".format(**row) for row in reversed(constraints)),
            *(alter.format(**row, what="drop") for row in required),
        ),
        restores=(
            *(
                "alter table {relation} add constraint {name} {definition}".format(**row)
                for row in constraints
            ),
            *(alter.format(**row, what="set") for row in required),
        ),
    )


async def _find(connection: Connection, name: str) -> list[dict[str, str]]:
    return await (await connection.execute(queries[name], {"relations": list(TABLES)})).fetchall()


async def _switch_triggers(connection: Connection, what: str) -> None:
    await _run(connection, [f"alter table {table} {what} trigger user" for table in TABLES])


async def _run(connection: Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        await connection.execute(statement.encode())
