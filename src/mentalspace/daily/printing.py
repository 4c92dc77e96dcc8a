"""The morning report in a terminal: what is well in a line, what is not in full."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from mentalspace.contracts.rule import Severity
from mentalspace.daily.report import Alert, DailyReport
from mentalspace.findings import Finding, Level
from mentalspace.findings.printing import render_findings
from mentalspace.jobs.history import Run
from mentalspace.quality.overview import Overview
from mentalspace.quality.result import CheckResult
from mentalspace.quality.score import GOAL
from mentalspace.raci.coverage import Coverage
from mentalspace.releases.release import Release
from mentalspace.retention.plan import Plan

WHOLE = 100
RANKS = list(reversed(Severity))
SEVERITY_STYLES = {
    Severity.critical: "bold red",
    Severity.high: "red",
    Severity.medium: "yellow",
    Severity.low: "dim",
}


def render_report(report: DailyReport) -> Group:
    """Everything, in the order in which a practice reads it. Deterministic."""
    return Group(
        Text.from_markup(f"[bold]Morning report, {report.practice_date:%A %d %B %Y}[/]"),
        *_section("Who may do what", _coverage(report.coverage)),
        *_section("Data quality", _quality(report.quality)),
        *_section("What is wrong with the data", _failing(report.quality.failing)),
        *_section("What else to act on", _findings(report.findings)),
        *_section("Retention", _retention(report.retention)),
        *_section("Releases awaiting review", _releases(report.releases_awaiting_review)),
        *_section("Alerts raised today", _alerts(report.alerts)),
        *_section("Runs today", _runs(report.runs)),
        "",
        summarize(report),
    )


def summarize(report: DailyReport) -> str:
    """One line: how many findings, and how to look at them."""
    worse = [finding for finding in report.findings if finding.level is not Level.info]
    if not worse:
        return "[green]✓[/] nothing to act on"
    counts = Counter(finding.check for finding in worse)
    parts = ", ".join(f"{number} of {check}" for check, number in sorted(counts.items()))
    return (
        f"[bold]{len(worse)} findings[/] ({parts}). Look closer with [bold]mentalspace quality show[/], "
        "[bold]mentalspace retention plan[/], [bold]mentalspace release show[/]; --json has the keys."
    )


def _section(title: str, body: RenderableType) -> tuple[RenderableType, ...]:
    return "", f"[bold cyan]{title}[/]", body


def _table(*columns: str, numbers: Iterable[str] = ()) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(column, justify="right" if column in numbers else "left", overflow="fold")
    return table


def _coverage(coverage: Coverage) -> RenderableType:
    table = _table("Module", "Tasks", "Enforced", "Procedural", numbers=("Tasks", "Enforced", "Procedural"))
    for module in coverage.modules:
        table.add_row(module.title, str(module.tasks), str(module.enforced), str(module.procedural))
    line = f"{_percent(coverage.tasks_percent)} of tasks are enforced or say why not"
    if coverage.commands_percent is not None:
        line += (
            f"; {_percent(coverage.commands_percent)} of {coverage.reachable} reachable commands have a task"
        )
    return Group(table, line)


def _percent(value: float) -> str:
    style = "green" if value >= WHOLE else "red"
    return f"[{style}]{value:.0f} %[/]"


def _quality(quality: Overview) -> RenderableType:
    columns = ("Score", "Checks", "Failed", "Could not run", "Rows")
    table = _table("Table", *columns, numbers=columns)
    for score in quality.scores:
        style = "green" if score.meets_goal else "red"
        table.add_row(
            (score.table_name or "all").removeprefix("public."),
            f"[{style}]{score.score:.2f} %[/]",
            str(score.checks),
            str(score.failed or ""),
            str(score.errors or ""),
            "" if score.row_count is None else f"{score.row_count:,}",
        )
    return Group(table, f"[dim]goal: over {GOAL:g} % in every table[/]")


def _failing(failing: Sequence[CheckResult]) -> RenderableType:
    """By table with its owner, the worst first; keys are in `mentalspace quality show` and in JSON."""
    if not failing:
        return "[green]✓[/] nothing"
    table = _table("Check", "Rows", "Severity", numbers=("Rows",))
    ranked = sorted(failing, key=lambda result: (result.table, RANKS.index(result.severity), result.name))
    for (name, owner), group in groupby(ranked, key=lambda result: (result.table, result.owner)):
        table.add_row(f"[bold]{name}[/] [dim]· {_title(owner)}[/]")
        for result in group:
            rows = "could not run" if result.failures is None else str(result.failures)
            style = SEVERITY_STYLES[result.severity]
            table.add_row(f"  {escape(result.title)}", rows, f"[{style}]{result.severity}[/]")
    return table


def _title(position: str) -> str:
    """`billing_manager` as people read it."""
    return position.replace("_", " ")


def _findings(findings: Sequence[Finding]) -> RenderableType:
    other = [finding for finding in findings if finding.check != "quality"]
    return render_findings(other) if other else "[green]✓[/] nothing"


def _retention(plan: Plan) -> RenderableType:
    due = [rule for rule in plan.rules if rule.due]
    if not due:
        return "[green]✓[/] nothing is due"
    table = _table("Table", "Due", "Method", "Owner", numbers=("Due",))
    for rule in due:
        method = _title(rule.deletion_method)
        table.add_row(rule.table_name, str(rule.due), method, _title(rule.owner_position))
    waiting = sum(rule.waiting for rule in plan.rules)
    note = f"[dim]{plan.due} rows would go tonight; {waiting} wait for what depends on them[/]"
    return Group(table, note)


def _releases(releases: Sequence[Release]) -> RenderableType:
    if not releases:
        return "[green]✓[/] none"
    table = _table("Version", "Deployed", "Review", "Due", "Facilitator")
    for release in releases:
        review = release.review
        table.add_row(
            escape(release.release_version),
            f"{release.release_date:%Y-%m-%d}",
            f"[yellow]{review.state}[/]",
            f"{review.scheduled_for:%Y-%m-%d %H:%M}",
            _title(review.facilitator),
        )
    return table


def _alerts(alerts: Sequence[Alert]) -> RenderableType:
    if not alerts:
        return "[green]✓[/] none"
    table = _table("Priority", "Subject", "Told", numbers=("Told",))
    for alert in alerts:
        table.add_row(alert.priority, escape(alert.subject), str(alert.recipients))
    return table


def _runs(runs: Sequence[Run]) -> RenderableType:
    if not runs:
        return "[yellow]![/] none"
    table = _table("Job", "Status", "Seconds", "What came of it", numbers=("Seconds",))
    for run in runs:
        seconds = "" if run.seconds is None else f"{run.seconds:.1f}"
        table.add_row(run.job, run.status, seconds, escape(run.summary))
    return table
