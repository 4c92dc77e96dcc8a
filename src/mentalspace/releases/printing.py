"""Releases for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from mentalspace import terminal
from mentalspace.releases.release import Metrics, Release, ReviewState

STYLES = {
    ReviewState.scheduled: "cyan",
    ReviewState.due: "yellow",
    ReviewState.overdue: "bold red",
    ReviewState.completed: "green",
}
UNKNOWN = "–"


def show_releases(releases: Sequence[Release], zone: ZoneInfo) -> None:
    """Print a table of releases on stdout, newest first."""
    waiting = sum(release.awaits_review for release in releases)
    table = Table(
        title=f"Releases: {len(releases)}, {waiting} awaiting review",
        title_justify="left",
        box=SIMPLE_HEAD,
        padding=0,
        show_edge=False,
        pad_edge=False,
    )
    for column in ("Version", "Deployed", "Review", "P0/P1/P2/P3", "Booked", "P95", "Errors", "72 h"):
        table.add_column(column, no_wrap=True)
    for release in releases:
        table.add_row(
            release.release_version,
            f"{release.release_date.astimezone(zone):%Y-%m-%d %H:%M}",
            f"[{STYLES[release.review.state]}]{release.review.state}[/]",
            *_figures(release.metrics),
        )
    terminal.show(table)


def show_release(release: Release, zone: ZoneInfo) -> None:
    """Print one release on stdout."""
    show_releases([release], zone)
    review = release.review
    due, overdue = (
        f"{moment.astimezone(zone):%Y-%m-%d %H:%M}" for moment in (review.scheduled_for, review.overdue_after)
    )
    took = "" if release.deployment_minutes is None else f", in {release.deployment_minutes} minutes"
    lines = [
        f"by {release.deployed_by}{took}{', rolled back' if release.rollback_required else ''}",
        f"review by {review.facilitator}, due {due}, overdue from {overdue}",
        *(f"- {change}" for change in release.changes),
    ]
    if review.health_score is not None:
        lines.append(f"health score {review.health_score:g}/10")
    if review.open_action_items:
        lines.append(f"{review.open_action_items} action items open")
    terminal.show(*(escape(line) for line in lines))


def summarize_release(release: Release) -> dict[str, Any]:
    """A release for programs, in the names of the plan."""
    return release.model_dump(mode="json", by_alias=True)


def summarize_metrics(metrics: Metrics) -> dict[str, Any]:
    """Metrics for programs, in the names of the plan."""
    return metrics.model_dump(mode="json", by_alias=True)


def _figures(metrics: Metrics | None) -> tuple[str, ...]:
    if metrics is None:
        return ("", "", "", "", "not measured")
    defects, performance = metrics.defects, metrics.performance
    p95, rate = performance.p95_response_time, performance.error_rate
    return (
        f"{defects.p0}/{defects.p1}/{defects.p2}/{defects.p3}",
        str(metrics.business_metrics.appointments_created),
        UNKNOWN if p95 is None else f"{p95} ms",
        UNKNOWN if rate is None else f"{rate:g} %",
        "complete" if metrics.is_complete else "partial",
    )
