"""Every mutant of a database, from its live catalog: nothing here knows a policy, guard or task by name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.mutation.mutant import Mutant
from tests.mutation.source import find_changes

from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries

queries = load_queries(__package__)
Row = dict[str, Any]
SCOPES = ("own", "caseload", "supervisees", "all")
REDERIVE = "update governance.raci_versions set is_active = is_active"
# Which questions see what a policy of a command, a guard or a recorder does.
COMMAND = {
    "r": ("reads", "reached", "answers", "scenario"),
    "a": ("answers", "scenario"),
    "w": ("reached", "answers", "scenario"),
    "d": ("reached", "answers", "scenario"),
}
GUARDED = ("answers", "guarding", "scenario")
RECORDED = ("recorded", "scenario")
SEEN_BY = {"guard": GUARDED, "recorder": RECORDED, "function": ()}


async def find_mutants(connection: Connection) -> list[Mutant]:
    """Sorted by kind; no two do the same."""
    rows = {
        name.removeprefix("list_"): await (await connection.execute(queries[name])).fetchall()
        for name in queries
    }
    found = [
        *(mutant for row in rows["policies"] for mutant in of_policy(row)),
        *(of_row_security(row) for row in rows["tables"]),
        *(mutant for row in rows["guards"] for mutant in of_trigger(row)),
        *(mutant for row in rows["functions"] for mutant in of_function(row)),
        *(of_privilege(row) for row in rows["privileges"]),
        *(mutant for row in rows["cells"] for mutant in of_cell(row)),
        *(of_enforcement(row) for row in rows["enforcements"]),
    ]
    names = [str(mutant) for mutant in found]
    twice = [name for name, number in Counter(names).items() if number > 1]
    assert not twice, twice
    return found


def of_policy(row: Row) -> Iterator[Mutant]:
    """Dropped, for everybody, and each of its conditions changed."""
    table, name = row["table_name"], row["name"]
    on = f'"{name}" on public."{table}"'

    def mutant(label: str, statement: str) -> Mutant:
        kinds = COMMAND[row["command"]]
        seen_by = (*kinds, "privileges")
        return Mutant("policy", f"{table}.{name}: {label}", (statement,), (table,), "", kinds[:1], seen_by)

    yield mutant("dropped", f"drop policy {on}")
    yield mutant("to public", f"alter policy {on} to public")
    for clause, text in (("using", row["using_text"]), ("with check", row["check_text"])):
        for label, changed in find_changes(text or "", is_condition=True).items() if text else ():
            yield mutant(f"{clause}: {label}", f"alter policy {on} {clause} ({changed})")


def of_row_security(row: Row) -> Mutant:
    table = row["name"]
    return Mutant(
        "row security",
        f"{table}: off",
        (f'alter table public."{table}" disable row level security',),
        (table,),
        first=("reads",),
    )


def of_trigger(row: Row) -> Iterator[Mutant]:
    table, name = row["table_name"], row["name"]
    for label, statement in (
        ("dropped", f'drop trigger "{name}" on public."{table}"'),
        ("disabled", f'alter table public."{table}" disable trigger "{name}"'),
    ):
        seen_by = RECORDED if row["records"] else GUARDED
        yield Mutant("trigger", f"{table}.{name}: {label}", (statement,), (table,), seen_by=seen_by)


def of_function(row: Row) -> Iterator[Mutant]:
    """Each condition, list and statement of its body; and without the rights of its owner."""
    kind, name = row["kind"], row["signature"].removeprefix("governance.")
    derives = row["name"] == "derive_raci_reach"
    # What was derived before stays, unless it is derived again; then every table may show it.
    after = (REDERIVE,) if derives else ()
    tables = None if derives else tuple(row["tables"]) or None
    called = "" if tables or derives else row["name"]

    def mutant(label: str, *statements: str) -> Mutant:
        return Mutant(kind, f"{name}: {label}", statements, tables, seen_by=SEEN_BY[kind], called=called)

    if row["is_definer"]:
        yield mutant("invoker", f"alter function {row['signature']} security invoker", *after)
    for label, changed in find_changes(row["body"], answers=row["answers"]).items():
        yield mutant(label, row["definition"].replace(row["body"], changed, 1), *after)


def of_privilege(row: Row) -> Mutant:
    """Taken where it is there, given where it is not."""
    table = re.sub(r"^public\.(\w+).*", r"\1", row["name"]) if row["kind"] in ("table", "column") else ""
    target = {
        "table": f"table {row['name']}",
        "function": f"function {row['name']}",
        "schema": f"schema {row['name']}",
    }
    if row["kind"] == "column":
        relation, column = row["name"].split(" ", 1)
        statement = f"grant {row['privilege']} {column} on table {relation} to {row['role']}"
    elif row["has"]:
        statement = f"revoke {row['privilege']} on {target[row['kind']]} from {row['role']}"
    else:
        statement = f"grant {row['privilege']} on {target[row['kind']]} to {row['role']}"
    name = re.sub(r" on (table|function) (public\.)?", " on ", statement)
    # What is called by policies is missed by everybody; what nobody calls, the tests of privileges see.
    tables = (table,) if table else None if row["has"] else ()
    role = "anon" if row["role"] == "anon" else ""
    return Mutant("grant", name, (statement,), tables, role, ("privileges",))


def of_cell(row: Row) -> Iterator[Mutant]:
    """The cell gone, its duty more or less, its scope a step wider and a step narrower."""
    where = (
        f"where module = '{row['module']}' and version = {row['version']} "
        f"and task = '{row['task']}' and role = '{row['role']}'"
    )
    table, at = "governance.raci_assignments", SCOPES.index(row["scope"])
    changes = {"deleted": f"delete from {table} {where}"}
    changes["duty"] = f"update {table} set duties = '{{{'C' if row['performs'] else 'R'}}}' {where}"
    for letter in row["duties"] if len(row["duties"]) > 1 else ():
        changes[f"without {letter}"] = f"update {table} set duties = array_remove(duties, '{letter}') {where}"
    for label, step in (("wider", at + 1), ("narrower", at - 1)):
        if 0 <= step < len(SCOPES):
            changes[label] = f"update {table} set scope = '{SCOPES[step]}' {where}"
    for label, statement in changes.items():
        name = f"{row['module']}.{row['task']}.{row['role']}: {label}"
        yield Mutant(
            "cell", name, (statement,), tuple(row["tables"]), row["role"], ("reads", "reached", "matrix")
        )


def of_enforcement(row: Row) -> Mutant:
    statement = (
        f"delete from governance.raci_enforcements where module = '{row['module']}' "
        f"and version = {row['version']} and task = '{row['task']}' and position = {row['position']}"
    )
    name = f"{row['module']}.{row['task']}.{row['position']} ({row['table_name']} {row['command']}): deleted"
    return Mutant("enforcement", name, (statement,), (row["table_name"],), first=("matrix", "reads"))
