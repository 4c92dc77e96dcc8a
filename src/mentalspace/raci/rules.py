"""What a matrix must keep: one Accountable, somebody Responsible, known names, changes that mean one task.

Never connects. Each rule yields problems with the line of the document and what to write instead.
"""

from __future__ import annotations

from collections.abc import Iterator

from mentalspace.documents import Document, Location
from mentalspace.errors import Problem
from mentalspace.raci.advice import suggest
from mentalspace.raci.matrix import AppRole, Enforcement, Matrix, Module, Task
from mentalspace.raci.rules_promises import find_promise_problems
from mentalspace.raci.tables import MAINTAINED, Table

KINDS = ("command", "becomes", "sets", "clears", "changes")
# What is wrong, and where below the task or enforcement.
Complaint = tuple[str, *tuple[str | int, ...]]
# Which refinements go with which kind of enforcement.
REFINEMENTS = {
    "select": (),
    "insert": ("starts", "stamps", "not_by"),
    "delete": ("from", "not_by"),
    "update": ("with", "from", "stamps", "not_by"),
}


def find_problems(document: Document, module: Module, matrix: Matrix) -> Iterator[Problem]:
    """Everything wrong in one module, given all of them."""
    for key, task in module.tasks.items():
        at: Location = ("tasks", key)
        for message, *where in (*_duties(module, task), *_how(task)):
            yield document.problem(f"{key}: {message}", *at, *where)
        for index, enforcement in enumerate(task.enforces):
            for message, *where in _enforcement(enforcement, matrix):
                yield document.problem(f"{key}: {message}", *at, "enforces", index, *where)
    yield from _ambiguous(document, module, matrix)
    yield from _people(document, module)
    yield from find_promise_problems(document, module, matrix.tables)


def _duties(module: Module, task: Task) -> Iterator[Complaint]:
    yield from _accountable(task)
    if not task.responsible and not task.performed_by_system:
        yield "nobody is Responsible; give a role R, or say why in performed_by_system", "duties"
    if task.responsible and task.performed_by_system:
        yield "the system performs it and a role is Responsible; keep one", "performed_by_system"
    for role, cell in task.duties.items():
        if role not in module.roles:
            yield f"{role} has no scope in this module; add it under roles", "duties", role
        elif cell.scope and cell.scope.width > module.roles[role].scope.width:
            widest = module.roles[role].scope
            message = f"{role}: {cell.scope} is wider than the role's {widest}; a task may only narrow it"
            yield message, "duties", role, "scope"


def _accountable(task: Task) -> Iterator[Complaint]:
    match task.accountable:
        case ():
            yield "nobody is Accountable; give exactly one role A", "duties"
        case (_,):
            pass
        case several:
            names = ", ".join(several)
            message = f"{len(several)} Accountables ({names}); keep A for one, the others R"
            yield message, "duties", several[1]


def _how(task: Task) -> Iterator[Complaint]:
    if bool(task.enforces) == bool(task.procedural):
        yield ("write either enforces (what it is in the database) or procedural (why it is not)",)
    if task.reaches and not task.procedural:
        yield "reaches goes with procedural; what is enforced says so itself", "reaches"
    for index, enforcement in enumerate(task.enforces):
        if enforcement in task.enforces[:index]:
            yield "the same enforcement is already above; remove it", "enforces", index


def _enforcement(enforcement: Enforcement, matrix: Matrix) -> Iterator[Complaint]:
    kinds = [kind for kind in KINDS if getattr(enforcement, kind)]
    if len(kinds) != 1 or len(enforcement.becomes) > 1:
        yield (f"write one of {', '.join(KINDS)} (becomes with one column); add an entry for each more",)
    given = enforcement.model_dump(by_alias=True, exclude_defaults=True)
    for name in ("with", "from", "starts", "stamps", "not_by"):
        if name in given and name not in REFINEMENTS[enforcement.affects]:
            yield f"{name}: does not go with {enforcement.affects}; remove it", name
    table = matrix.tables.get(enforcement.table)
    if table is None:
        advice = suggest(enforcement.table, matrix.tables)
        yield (
            f"{enforcement.table}: no contract declares this table and whose its rows are; {advice}",
            "table",
        )
    else:
        yield from _columns(enforcement, table)


def _columns(enforcement: Enforcement, table: Table) -> Iterator[Complaint]:
    for name, value in enforcement.model_dump(by_alias=True, exclude_defaults=True).items():
        if name in ("table", "command"):
            continue
        for column in value:
            where = (name, column) if isinstance(value, dict) else (name,)
            if column not in table.columns:
                advice = suggest(column, table.columns)
                yield f"{column}: not a column of {table.name} ({table.declared_in}); {advice}", *where
            elif column == MAINTAINED:
                yield f"{MAINTAINED}: its trigger writes it, no caller; remove it", *where


def _ambiguous(document: Document, module: Module, matrix: Matrix) -> Iterator[Problem]:
    """A change of state must name one task, or a refusal could not say which."""
    for key, _, index, enforcement in module.enforcements():
        for other, other_key, one in _state_changes(matrix):
            if (other.module, other_key) < (module.module, key) and _overlap(enforcement, one):
                message = (
                    f"{key}: this change is already {other.module}.{other_key}; narrow one of them by `from`"
                )
                yield document.problem(message, "tasks", key, "enforces", index)


def _state_changes(matrix: Matrix) -> Iterator[tuple[Module, str, Enforcement]]:
    for module in matrix.modules.values():
        for key, _, _, enforcement in module.enforcements():
            if enforcement.becomes:
                yield module, key, enforcement


def _overlap(one: Enforcement, other: Enforcement) -> bool:
    if one.table != other.table or not one.becomes:
        return False
    same = any(set(values) & set(other.becomes.get(column, ())) for column, values in one.becomes.items())
    apart = any(set(one.was[c]).isdisjoint(other.was[c]) for c in one.was.keys() & other.was.keys())
    return same and not apart


def _people(document: Document, module: Module) -> Iterator[Problem]:
    if module.owner not in module.positions:
        yield document.problem(f"{module.owner}: not a position; add it under positions", "owner")
    known = {*module.positions, *(role for role in AppRole if role in module.roles)}
    for index, escalation in enumerate(module.escalation):
        for step in escalation.path:
            if step not in known:
                message = f"{step}: neither a role nor a position of this module; {suggest(step, known)}"
                yield document.problem(message, "escalation", index, "path")
