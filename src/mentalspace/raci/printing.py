"""Matrices, explanations and coverage for people in a terminal; the same as data. Never connects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mentalspace import terminal
from mentalspace.raci.coverage import Coverage
from mentalspace.raci.explain import Explanation, Means
from mentalspace.raci.matrix import ROLE_TITLES, AppRole, Module

STYLES = {"A": "bold green", "R": "green", "C": "cyan", "I": "blue"}


def list_cells(module: Module) -> Iterator[dict[str, Any]]:
    """The cells of a module, as `public.raci_matrix` has them."""
    for key, task in module.tasks.items():
        for role in module.roles:
            if cell := task.duties.get(role):
                yield {
                    "module": module.module,
                    "task": key,
                    "task_title": task.title,
                    "role": role.value,
                    "duties": list(cell.duties),
                    "scope": module.scope(role, cell).value,
                    "can_perform": cell.performs,
                }


def show_module(module: Module) -> None:
    """A module's matrix as a table."""
    from rich.table import Table

    table = Table(title=f"{module.title} ({module.module})", title_justify="left")
    table.add_column("Task", no_wrap=True)
    for role in module.roles:
        table.add_column(ROLE_TITLES[role], justify="center", overflow="fold")
    for task in module.tasks.values():
        table.add_row(task.title, *(_cell(module, task.duties.get(role)) for role in module.roles))
    table.add_section()
    table.add_row("Scope", *(f"[dim]{role.scope}[/]" for role in module.roles.values()))
    terminal.show(table)


def _cell(module: Module, cell: Any) -> str:
    if cell is None:
        return "[dim]–[/]"
    narrowed = f" [dim]{cell.scope}[/]" if cell.scope else ""
    style = next(style for duty, style in STYLES.items() if duty in cell.duties)
    return f"[{style}]{cell.cell}[/]{narrowed}"


def show_explanation(explanation: Explanation) -> None:
    """What a role may do with a task, and why."""
    from rich.markup import escape
    from rich.table import Table

    title = ROLE_TITLES[explanation.role]
    terminal.show(
        f"[bold]{escape(explanation.title)}[/] ({explanation.module}.{explanation.task}) as [bold]{title}[/]",
        escape(explanation.verdict),
        "",
    )
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in _facts(explanation):
        table.add_row(name, escape(text))
    for name, text in _decided(explanation.means):
        table.add_row(name, escape(text))
    terminal.show(table)


def _facts(explanation: Explanation) -> Iterator[tuple[str, str]]:
    yield "Cell", f"{explanation.cell}: {'; '.join(explanation.duties)}"
    if explanation.scope:
        narrowed = f", narrowed from {explanation.narrowed_from}" if explanation.narrowed_from else ""
        yield "Scope", f"{explanation.scope}{narrowed}: {explanation.scope_meaning}"
    others = (f"{ROLE_TITLES[AppRole(role)]} ({cell})" for role, cell in explanation.others.items())
    yield "Others", ", ".join(others)
    for name, text in (
        ("SLA", explanation.sla),
        ("Procedural", explanation.procedural),
        ("System", explanation.performed_by_system),
        ("Note", explanation.note),
    ):
        if text:
            yield name, text


def _decided(all_means: tuple[Means, ...]) -> Iterator[tuple[str, str]]:
    for means in all_means:
        yield "", ""
        yield "Is", means.change
        yield from (("", condition) for condition in means.conditions)
        yield "Guard", means.guard
        yield "Event", means.event
        yield "Policy", f"{means.policy} reaches {means.reaches}"
    for name, predicate in {means.policy: means.predicate for means in all_means}.items():
        yield "", ""
        yield name, predicate


def summarize_coverage(coverage: Coverage) -> dict[str, Any]:
    """Coverage as data, with percentages."""
    return {
        "tasks_percent": round(coverage.tasks_percent, 1),
        "commands_percent": None
        if coverage.commands_percent is None
        else round(coverage.commands_percent, 1),
        "modules": [module.model_dump() | {"percent": module.percent} for module in coverage.modules],
        "unmeasured_promises": [each.model_dump() for each in coverage.unmeasured],
        "reachable_commands": coverage.reachable,
        "unassigned_commands": None
        if coverage.unassigned is None
        else [{"table": each.table, "command": each.command} for each in coverage.unassigned],
    }


def show_coverage(coverage: Coverage) -> None:
    """Coverage as a table and one line per gap."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(title="RACI coverage", title_justify="left")
    for column in ("Module", "Tasks", "Enforced", "Procedural", "Covered", "Promises", "Measured"):
        table.add_column(column, justify="left" if column == "Module" else "right")
    for module in coverage.modules:
        counts = map(str, (module.tasks, module.enforced, module.procedural))
        promises = map(str, (module.promises, module.measured))
        table.add_row(module.title, *counts, f"{module.percent:.0f} %", *promises)
    terminal.show(table)
    for promise in coverage.unmeasured:
        terminal.show(
            f"[cyan]no clock:[/] {promise.task}, {escape(promise.promise)}. {escape(promise.reason)}"
        )
    if coverage.unassigned is None or coverage.reachable is None:
        return
    terminal.show(
        f"{coverage.reachable} commands reach a table or view as a caller; "
        f"{coverage.reachable - len(coverage.unassigned)} belong to a task"
    )
    for each in coverage.unassigned:
        terminal.show(f"[yellow]no task:[/] {each.command} on {each.table} ({', '.join(each.roles)})")
