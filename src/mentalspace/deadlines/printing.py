"""Promises and late rows for people, times on the practice's wall clock."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Table

from mentalspace import terminal
from mentalspace.deadlines.overview import Overview
from mentalspace.deadlines.promise import DueRow


def show_overviews(overviews: Sequence[Overview], zone: ZoneInfo) -> None:
    """Print a table of what is measured, and a line for each promise that is not."""
    table = Table(title="Promises with a clock", title_justify="left")
    for column in ("Promise", "Task", "Rows of", "Wait", "Late", "First due"):
        table.add_column(column, overflow="fold", justify="right" if column in ("Wait", "Late") else "left")
    for each in overviews:
        if each.late is not None:
            table.add_row(
                escape(each.promise),
                f"{each.module}.{each.task}",
                each.table_name or "",
                str(each.waiting),
                f"[red]{each.late}[/]" if each.late else "0",
                f"{each.first_due_at.astimezone(zone):%a %Y-%m-%d %H:%M}" if each.first_due_at else "",
            )
    terminal.show(table)
    for each in overviews:
        if each.unmeasured:
            promised = f"{each.module}.{each.task}, {escape(each.promise)}"
            terminal.show(f"[cyan]no clock:[/] {promised}. {escape(each.unmeasured)}")


def show_rows(rows: Sequence[DueRow], zone: ZoneInfo) -> None:
    """Print keys and when each was due."""
    for row in rows:
        terminal.show(f"{row.row_key}  due {row.due_at.astimezone(zone):%a %Y-%m-%d %H:%M}")
    if not rows:
        terminal.show("[green]✓[/] no row is late")
