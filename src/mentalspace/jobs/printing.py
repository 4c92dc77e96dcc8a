"""Jobs and runs for people and for programs, times on the practice's wall clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.markup import escape
from rich.table import Table

from mentalspace import terminal
from mentalspace.findings.printing import Format, print_findings
from mentalspace.jobs.history import Listing, Run
from mentalspace.jobs.ledger import Status
from mentalspace.jobs.runner import Report

STYLES = {
    Status.queued: "cyan",
    Status.running: "cyan",
    Status.succeeded: "green",
    Status.failed: "bold red",
    Status.abandoned: "bold red",
    Status.cancelled: "yellow",
    Status.missed: "yellow",
}

_BARS = "▁▂▃▄▅▆▇█"
_SLOWER = 2


def show_listings(listings: Sequence[Listing], zone: ZoneInfo) -> None:
    """Print a table of jobs on stdout."""
    table = _table(
        f"{len(listings)} jobs",
        "Job",
        "Schedule",
        "Next run",
        "Last run",
        "Took",
        "Of late",
        "What came of it",
    )
    for listing in listings:
        run = listing.latest
        table.add_row(
            f"{listing.job.name}\n[dim]{escape(listing.job.title)}[/]",
            listing.job.schedule.expression,
            _next(listing, zone),
            _state(run, zone) if run else "[dim]never[/]",
            _took(run.seconds if run else None),
            _trend(listing),
            escape(run.summary) if run else "",
        )
    terminal.show(table)


def summarize_listing(listing: Listing) -> dict[str, Any]:
    """A listing for programs."""
    job = listing.job
    return {
        "name": job.name,
        "title": job.title,
        "schedule": job.schedule.expression,
        "next_run": listing.next_slot and listing.next_slot.isoformat(),
        "last_run": listing.latest and listing.latest.model_dump(mode="json"),
        "durations": listing.durations,
        "usual_seconds": listing.usual_seconds,
        "pause": listing.pause and listing.pause.model_dump(mode="json"),
    }


def show_runs(runs: Sequence[Run], zone: ZoneInfo) -> None:
    """Print a table of runs on stdout."""
    table = _table(f"{len(runs)} runs", "Run", "Job", "Slot", "State", "Took", "Attempt", "What came of it")
    for run in runs:
        table.add_row(
            str(run.run_id),
            run.job + (" (by hand)" if run.triggered_by == "manual" else ""),
            _when(run.scheduled_for, zone),
            f"[{STYLES[run.status]}]{run.status}[/]",
            _took(run.seconds),
            str(run.attempt),
            escape(run.summary),
        )
    terminal.show(table)


def show_report(report: Report) -> None:
    """Print how a run ended, then its findings, on stdout."""
    took = _took(report.seconds)
    if report.outcome:
        terminal.show(f"[green]✓[/] {report.job} ({took}): {escape(report.outcome.summary)}")
        if report.outcome.findings:
            print_findings(report.outcome.findings, Format.text, report.job)
    elif report.failure:
        why = f"{report.failure.error_class}: {report.failure.message}"
        terminal.show(f"[red]✗[/] {report.job} ({took}): {escape(why)}")


def summarize_report(report: Report) -> dict[str, Any]:
    """A report for programs."""
    outcome, failure = report.outcome, report.failure
    return {
        "run_id": report.run_id,
        "job": report.job,
        "status": report.status,
        "seconds": report.seconds,
        "summary": outcome.summary if outcome else None,
        "findings": [each.model_dump(mode="json") for each in outcome.findings] if outcome else [],
        "data": dict(outcome.data) if outcome else {},
        "error": {"class": failure.error_class, "message": failure.message} if failure else None,
    }


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _next(listing: Listing, zone: ZoneInfo) -> str:
    if pause := listing.pause:
        why = f": {escape(pause.reason)}" if pause.reason else ""
        return f"[yellow]paused[/] {_when(pause.paused_at, zone)}\n[dim]by {escape(pause.paused_by)}{why}[/]"
    return _when(listing.next_slot, zone)


def _trend(listing: Listing) -> str:
    """A bar per run, the longest full; and how the latest compares with the usual, if it differs."""
    if not listing.durations:
        return ""
    longest = max(*listing.durations, 0.001)
    bars = "".join(_BARS[round(seconds / longest * (len(_BARS) - 1))] for seconds in listing.durations)
    usual = listing.usual_seconds
    factor = listing.durations[-1] / usual if usual else 1
    return bars + (f"\n[yellow]{factor:.1f} times the usual[/]" if factor >= _SLOWER else "")


def _state(run: Run, zone: ZoneInfo) -> str:
    return f"[{STYLES[run.status]}]{run.status}[/]\n[dim]{_when(run.scheduled_for, zone)}[/]"


def _when(moment: datetime | None, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%a %Y-%m-%d %H:%M}" if moment else "never"


def _took(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.1f} s"
