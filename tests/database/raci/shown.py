"""The matrix that callers are shown, compared cell by cell with the YAML."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from uuid import UUID

from tests.database.raci.oracle import ROOT, read_cell, read_yaml
from tests.people import acting_as

from mentalspace.database.connection import Connection

MODULES = {
    document["module"]: document
    for document in (read_yaml(path) for path in sorted((ROOT / "docs/raci").glob("*.yaml")))
}
ROLES = (
    *("administrator", "supervisor", "therapist", "associate_trainee"),
    *("billing_staff", "front_desk", "client_user"),
)
LETTERS = {"responsible": "R", "accountable": "A", "consulted": "C", "informed": "I", "perform": "RA"}
SHOWN = """
select module, task, role::text, duties, scope::text, can_perform, note, enforced_by from public.raci_matrix
"""
ENFORCED = """
select enforced.module || '.' || enforced.task as name, position, table_name, command
from governance.raci_enforcements enforced
join governance.raci_versions matrix using (module, version)
where matrix.is_active
"""
TOLD = """
select each.module, each.task, to_jsonb(answer) as at_once,
  (
    select jsonb_object_agg(duty, public.has_raci_permission(each.module, each.task, duty))
    from unnest(%s::text[]) duty
  ) as one_by_one
from unnest(%s::text[], %s::text[]) as each (module, task)
cross join lateral public.get_raci_permissions(each.module, each.task) answer
"""


@cache
def list_cells() -> Mapping[tuple[str, str, str], tuple[str, str]]:
    """Letters and scope by module, task and role."""
    return {
        (module, task, role): read_cell(document, role, cell)
        for module, document in MODULES.items()
        for task, written in document["tasks"].items()
        for role, cell in written["duties"].items()
    }


async def find_wrong_rows(connection: Connection, person: UUID | str) -> list[str]:
    """Rows of `raci_matrix`, as this person reads it, that are not the YAML's; and those that are missing."""
    async with acting_as(connection, person):
        rows = await (await connection.execute(SHOWN)).fetchall()
    seen = {
        (row["module"], row["task"], row["role"]): (
            *(",".join(row["duties"]), row["scope"], row["can_perform"]),
            " ".join((row["note"] or "").split()),
            _names_tables(row),
        )
        for row in rows
    }
    expected = {key: (*cell, _performs(cell[0]), _note(*key), True) for key, cell in list_cells().items()}
    if len(rows) != len(seen):
        return ["a cell is shown twice"]
    return sorted(
        ".".join(key) for key in seen.keys() | expected.keys() if seen.get(key) != expected.get(key)
    )


async def find_wrong_enforcements(connection: Connection) -> list[str]:
    """What the matrix in force says that its tasks do to tables, where the YAML says something else."""
    rows = await (await connection.execute(ENFORCED)).fetchall()
    seen = [(row["name"], row["position"], row["table_name"], row["command"]) for row in rows]
    expected = [
        (f"{module}.{task}", position, entry["table"], entry.get("command", "update"))
        for module, document in MODULES.items()
        for task, written in document["tasks"].items()
        for position, entry in enumerate(written.get("enforces", []))
    ]
    return sorted(str(each) for each in {*seen} ^ {*expected})


async def find_wrong_answers(connection: Connection, person: UUID | str, *roles: str) -> list[str]:
    """Tasks whose duties, asked at once or one by one, are not those of the roles in the YAML."""
    tasks = [(module, task) for module, document in MODULES.items() for task in document["tasks"]]
    modules, names = (list(column) for column in zip(*tasks, strict=True))
    async with acting_as(connection, person):
        cursor = await connection.execute(TOLD, (list(LETTERS), modules, names))
        rows = await cursor.fetchall()
    return [f"{row['module']}.{row['task']}" for row in rows if not _is_right(row, roles)]


def _is_right(row: Mapping[str, Any], roles: tuple[str, ...]) -> bool:
    cells = list_cells()
    letters = "".join(cells.get((row["module"], row["task"], role), ("", ""))[0] for role in roles)
    holds = {duty: bool(set(wanted) & set(letters)) for duty, wanted in LETTERS.items()}
    at_once = {f"is_{duty}": held for duty, held in holds.items() if duty != "perform"}
    return bool(row["one_by_one"] == holds and row["at_once"] == {**at_once, "can_perform": holds["perform"]})


def _note(module: str, task: str, role: str) -> str:
    """What is said of the cell, else of its task."""
    written = MODULES[module]["tasks"][task]
    cell = written["duties"][role]
    own = cell.get("note") if isinstance(cell, dict) else None
    return " ".join((own or written.get("note", "")).split())


def _names_tables(row: Mapping[str, Any]) -> bool:
    """Whether what enforces the task is said of each of its entries, in their order."""
    tables = [entry["table"] for entry in MODULES[row["module"]]["tasks"][row["task"]].get("enforces", [])]
    said = row["enforced_by"]
    return len(tables) == len(said) and all(table in text for table, text in zip(tables, said, strict=True))


def _performs(letters: str) -> bool:
    return bool(set("RA") & set(letters))
