"""Alerts for people, times on the practice's wall clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Table

from mentalspace import terminal
from mentalspace.alerts.alert import OpenAlert, Severity

STYLES = {
    Severity.low: "cyan",
    Severity.medium: "yellow",
    Severity.high: "red",
    Severity.critical: "bold red",
}


def show_alerts(alerts: Sequence[OpenAlert], zone: ZoneInfo) -> None:
    """Print a table of alerts on stdout."""
    if not alerts:
        terminal.show("[green]✓[/] no alerts")
        return
    table = Table(title=f"{len(alerts)} alerts", title_justify="left")
    for column in ("", "What", "Since", "State", "Told"):
        table.add_column(column, overflow="fold")
    for alert in alerts:
        table.add_row(
            f"[{STYLES[alert.severity]}]{alert.severity}[/]",
            f"{escape(alert.message)}\n[dim]{escape(alert.key or str(alert.id))}[/]",
            _when(alert.created_at, zone),
            _state(alert, zone),
            " → ".join(alert.path[: alert.step + 1]),
        )
    terminal.show(table)


def _state(alert: OpenAlert, zone: ZoneInfo) -> str:
    climbs = f"\n[dim]climbs {_when(alert.escalates_at, zone)}[/]" if alert.escalates_at else ""
    return alert.status + climbs


def _when(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M}" if moment else ""
