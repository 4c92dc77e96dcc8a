"""A module to rows: its matrix as a new version, the one in force. Never connects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mentalspace.raci.literals import quote, quote_array
from mentalspace.raci.render_header import render_header
from mentalspace.raci.specs import (
    AssignmentSpec,
    EnforcementSpec,
    EscalationSpec,
    ModuleSpec,
    PromiseSpec,
    TaskSpec,
)

TASKS = ("task", "position", "title", "performed_by_system", "procedural", "sla", "note")
ASSIGNMENTS = ("task", "role", "duties", "scope", "note")
ENFORCEMENTS = ("task", "position", "table_name", "command", "description")
PROMISES = (
    *("task", "promise", "owner", "table_name", "statement", "unmeasured", "severity", "remedy"),
    *("remind", "rule"),
)
ESCALATIONS = ("position", "title", "path", "patience", "answers")
# By the column's name, which means the same in every one of these tables.
CASTS = {
    "role": "public.app_role",
    "duties": "text[]",
    "scope": "governance.raci_scope",
    "remind": "interval",
    "path": "text[]",
    "patience": "interval[]",
    "answers": "text[]",
}


def render_module(module: ModuleSpec) -> str:
    """Load a new version of one module's matrix and make it the one in force."""
    tables = (
        ("raci_tasks", TASKS, map(_task, module.tasks)),
        ("raci_assignments", ASSIGNMENTS, map(_assignment, module.assignments)),
        ("raci_enforcements", ENFORCEMENTS, map(_enforcement, module.enforcements)),
        ("raci_promises", PROMISES, map(_promise, module.promises)),
        ("raci_escalations", ESCALATIONS, map(_escalation, module.escalations)),
    )
    rows = [
        line for table, columns, values in tables for line in _rows(module.module, table, columns, values)
    ]
    return "\n".join([*_module_header(module.module), *_version(module), *rows])


def render_dropped_module(module: str) -> str:
    """Take a module out of force; its versions stay readable."""
    header = render_header(
        f"the RACI matrix of {module} is no longer in force",
        "row of governance.raci_versions",
        (),
        "update governance.raci_versions set is_active = true where …",
        "a row lock",
    )
    return "\n".join([*header, _retire(module), ""])


def _module_header(module: str) -> Iterable[str]:
    return render_header(
        f"the RACI matrix of {module}, as rows",
        "rows of governance.raci_versions, raci_tasks, raci_assignments, raci_enforcements, "
        "raci_promises, raci_escalations",
        (module,),
        f"make the version before active again in governance.raci_versions, module {module}",
        "row locks on the version before",
    )


def _retire(module: str) -> str:
    return (
        f"update governance.raci_versions set is_active = false where module = {quote(module)} and is_active;"
    )


def _version(module: ModuleSpec) -> list[str]:
    name = quote(module.module)
    return [
        _retire(module.module),
        "insert into governance.raci_versions (module, version, title, document_hash)",
        f"select {name}, coalesce(max(version), 0) + 1, {quote(module.title)},",
        f"  {quote(module.digest)}",
        f"from governance.raci_versions where module = {name};",
        "",
    ]


def _task(each: TaskSpec) -> Sequence[str]:
    texts = map(_text, (each.performed_by_system, each.procedural, each.sla, each.note))
    return (quote(each.task), str(each.position), quote(each.title), *texts)


def _assignment(each: AssignmentSpec) -> Sequence[str]:
    duties = quote_array(each.duties)
    return (quote(each.task), quote(each.role), duties, quote(each.scope), _text(each.note))


def _enforcement(each: EnforcementSpec) -> Sequence[str]:
    texts = map(quote, (each.table, each.command, each.description))
    return (quote(each.task), str(each.position), *texts)


def _promise(each: PromiseSpec) -> Sequence[str]:
    where = (each.task, each.promise, each.owner, each.table, each.statement, each.unmeasured)
    return tuple(map(quote, (*where, each.severity, each.remedy, each.remind, each.rule)))


def _escalation(each: EscalationSpec) -> Sequence[str]:
    return (
        str(each.position),
        quote(each.title),
        *map(quote_array, (each.path, each.patience, each.answers)),
    )


def _rows(module: str, table: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    values = [f"  ({', '.join(row)})" for row in rows]
    if not values:
        return []
    chosen = ", ".join(f"r.{c}::{CASTS[c]}" if c in CASTS else f"r.{c}" for c in columns)
    return [
        f"insert into governance.{table} (module, version, {', '.join(columns)})",
        f"select v.module, v.version, {chosen}",
        "from governance.raci_versions v, (values",
        ",\n".join(values),
        f") r ({', '.join(columns)})",
        f"where v.module = {quote(module)} and v.is_active;",
        "",
    ]


def _text(text: str) -> str:
    return quote(" ".join(text.split()))
