"""The table of a run for people in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from benchmarks.rls.cells import Cell, Times
from benchmarks.rls.practice import ANONYMOUS
from rich.table import Table

from mentalspace import terminal


def show(cells: Sequence[Cell], facts: str) -> None:
    """Requests with policies: median ms and ratio to the same request without; then what is missed."""
    terminal.show(_table(cells, facts), "")
    for line in summarize(cells):
        terminal.show(line)


def _table(cells: Sequence[Cell], facts: str) -> Table:
    roles = list(dict.fromkeys(cell.role for cell in cells))
    table = Table(title=f"ms of a request with policies, × without; {facts}", title_justify="left")
    table.add_column("query")
    for role in roles:
        table.add_column(role, justify="right")
    for query in dict.fromkeys(cell.query for cell in cells):
        row = {cell.role: cell for cell in cells if cell.query == query}
        table.add_row(query, *(_cell(row[role]) for role in roles))
    return table


def _cell(cell: Cell) -> str:
    text = f"{cell.request.median:.2f}"
    if cell.role != ANONYMOUS:
        text += f" ×{cell.ratio:.1f}"
    if cell.missed or cell.differs:
        return f"[bold red]{text}[/]"
    return f"[dim]{text}[/]" if cell.reach == "none" else text


def summarize(cells: Sequence[Cell]) -> list[str]:
    """Medians and extremes over the cells of a kind, then every target missed."""
    said = []
    for reach, name in (("all", "full scope"), ("scoped", "narrower scope"), ("none", "no duty")):
        kind = [cell for cell in cells if cell.reach == reach and cell.role != ANONYMOUS]
        if kind:
            ratios = [cell.ratio for cell in kind]
            first, bare = (median(each.median for each in pair) for pair in _firsts(kind))
            said.append(
                f"{name}: requests ×{median(ratios):.2f} (worst ×{max(ratios):.1f}), "
                f"statements ×{median(cell.statement_ratio for cell in kind):.2f}; "
                f"first of a connection {first:.1f} ms, {bare:.1f} without"
            )
    said += [f"MISSED {c.query}, {c.role}: {c.missed} ({_spread(c)})" for c in cells if c.missed]
    said += [f"DIFFERS {c.query}, {c.role}: {c.differs}" for c in cells if c.differs]
    return said


def _firsts(cells: Sequence[Cell]) -> tuple[list[Times], list[Times]]:
    return [cell.first for cell in cells], [cell.bare_first for cell in cells]


def _spread(cell: Cell) -> str:
    return (
        f"{cell.request.median:.2f} ms, p10–p90 {cell.request.p10:.2f}–{cell.request.p90:.2f}; "
        f"without {cell.bare_request.median:.2f}"
    )
