"""The morning report as data. Keys, counts and positions, never values of rows. Never connects."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from mentalspace.findings import Finding, Level
from mentalspace.jobs.history import Run
from mentalspace.jobs.ledger import Status
from mentalspace.quality.overview import Overview
from mentalspace.raci.coverage import Coverage
from mentalspace.releases.release import Release
from mentalspace.retention.plan import Plan

FAILED = (Status.failed, Status.abandoned, Status.missed)


class Alert(BaseModel):
    """A message that was put into the outbox today."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    notification_type: str
    priority: str
    subject: str
    recipients: int
    created_at: AwareDatetime


class DailyReport(BaseModel):
    """Everything that `mentalspace daily` says; `findings` has what somebody should act on."""

    model_config = ConfigDict(frozen=True)

    practice_date: date
    coverage: Coverage
    quality: Overview
    retention: Plan
    releases_awaiting_review: tuple[Release, ...]
    alerts: tuple[Alert, ...]
    runs: tuple[Run, ...]
    findings: tuple[Finding, ...]


def find_failed(runs: Iterable[Run]) -> tuple[Finding, ...]:
    """An error for every failed run: what it was to say is missing from the report."""
    return tuple(
        Finding(
            check="jobs",
            title="A job failed",
            level=Level.error,
            subject=f"job {run.job}",
            detail=f"{run.status}: {run.summary}",
            remediation=f"Mend the cause, then `mentalspace job run {run.job}`.",
            key=f"jobs:governance.job_runs:{run.job}",
            owner="it_support",
        )
        for run in runs
        if run.status in FAILED
    )
