"""A module to Markdown: matrix, legend, promises, escalation, handoffs, and what enforces each task.

Never connects; deterministic.
"""

from __future__ import annotations

from collections.abc import Iterator

from mentalspace.raci.describe import describe_clock, describe_enforcement, describe_refinements
from mentalspace.raci.matrix import (
    DATA_QUALITY,
    ROLE_TITLES,
    AppRole,
    Assignment,
    Escalation,
    Module,
    Scope,
    Task,
)
from mentalspace.raci.promises import Sla

SCOPES = {
    Scope.own: "rows that name the user: as provider, as owner, or as the client with that login",
    Scope.caseload: "own, and rows of clients whose primary therapist the user is",
    Scope.supervisees: "caseload, and own and caseload rows of active supervisees",
    Scope.all: "every row",
}
DUTIES = {
    "R": "Responsible: does the work, within scope",
    "A": "Accountable: answers for it and decides; exactly one role per task; may do the work, within scope",
    "C": "Consulted: is asked; reads within scope, never writes",
    "I": "Informed: is told what others did; reads within scope, writes only with R or A beside it",
    "–": "no duty: denied",
}


def render_markdown(module: Module) -> str:
    """The page of one module."""
    sections = (
        _opening(module),
        _matrix(module),
        _legend(module),
        _slas(module),
        _escalation(module),
        _handoffs(module),
        _enforcement(module),
        _notes(module),
    )
    lines = [line for section in sections if (part := list(section)) for line in (*part, "")]
    return "\n".join(lines).rstrip() + "\n"


def _opening(module: Module) -> Iterator[str]:
    yield f"# {module.title} Module RACI Matrix"
    yield ""
    yield (f"<!-- Generated from {module.module}.yaml by `mentalspace raci compile --write`; edit there. -->")
    yield ""
    yield _line(module.summary)
    yield ""
    yield f"Owner: {module.positions[module.owner]}. Source: {module.source}."


def _matrix(module: Module) -> Iterator[str]:
    yield "## Operations"
    yield ""
    yield f"| Task | {' | '.join(ROLE_TITLES[role] for role in module.roles)} |"
    yield f"|---|{'---|' * len(module.roles)}"
    for task in module.tasks.values():
        cells = " | ".join(_cell(task, role) for role in module.roles)
        yield f"| **{task.title}** | {cells} |"
    yield f"| *Scope* | {' | '.join(f'*{role.scope}*' for role in module.roles.values())} |"


def _cell(task: Task, role: AppRole) -> str:
    cell = task.duties.get(role)
    if cell is None:
        return "–"
    return f"{cell.cell} ({cell.scope})" if cell.scope else cell.cell


def _legend(module: Module) -> Iterator[str]:
    yield "**Legend**"
    yield ""
    yield from (f"- {letter} = {meaning}" for letter, meaning in DUTIES.items())
    yield ""
    yield "A scope in brackets narrows the role's for that task."
    yield ""
    used = {module.scope(role, cell) for task in module.tasks.values() for role, cell in task.duties.items()}
    yield from (f"- *{scope}*: {meaning}" for scope, meaning in SCOPES.items() if scope in used)


def _slas(module: Module) -> Iterator[str]:
    promises = [(task.title, task.sla) for task in module.tasks.values() if task.sla]
    if promises:
        yield "## SLAs"
        yield ""
        for title, sla in promises:
            yield f"- **{sla.title}** ({title}): {sla.text}. {_measure(sla)}"


def _measure(sla: Sla) -> str:
    if sla.clock is None:
        return f"Not measured: {_line(sla.unmeasured)}"
    remind = f"; the Responsible hear of it {sla.remind} before it is due" if sla.remind else ""
    return f"{describe_clock(sla)}{remind}."


def _escalation(module: Module) -> Iterator[str]:
    if module.escalation:
        yield "## Escalation Path"
        yield ""
        for number, escalation in enumerate(module.escalation, start=1):
            path = " → ".join(_who(module, step) for step in escalation.path)
            yield f"{number}. **{escalation.title}**: {path}{_climbs(module, escalation)}"


def _climbs(module: Module, escalation: Escalation) -> str:
    """What climbs it by itself, and how long each step has."""
    if not escalation.answers:
        return ""
    after = ", ".join(dict.fromkeys(escalation.after)) or "as the severity says"
    what = ", ".join(
        "failing checks of data contracts" if each == DATA_QUALITY else f"{module.tasks[each].title} late"
        for each in escalation.answers
    )
    return f". Climbed by: {what}; each step has: {after}"


def _who(module: Module, step: str) -> str:
    return module.positions.get(step) or ROLE_TITLES[AppRole(step)]


def _handoffs(module: Module) -> Iterator[str]:
    if module.handoffs:
        yield "## Handoff Procedures"
        for handoff in module.handoffs:
            yield ""
            yield f"### {handoff.title}{f' ({handoff.when})' if handoff.when else ''}"
            yield ""
            yield from (f"- {step}" for step in handoff.steps)


def _enforcement(module: Module) -> Iterator[str]:
    yield "## What enforces each task"
    yield ""
    yield "| Task | In the database | And |"
    yield "|---|---|---|"
    for key, task in module.tasks.items():
        if task.procedural:
            yield f"| {task.title}<br>`{key}` | procedural | {_line(task.procedural)} |"
        for index, enforcement in enumerate(task.enforces):
            title = "" if index else f"{task.title}<br>`{key}`"
            said = "; ".join(describe_refinements(enforcement)) or "–"
            yield f"| {title} | {describe_enforcement(enforcement)} | {said} |"
    yield ""
    yield (
        "Any other change of these tables by a signed-in user is refused, naming the column. "
        "Anonymous callers reach nothing."
    )
    yield ""
    yield (
        "Every change above, whoever makes it, is recorded as an event of its task in the same transaction; "
        "who is C or I is told of it, within scope. Reading and procedural tasks make no events."
    )


def _notes(module: Module) -> Iterator[str]:
    notes = [(ROLE_TITLES[key], role.note) for key, role in module.roles.items() if role.note]
    for task in module.tasks.values():
        notes += [(task.title, text) for text in (task.note, task.performed_by_system) if text]
        notes += [(f"{task.title}, {ROLE_TITLES[r]}", c.note) for r, c in _noted(task)]
    if notes:
        yield "## Notes"
        yield ""
        yield from (f"- **{subject}**: {_line(text)}" for subject, text in notes)


def _noted(task: Task) -> Iterator[tuple[AppRole, Assignment]]:
    return ((role, cell) for role, cell in task.duties.items() if cell.note)


def _line(text: str) -> str:
    return " ".join(text.split())
