"""Findings and messages: what is wrong, how much, whose, and what to do."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from tests.unit.quality.test_score import result

from mentalspace.alerts import Alert, Kind
from mentalspace.findings import Level, exit_code
from mentalspace.notifications import Priority
from mentalspace.quality.alerts import Standing, compose_alert, say_passed, say_subject
from mentalspace.quality.describe import describe_result, find_all
from mentalspace.quality.result import CheckResult, QualityRun

PERSON = UUID(int=1)


def test_a_failure_is_a_finding_with_count_keys_owner_and_remedy() -> None:
    finding = describe_result(result("failed", 30, failing_keys=("a", "b")))
    assert finding.model_dump() == {
        "check": "quality",
        "title": "Rule",
        "level": Level.error,
        "subject": "visits.rule",
        "detail": "Found 30 issues (threshold: 0) in 100 rows: a, b, …",
        "remediation": "Do.",
        "key": "quality:public.visits:rule",
        "owner": "scheduling_manager",
    }


def test_an_error_is_another_finding() -> None:
    finding = describe_result(result("error", None, None, error_code="57014"))
    assert finding.key == "quality_error:public.visits:rule"
    assert finding.title == "Rule: could not be checked"
    assert "57014" in finding.detail


@pytest.mark.parametrize(
    ("severity", "level"),
    [("critical", Level.error), ("high", Level.error), ("medium", Level.warning), ("low", Level.warning)],
)
def test_severity_becomes_a_level(severity: str, level: Level) -> None:
    assert describe_result(result("failed", 1, severity=severity)).level is level


def test_a_run_lists_what_is_wrong_and_who_is_missing() -> None:
    run = QualityRun(
        id=PERSON,
        check_date=datetime(2026, 1, 1, tzinfo=UTC),
        duration_ms=1,
        score=1,
        scores=(),
        results=(result(), result("failed", 1, name="bad")),
        vacant=("billing_manager",),
    )
    findings = find_all(run)
    assert [finding.key for finding in findings] == [
        "quality:public.visits:bad",
        "quality:governance.positions:billing_manager",
    ]
    assert exit_code(findings) == 1


def compose(results: list[CheckResult], checks: int = 1, *, critical: bool = False) -> Alert:
    standing = Standing("public.visits", "scheduling_manager", checks, critical, is_told=False)
    return compose_alert(standing, results, ("scheduling_manager", "clinical_director"), ())


def test_one_check_has_the_plans_subject_and_message() -> None:
    alert = compose([result("failed", 4, severity="critical")], critical=True)
    assert alert.ladder.kind.say_raised(alert.ladder.subject) == "Data Quality Alert: visits - Rule"
    assert alert.message == "Found 4 issues (threshold: 0). Do."
    assert alert.severity.priority is Priority.urgent
    assert compose([result("failed", 4)]).severity.priority is Priority.high
    assert (alert.ladder.kind.raised, alert.ladder.kind.escalated) == ("data_quality_alert",) * 2


def test_several_checks_are_one_message() -> None:
    checks = [result("failed", 4), result("error", None, title="Other", error_code="42P01")]
    alert = compose(checks, checks=5)
    assert alert.ladder.subject == "visits - 2 checks"
    assert alert.message.splitlines() == [
        "Rule: Found 4 issues (threshold: 0). Do.",
        "Other: Could not be checked (42P01).",
        "Failing before: 3 more of this table.",
    ]


def test_a_recovery_says_what_passes() -> None:
    assert say_passed([result()]) == "Passes again."
    assert say_passed([result(), result(title="Other")]) == "Rule: Passes again.\nOther: Passes again."
    assert Kind.data_quality.say_resolved(say_subject([result()])) == "Data Quality Recovered: visits - Rule"
    assert Kind.data_quality.resolved == "data_quality_recovery"
