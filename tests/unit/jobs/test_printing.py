"""Runs for people: on the practice's wall clock, with what came of them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mentalspace.jobs.failure import Failure
from mentalspace.jobs.history import Run
from mentalspace.jobs.ledger import Status
from mentalspace.jobs.printing import show_report, show_runs, summarize_report
from mentalspace.jobs.runner import Report

RUN = Run(
    run_id=7,
    job="effect",
    scheduled_for=datetime(2026, 7, 1, 11, 0, tzinfo=UTC),
    triggered_by="manual",
    status=Status.failed,
    worker="worker",
    attempt=1,
    started_at=None,
    finished_at=None,
    seconds=1.25,
    outcome=None,
    error_class="RunTimeoutError",
    error_message="too long [sic]",
)
LOST = Report(7, "effect", None, 1.0, failure=Failure("LeaseLostError", "taken over"))


def test_runs_show_wall_clock_and_reason(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    show_runs([RUN], ZoneInfo("America/New_York"))
    out = capsys.readouterr().out
    for part in ("2026-07-01 07:00", "effect (by hand)", "failed", "RunTimeoutError too long [sic]"):
        assert part in out


def test_a_lost_run_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    show_report(LOST)
    assert "taken over" in capsys.readouterr().out
    assert summarize_report(LOST)["error"] == {"class": "LeaseLostError", "message": "taken over"}
    assert summarize_report(LOST)["status"] is None
