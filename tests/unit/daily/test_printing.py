"""The morning report in a terminal: complete, in order, readable at 80 columns."""

from __future__ import annotations

from datetime import UTC, date, datetime

from rich.console import Console

from mentalspace.daily.printing import render_report
from mentalspace.daily.report import DailyReport, find_failed
from mentalspace.findings import Finding, Level
from mentalspace.jobs.history import Run
from mentalspace.jobs.ledger import Status
from mentalspace.quality.overview import Overview
from mentalspace.raci.coverage import Coverage, ModuleCoverage
from mentalspace.retention.plan import Plan

DAY = date(2026, 1, 5)


def a_run(status: Status) -> Run:
    now = datetime(2026, 1, 5, 12, tzinfo=UTC)
    return Run(
        run_id=1,
        job="data_quality",
        scheduled_for=now,
        triggered_by="hand",
        status=status,
        worker="w",
        attempt=1,
        started_at=now,
        finished_at=now,
        seconds=1.0,
        outcome=None,
        error_class="TimeoutError",
        error_message="took too long",
    )


def a_report(findings: tuple[Finding, ...] = (), runs: tuple[Run, ...] = ()) -> DailyReport:
    module = ModuleCoverage(
        module="scheduling", title="Scheduling", tasks=10, enforced=9, procedural=1, promises=2, measured=1
    )
    return DailyReport(
        practice_date=DAY,
        coverage=Coverage(modules=(module,), reachable=4, unassigned=()),
        quality=Overview(scores=(), failing=()),
        retention=Plan(as_of=DAY, rules=()),
        releases_awaiting_review=(),
        alerts=(),
        runs=runs,
        findings=findings,
    )


def text(report: DailyReport) -> str:
    console = Console(width=80, record=True, color_system=None)
    with console.capture() as captured:
        console.print(render_report(report))
    return captured.get()


def test_a_quiet_day_says_so() -> None:
    said = text(a_report())
    assert "Monday 05 January 2026" in said
    assert "nothing to act on" in said
    assert "100 % of 4 reachable commands have a task" in " ".join(said.split())


def test_sections_stand_in_order() -> None:
    said = text(a_report())
    titles = ("Who may do what", "Data quality", "Retention", "Releases awaiting", "Alerts", "Runs today")
    positions = [said.index(title) for title in titles]
    assert positions == sorted(positions)


def test_findings_are_counted_by_check() -> None:
    finding = Finding(
        check="retention",
        title="Undated",
        level=Level.warning,
        subject="public.clients",
        detail="3 rows",
        remediation="Enter it.",
        key="retention:public.clients:undated",
    )
    said = text(a_report(findings=(finding,)))
    assert "1 findings (1 of retention)" in " ".join(said.split())
    assert "Undated in public.clients" in said


def test_a_failed_run_is_a_finding() -> None:
    (finding,) = find_failed([a_run(Status.failed), a_run(Status.succeeded), a_run(Status.cancelled)])
    assert finding.key == "jobs:governance.job_runs:data_quality"
    assert "took too long" in finding.detail


def test_no_line_is_wider_than_the_terminal() -> None:
    assert max(len(line) for line in text(a_report(runs=(a_run(Status.failed),))).splitlines()) <= 80
