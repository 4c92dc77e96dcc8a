"""The live database against what the matrix compiles to, as findings.

Effect: temporary tables in a transaction that is rolled back. Postgres keeps a policy as a tree and prints it
its own way, so the policies as they should be are created on temporary tables and both printings compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.findings import Finding, Level
from mentalspace.raci.compile import compile_matrix
from mentalspace.raci.durations import measure_duration
from mentalspace.raci.matrix import Command, Matrix
from mentalspace.raci.privileges import fetch_granted
from mentalspace.raci.render_guard import render_body
from mentalspace.raci.render_recorder import RECORDER, recorded_commands, render_recorder_body
from mentalspace.raci.render_sql import render_policies
from mentalspace.raci.specs import Compiled, EscalationSpec, ModuleSpec, PromiseSpec, TableSpec

queries = load_queries(__package__ or "")
Rows = list[dict[str, Any]]
KINDS_OF_ROWS = ("tasks", "assignments", "enforcements", "promises", "escalations")
# How Postgres writes when a trigger fires: for each row, before, after which commands.
EACH_ROW, BEFORE = 1, 2
FIRES = {Command.insert: 4, Command.delete: 8, Command.update: 16}


@dataclass(frozen=True)
class ExpectedTrigger:
    """A compiled trigger as it must be, what findings call it, and what happens without it."""

    name: str
    thing: str
    fires: int
    body: tuple[str, ...]
    without: str


async def find_drift(connection: Connection, matrix: Matrix) -> list[Finding]:
    """Every difference between this database and the compiled matrix; empty when it is current."""
    compiled = compile_matrix(matrix)
    names = [spec.table.name for spec in compiled.tables]
    columns = {row["table_name"]: row for row in await _fetch(connection, "list_columns", tables=names)}
    findings = [f for spec in compiled.tables for f in compare_columns(spec, columns.get(spec.table.name))]
    present = [spec for spec in compiled.tables if _can_compare(spec, columns.get(spec.table.name))]
    findings += await _find_policy_drift(connection, present)
    findings += _find_grant_drift(
        present, {(each.table, each.command): each.roles for each in await fetch_granted(connection)}
    )
    triggers = {(row["table_name"], row["name"]): row for row in await _fetch(connection, "list_triggers")}
    findings += [f for spec in present for f in compare_triggers(spec, triggers)]
    findings += [finding async for finding in _find_row_drift(connection, compiled)]
    return findings + await _find_reach_drift(connection)


def compare_columns(spec: TableSpec, live: dict[str, Any] | None) -> Iterator[Finding]:
    """Columns that the contract has and the table does not, the reverse, and RLS switched off."""
    table = spec.table
    if live is None:
        yield _finding(
            table.name, "table", "missing", f"declared in {table.declared_in}; apply the migrations"
        )
        return
    for column in table.columns:
        if column not in live["columns"]:
            detail = f"column {column} is declared in {table.declared_in} and missing here"
            yield _finding(table.name, f"column.{column}", "missing", detail)
    for column in live["columns"]:
        if column not in table.columns:
            detail = f"column {column} is not in {table.declared_in}; callers cannot change it"
            yield _finding(table.name, f"column.{column}", "undeclared", detail, Level.info)
    if not live["has_rls"]:
        yield _finding(table.name, "rls", "switched off", "row level security does not guard the table")


async def _find_policy_drift(connection: Connection, specs: Sequence[TableSpec]) -> list[Finding]:
    names = [spec.table.name for spec in specs]
    live = await _fetch(connection, "list_policies", tables=names, temporary=False)
    async with connection.transaction(force_rollback=True):
        for spec in specs:
            for statement in render_expected(spec):
                # Compiled from reviewed documents; nothing in it comes from a caller.
                await connection.execute(statement.encode())
        expected = await _fetch(connection, "list_policies", tables=names, temporary=True)
    return list(compare_policies(expected, live))


def render_expected(spec: TableSpec) -> Iterator[str]:
    """A temporary table of the same columns with the policies as they should be."""
    name = spec.table.name
    yield f"create temporary table {name} (like public.{name}) on commit drop"
    for lines in render_policies(spec):
        text = "\n".join(lines)
        yield text[: text.index("comment on policy")].replace(f"on public.{name}", f"on pg_temp.{name}")


def compare_policies(expected: Rows, live: Rows) -> Iterator[Finding]:
    """Policies that are missing, differ, or that the matrix does not know."""
    known = {(row["table_name"], row["name"]): row for row in expected}
    found = {(row["table_name"], row["name"]): row for row in live}
    for (table, name), row in known.items():
        if (table, name) not in found:
            yield _finding(table, name, "missing", "a policy of the matrix is not there")
        elif differing := [key for key in row if row[key] != found[table, name][key]]:
            yield _finding(table, name, "different", f"the policy differs in {', '.join(differing)}")
    for table, name in found.keys() - known.keys():
        yield _finding(table, name, "unknown", "a policy that the matrix does not know opens or closes rows")


def _find_grant_drift(
    specs: Sequence[TableSpec], granted: dict[tuple[str, str], tuple[str, ...]]
) -> Iterator[Finding]:
    for spec in specs:
        table = spec.table.name
        for command in ("select", "insert", "update", "delete", "truncate", "references", "trigger"):
            wanted = ("authenticated",) if command in spec.grants else ()
            given = granted.get((table, command), ())
            for role in sorted({*wanted, *given}):
                if (role in wanted) != (role in given):
                    what = "missing" if role in wanted else "unknown"
                    yield _finding(table, f"grant.{command}.{role}", what, f"{command} for {role}")


def compare_triggers(spec: TableSpec, live: Mapping[tuple[str, str], dict[str, Any]]) -> Iterator[Finding]:
    """The guard and the recorder, and the texts of their functions."""
    for expected in _expected_triggers(spec):
        yield from _compare_trigger(spec.table.name, expected, live.get((spec.table.name, expected.name)))


def _expected_triggers(spec: TableSpec) -> Iterator[ExpectedTrigger]:
    on_every_change = EACH_ROW | BEFORE | sum(FIRES.values())
    body = tuple(render_body(spec))
    yield ExpectedTrigger("_raci_guard", "guard", on_every_change, body, "no change is judged")
    if commands := recorded_commands(spec):
        fires = EACH_ROW | sum(FIRES[command] for command in commands)
        body = tuple(render_recorder_body(spec))
        yield ExpectedTrigger(RECORDER, "recorder", fires, body, "nobody is told of a change")


def _compare_trigger(table: str, expected: ExpectedTrigger, live: dict[str, Any] | None) -> Iterator[Finding]:
    name, thing = expected.name, expected.thing
    if live is None:
        yield _finding(table, thing, "missing", f"the trigger {name} is not there: {expected.without}")
        return
    if live["enabled"] not in ("O", "A") or live["events"] != expected.fires:
        yield _finding(table, thing, "different", f"the trigger {name} does not fire when it should")
    if live["is_conditional"]:
        yield _finding(table, thing, "different", f"the trigger {name} fires on a condition")
    if not live["is_definer"] or live["settings"] != ['search_path=""']:
        yield _finding(table, thing, "different", "its function is not a definer with an empty path")
    if live["body"].strip("\n") != "\n".join(expected.body):
        yield _finding(table, thing, "different", "the text of its function is not the compiled one")


async def _find_row_drift(connection: Connection, compiled: Compiled) -> Any:
    live = {row["module"]: row for row in await _fetch(connection, "list_modules")}
    rows = {name: await _fetch(connection, f"list_{name}") for name in KINDS_OF_ROWS}
    for module in compiled.modules:
        for finding in compare_module(module, live.get(module.module), rows):
            yield finding
    for name in sorted(live.keys() - {module.module for module in compiled.modules}):
        yield _row_finding(name, "module", "unknown", "in force here, and no document has it")


async def _find_reach_drift(connection: Connection) -> list[Finding]:
    """What the policies look up against the roles and the matrix that it is derived from."""
    (row,) = await _fetch(connection, "count_unequal_reach")
    return [
        Finding(
            check="raci",
            title=f"different: {table}",
            level=Level.error,
            subject=table,
            detail=f"{count} rows are not what is derived from {sources}: missing, left over or changed",
            remediation="run `update governance.raci_versions set is_active = is_active`, which derives them",
            key=f"raci:{table}:rows",
            owner="security_administrator",
        )
        for table, count, sources in (
            ("governance.raci_reach", row["of_roles"], "the matrix"),
            ("governance.held_reach", row["of_people"], "it, roles and people"),
        )
        if count
    ]


def compare_module(
    module: ModuleSpec, live: dict[str, Any] | None, rows: dict[str, Rows]
) -> Iterator[Finding]:
    """The version in force and its rows."""
    if live is None:
        yield _row_finding(module.module, "module", "missing", "not loaded")
        return
    if live["document_hash"] != module.digest:
        yield _row_finding(module.module, "version", "different", "an older document is in force")
        return
    for name in KINDS_OF_ROWS:
        wanted = {_comparable(_as_read(spec)) for spec in getattr(module, name)}
        found = {_comparable(tuple(row.values())[1:]) for row in rows[name] if row["module"] == module.module}
        for row in sorted({one[0] for one in wanted ^ found}):
            yield _row_finding(module.module, f"{name}.{row}", "different", f"{name} of {row} were edited")


def _as_read(spec: Any) -> tuple[Any, ...]:
    """A row as the database gives it: durations are intervals there."""
    match spec:
        case PromiseSpec(remind=str() as remind):
            spec = replace(spec, remind=str(measure_duration(remind)))
        case EscalationSpec(patience=patience):
            spec = replace(spec, patience=tuple(str(measure_duration(wait)) for wait in patience))
    return astuple(spec)


def _comparable(values: Sequence[Any]) -> tuple[str, ...]:
    return tuple(
        ",".join(map(str, value)) if isinstance(value, list | tuple) else " ".join(str(value).split())
        for value in values
    )


def _can_compare(spec: TableSpec, live: dict[str, Any] | None) -> bool:
    return live is not None and set(spec.table.ownership) <= set(live["columns"])


async def _fetch(connection: Connection, name: str, **values: Any) -> Rows:
    return await (await connection.execute(queries[name], values or None)).fetchall()


def _finding(table: str, thing: str, what: str, detail: str, level: Level = Level.error) -> Finding:
    return Finding(
        check="raci",
        title=f"{what}: {thing}",
        level=level,
        subject=f"public.{table}",
        detail=detail,
        remediation="apply the migrations; what is meant to stay belongs into docs/raci first",
        key=f"raci:public.{table}:{thing}",
        owner="security_administrator",
    )


def _row_finding(module: str, thing: str, what: str, detail: str) -> Finding:
    return Finding(
        check="raci",
        title=f"{what}: {module} {thing}",
        level=Level.error,
        subject="governance.raci_versions",
        detail=f"{module}: {detail}",
        remediation="run `mentalspace raci compile --write` and `mentalspace database migrate`",
        key=f"raci:governance.raci_versions:{module}.{thing}",
        owner="security_administrator",
    )
