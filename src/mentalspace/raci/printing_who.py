"""Answers of `raci who` for people in a terminal. Never connects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mentalspace import terminal
from mentalspace.raci.matrix import ROLE_TITLES
from mentalspace.raci.who import Holder, Ladder, TableReach, TaskHolders


def show_holders(answer: TaskHolders) -> None:
    """A task's people: who performs it, is consulted, is informed, and who is asked next."""
    from rich.markup import escape
    from rich.table import Table

    terminal.show(f"[bold]{escape(answer.title)}[/] ({answer.module}.{answer.task})")
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, text in _facts(answer):
        table.add_row(name, escape(text))
    terminal.show(table)


def show_reach(reach: TableReach) -> None:
    """The tasks and roles that reach a table with one command."""
    from rich.markup import escape

    terminal.show(f"[bold]{reach.command} {escape(reach.table)}[/]")
    for way in reach.ways:
        terminal.show(f"  {way.module}.{way.task} ({escape(way.means)}): {_join(way.holders) or 'nobody'}")
    widest = ", ".join(f"{ROLE_TITLES[role]} ({scope})" for role, scope in reach.roles.items())
    terminal.show(f"  [bold]widest:[/] {widest}" if widest else "  nobody: no task reaches it so")


def _facts(answer: TaskHolders) -> Iterator[tuple[str, str]]:
    holders = answer.holders
    yield "Performs", _join(each for each in holders if each.performs) or "nobody"
    yield "Consulted", _join(each for each in holders if each.consulted) or "nobody"
    yield "Informed", _join(each for each in holders if each.informed) or "nobody"
    if answer.performed_by_system:
        yield "System", answer.performed_by_system
    if answer.never_by:
        yield "Never by", f"the person in {', '.join(answer.never_by)}"
    for ladder in answer.escalation:
        yield "Escalation", f"{ladder.title}: {_climb(ladder)}"
    if answer.positions:
        yield "Positions", ", ".join(answer.positions)


def _join(holders: Iterable[Holder]) -> str:
    return ", ".join(f"{ROLE_TITLES[each.role]} ({each.cell}, {each.scope})" for each in holders)


def _climb(ladder: Ladder) -> str:
    return " -> ".join(step.title for step in ladder.steps)
