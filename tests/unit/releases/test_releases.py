"""What a release says to people and programs, without a database."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from mentalspace.errors import InputError
from mentalspace.findings import Level
from mentalspace.releases.commands import _moment
from mentalspace.releases.findings import find_overdue
from mentalspace.releases.printing import show_release, summarize_metrics, summarize_release
from mentalspace.releases.release import Deployment, Release, build_release
from mentalspace.settings import Settings

DEPLOYED = datetime(2026, 11, 1, 12, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
MEASURED: dict[str, Any] = {
    "defects": {"p0": 1, "p1": 2, "p2": 0, "p3": 4},
    "total_defects": 7,
    "escaped_defects": 6,
    "business_metrics": {"appointmentsCreated": 12},
    "p95_response_time": None,
    "error_rate": None,
    "window_end": DEPLOYED + timedelta(hours=72),
    "is_complete": True,
    "collected_at": DEPLOYED + timedelta(hours=73),
}


def release(state: str = "due", **values: Any) -> Release:
    row: dict[str, Any] = {
        "release_version": "v1.2.3",
        "release_date": DEPLOYED,
        "deployed_by": "release_manager",
        "changes": ["Reminders [beta]"],
        "deployment_minutes": 4,
        "rollback_required": False,
        "state": state,
        "scheduled_for": DEPLOYED + timedelta(hours=72),
        "overdue_after": DEPLOYED + timedelta(hours=96),
        "facilitator": "release_manager",
        "completed_at": None,
        "health_score": None,
        "open_action_items": 0,
        **dict.fromkeys(MEASURED),
    }
    return build_release(row | values)


def test_metrics_have_the_names_of_the_plan() -> None:
    metrics = release(**MEASURED).metrics
    assert metrics
    said = summarize_metrics(metrics)
    plan = {"releaseVersion", "releaseDate", "defects", "totalDefects", "businessMetrics", "collectedAt"}
    assert plan <= said.keys()
    assert said["defects"] == {"p0": 1, "p1": 2, "p2": 0, "p3": 4}
    assert said["businessMetrics"] == {"appointmentsCreated": 12}
    assert said["performance"] == {"p95ResponseTime": None, "errorRate": None}
    json.dumps(said)


def test_a_release_without_metrics_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert summarize_release(release())["metrics"] is None
    show_release(release(), NEW_YORK)
    assert "not measured" in capsys.readouterr().out


def test_what_is_unknown_is_shown_as_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    show_release(release(**MEASURED), NEW_YORK)
    out = capsys.readouterr().out
    assert "1/2/0/4" in out
    assert "–" in out
    assert "0 ms" not in out
    assert "Reminders [beta]" in out


@pytest.mark.parametrize(
    ("state", "awaits", "found"), [("scheduled", 0, 0), ("due", 1, 0), ("overdue", 1, 1), ("completed", 0, 0)]
)
def test_only_overdue_reviews_are_findings(state: str, awaits: int, found: int) -> None:
    one = release(state)
    assert one.awaits_review == bool(awaits)
    findings = find_overdue([one])
    assert len(findings) == found
    for finding in findings:
        assert finding.level is Level.warning
        assert finding.key == "releases:public.post_release_reviews:v1.2.3"
        assert finding.owner == "release_manager"


@pytest.mark.parametrize("version", ["", "  ", "v1 2", "a/b", "-v1", "v" * 65, "v1'; --"])
def test_a_version_is_a_plain_word(version: str) -> None:
    with pytest.raises(ValidationError):
        Deployment(version=version)


def test_a_version_is_trimmed() -> None:
    assert Deployment(version=" v1.2.3-rc_1 ").version == "v1.2.3-rc_1"


def test_a_time_without_offset_is_the_practices() -> None:
    settings = Settings(practice_time_zone="America/New_York")
    assert _moment(settings, "2026-07-01T12:00") == datetime(2026, 7, 1, 16, tzinfo=UTC)
    assert _moment(settings, "2026-07-01T12:00+02:00") == datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert _moment(settings, None) is None
    with pytest.raises(InputError, match="write 2026-11-22T18:30"):
        _moment(settings, "yesterday")
