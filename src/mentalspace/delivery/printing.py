"""Messages for people, times on the practice's wall clock."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Table

from mentalspace import terminal
from mentalspace.delivery.history import Listed

STYLES = {"pending": "cyan", "sending": "cyan", "sent": "green", "failed": "bold red", "cancelled": "yellow"}


def show_messages(messages: Sequence[Listed], zone: ZoneInfo) -> None:
    """Print a table of messages on stdout."""
    table = Table(title=f"{len(messages)} messages", title_justify="left")
    for column in ("Message", "When", "Type", "Priority", "To", "State", "Deliveries", "Why"):
        table.add_column(column, overflow="fold")
    for each in messages:
        table.add_row(
            f"{escape(each.subject)}\n[dim]{each.id}[/]",
            f"{each.created_at.astimezone(zone):%a %Y-%m-%d %H:%M}",
            each.notification_type,
            each.priority,
            str(each.recipients),
            f"[{STYLES[each.status]}]{each.status}[/]",
            "\n".join(f"{number} {what}" for what, number in each.deliveries.items()) or "in_app",
            each.last_error or "",
        )
    terminal.show(table)
