"""What one role may do with one task, and what decides it. Never connects."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict

from mentalspace.errors import InputError
from mentalspace.raci.advice import suggest
from mentalspace.raci.compile import compile_table
from mentalspace.raci.describe import describe_enforcement, describe_refinements
from mentalspace.raci.matrix import ROLE_TITLES, AppRole, Enforcement, Matrix, Module, Scope, Task
from mentalspace.raci.render_guard import guard_name
from mentalspace.raci.render_markdown import DUTIES, SCOPES
from mentalspace.raci.render_recorder import recorder_name
from mentalspace.raci.render_sql import render_reach
from mentalspace.raci.specs import TableSpec


class Means(BaseModel):
    """One enforcement of a task, seen by one role: the policy it passes, the branch that decides."""

    model_config = ConfigDict(frozen=True)

    change: str
    conditions: tuple[str, ...]
    policy: str
    predicate: str
    reaches: str
    guard: str
    event: str


class Explanation(BaseModel):
    """The answer of `raci explain`."""

    model_config = ConfigDict(frozen=True)

    module: str
    task: str
    title: str
    role: AppRole
    cell: str
    duties: tuple[str, ...]
    scope: Scope | None
    scope_meaning: str
    narrowed_from: Scope | None
    may_perform: bool
    verdict: str
    means: tuple[Means, ...]
    procedural: str
    performed_by_system: str
    others: dict[str, str]
    sla: str
    note: str


def explain_task(matrix: Matrix, task: str, role: str) -> Explanation:
    """Explain a task for a role; `InputError` names what there is when one is unknown or ambiguous."""
    module, key = find_task(matrix, task)
    chosen = find_role(role)
    found = module.tasks[key]
    cell = found.duties.get(chosen)
    scope = module.scope(chosen, cell) if cell else None
    return Explanation(
        module=module.module,
        task=key,
        title=found.title,
        role=chosen,
        cell=cell.cell if cell else "–",
        duties=tuple(DUTIES[duty] for duty in cell.duties) if cell else (DUTIES["–"],),
        scope=scope,
        scope_meaning=SCOPES[scope] if scope else "",
        narrowed_from=module.roles[chosen].scope if cell and cell.scope else None,
        may_perform=bool(cell and cell.performs),
        verdict=_verdict(found, chosen, scope, _is_shared(matrix, found)),
        means=tuple(_means(matrix, chosen, module, key, each) for each in found.enforces),
        procedural=" ".join(found.procedural.split()),
        performed_by_system=found.performed_by_system,
        others={
            other: f"{each.cell}, {module.scope(other, each)}"
            for other, each in found.duties.items()
            if other is not chosen
        },
        sla=f"{found.sla.title}: {found.sla.text}" if found.sla else "",
        note=" ".join(found.note.split()),
    )


def find_task(matrix: Matrix, name: str) -> tuple[Module, str]:
    """`cancel_appointment`, `cancelAppointment` or `scheduling.cancel_appointment`."""
    wanted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
    prefix, _, key = wanted.rpartition(".")
    found = [m for m in matrix.modules.values() if key in m.tasks and prefix in ("", m.module)]
    if len(found) == 1:
        return found[0], key
    if found:
        raise InputError(
            f"{name}: in several modules; write {' or '.join(f'{m.module}.{key}' for m in found)}"
        )
    known = [task for module in matrix.modules.values() for task in module.tasks]
    raise InputError(f"{name}: no such task; {suggest(key, known)}")


def find_role(name: str) -> AppRole:
    """A role by its name or title (`client` is client_user)."""
    wanted = name.strip().lower().replace(" ", "_").replace("-", "_")
    for role, title in ROLE_TITLES.items():
        if wanted in (role, title.lower().replace(" ", "_")):
            return role
    raise InputError(f"{name}: no such role; {suggest(wanted, AppRole)}")


def widest_reading(matrix: Matrix, role: AppRole, table: str) -> Scope | None:
    """The rows of a table that a role may read: the widest scope of any of its duties there."""
    scopes = [
        module.scope(role, cell)
        for module in matrix.modules.values()
        for _, task, _, enforcement in module.enforcements()
        if enforcement.table == table and (cell := task.duties.get(role))
    ]
    return max(scopes, key=lambda scope: scope.width, default=None)


def _is_shared(matrix: Matrix, task: Task) -> bool:
    return all(matrix.tables[each.table].is_shared for each in task.enforces)


def _verdict(task: Task, role: AppRole, scope: Scope | None, is_shared: bool) -> str:
    title, cell = ROLE_TITLES[role], task.duties.get(role)
    where = "every row" if is_shared else f"rows in scope {scope}"
    if cell is None:
        return f"{title} holds no duty here: refused."
    if not cell.performs:
        when = "before or with it" if "C" in cell.duties else "after it"
        return f"{title} may not do this; is notified {when}, and may read {where}."
    if task.procedural:
        return f"{title} may do this; the matrix does not enforce it in the database."
    told = " Is told when somebody else did." if cell.is_told else ""
    if is_shared:
        return f"{title} may do this; the rows are nobody's, so scope does not divide them.{told}"
    return f"{title} may do this on rows in scope {scope}, and is refused on every other.{told}"


def _means(matrix: Matrix, role: AppRole, module: Module, key: str, enforcement: Enforcement) -> Means:
    task = module.tasks[key]
    spec = compile_table(matrix, enforcement.table)
    policy = next(each for each in spec.policies if each.command is enforcement.affects)
    return Means(
        change=describe_enforcement(enforcement),
        conditions=tuple(describe_refinements(enforcement)),
        policy=policy.name,
        predicate=" ".join(line.strip() for line in render_reach(policy.table, policy.command)),
        reaches=_reaches(matrix, spec, role, module, task, enforcement),
        guard=_guard(module, task, role, enforcement),
        event=_event(module, key, enforcement),
    )


def _reaches(
    matrix: Matrix, spec: TableSpec, role: AppRole, module: Module, task: Task, enforcement: Enforcement
) -> str:
    table, reading = spec.table.name, widest_reading(matrix, role, spec.table.name)
    if reading is None:
        return f"no row of {table}: the role has no duty on this table"
    if spec.table.is_shared:
        return f"every row of {table}: they are nobody's"
    if enforcement.command == "select":
        return f"rows in scope {reading}: the widest of the role's duties on {table}"
    cell = task.duties.get(role)
    if enforcement.command == "insert":
        performs = cell is not None and cell.performs
        return f"new rows in scope {module.scope(role, cell)}" if cell and performs else "no new row"
    transitions = spec.updates if enforcement.affects == "update" else spec.deletes
    holds_one = any(
        (other := matrix.modules[each.name.module].tasks[each.name.task].duties.get(role)) and other.performs
        for each in transitions
    )
    if not holds_one:
        return (
            f"no row: the role performs no {enforcement.affects} task on {table}; nothing changes, silently"
        )
    return f"rows in scope {reading}, all that the role may read, so that a refusal can name the task"


def _guard(module: Module, task: Task, role: AppRole, enforcement: Enforcement) -> str:
    if enforcement.command == "select":
        return "none: reading is decided by the policy alone"
    name, cell = f"governance.{guard_name(enforcement.table)}", task.duties.get(role)
    branch = f"{name}, branch “{describe_enforcement(enforcement)}”"
    if cell is None or not cell.performs:
        return f"{branch}: refuses with 42501"
    return f"{branch}: passes rows in scope {module.scope(role, cell)}, refuses others with 42501"


def _event(module: Module, key: str, enforcement: Enforcement) -> str:
    if enforcement.command == "select":
        return "none: reading is no event"
    told = [ROLE_TITLES[role] for role, cell in module.tasks[key].duties.items() if cell.is_told]
    heard = f"told within their scope: {', '.join(told)}" if told else "nobody is told"
    return f"{module.module}.{key}, written by governance.{recorder_name(enforcement.table)}; {heard}"
