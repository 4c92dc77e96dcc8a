"""Scores: right rows by all rows; what could not be checked scores nothing."""

from __future__ import annotations

from typing import Any

import pytest

from mentalspace.quality.result import CheckResult
from mentalspace.quality.score import score_check, score_overall, score_tables


def result(
    outcome: str = "passed", failures: int | None = 0, rows: int | None = 100, **more: Any
) -> CheckResult:
    values = {
        "table_name": "public.visits",
        "name": "rule",
        "method": "scan",
        "duration_ms": 1,
        "threshold": 0,
        "unit": "rows",
        "severity": "high",
        "owner": "scheduling_manager",
        "title": "Rule",
        "description": "D.",
        "remediation": "Do.",
        "contract_version": "1.0.0",
        "digest": "x",
    }
    return CheckResult.model_validate(
        {**values, "outcome": outcome, "failures": failures, "row_count": rows, **more}
    )


@pytest.mark.parametrize(
    ("given", "score"),
    [
        (result(), 100),
        (result(rows=None), 100),
        (result("failed", 1), 99),
        (result("failed", 100), 0),
        (result("failed", 300), 0),
        (result("failed", 1, None), 0),
        (result("failed", 1, method="value"), 0),
        (result("passed", 5, threshold=10), 95),
        (result("passed", 5, None, method="value", threshold=10), 100),
        (result("error", None, None), 0),
    ],
)
def test_a_check_scores_its_right_rows(given: CheckResult, score: float) -> None:
    assert score_check(given) == score


def test_a_table_scores_the_mean_of_its_checks() -> None:
    results = [
        result("failed", 2),
        result(),
        result("error", None, None, name="e"),
        result("failed", 1, 10, table_name="public.guests"),
    ]
    guests, visits = score_tables(results)
    assert (guests.table, guests.score, guests.rows) == ("guests", 90, 10)
    assert (visits.score, visits.checks, visits.failed, visits.errors) == (66.0, 3, 1, 1)
    assert score_overall(results) == 72.0
    assert score_overall([]) == 100
