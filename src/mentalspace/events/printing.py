"""Events for people, times on the practice's wall clock."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Table

from mentalspace import terminal
from mentalspace.events.history import Backlog, Entry, State

STYLES = {
    State.pending: "cyan",
    State.retrying: "yellow",
    State.dead: "bold red",
    State.consumed: "green",
}


def show_entries(entries: Sequence[Entry], zone: ZoneInfo) -> None:
    """Print a table of events on stdout."""
    table = Table(title=f"{len(entries)} events", title_justify="left")
    for column in ("Event", "Task", "Row", "By", "When", "State", "Attempts", "Why"):
        table.add_column(column, overflow="fold")
    for entry in entries:
        table.add_row(
            str(entry.event_id),
            f"{entry.module}.{entry.task}",
            f"{entry.table_name}\n[dim]{escape(entry.row_key)}[/]",
            str(entry.actor_id) if entry.actor_id else f"[dim]{entry.acted_as}[/]",
            f"{entry.occurred_at.astimezone(zone):%a %Y-%m-%d %H:%M:%S}",
            f"[{STYLES[entry.state]}]{entry.state}[/]",
            str(entry.attempts),
            escape(" ".join(filter(None, (entry.error_class, entry.error_message)))),
        )
    terminal.show(table)


def show_backlog(backlog: Backlog) -> None:
    """Print how much waits."""
    terminal.show(
        f"{backlog.waiting} waiting (the oldest for {backlog.lag:.1f} s), "
        f"{backlog.retrying} of them after a failure; {backlog.dead} dead"
    )
