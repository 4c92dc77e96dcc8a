"""How good the data is, in percent. Pure.

A check scores the share of the table's rows that are right; one that fails without counting rows, or that
could not run, scores 0. A table scores the mean of its checks, and all tables the mean of all checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from mentalspace.quality.result import CheckResult, OutcomeKind, TableScore

GOAL = 99.0  # governance plan, success metrics: over 99 % for critical tables


def score_check(result: CheckResult) -> float:
    """0 to 100."""
    if result.outcome is OutcomeKind.error:
        return 0.0
    if not result.failures:
        return 100.0
    if result.method == "value" or not result.row_count:
        return 100.0 if result.passed else 0.0
    return 100.0 * max(0.0, 1 - result.failures / result.row_count)


def score_tables(results: Iterable[CheckResult]) -> tuple[TableScore, ...]:
    """The score of every table, by name."""
    ordered = sorted(results, key=lambda result: result.table)
    return tuple(_score(name, list(group)) for name, group in groupby(ordered, lambda result: result.table))


def score_overall(results: Sequence[CheckResult]) -> float:
    """The mean over all checks; 100 if there are none."""
    return _mean(results)


def _score(table: str, results: Sequence[CheckResult]) -> TableScore:
    return TableScore(
        table=table,
        score=_mean(results),
        checks=len(results),
        failed=sum(result.outcome is OutcomeKind.failed for result in results),
        errors=sum(result.outcome is OutcomeKind.error for result in results),
        rows=max((result.row_count for result in results if result.row_count is not None), default=None),
    )


def _mean(results: Sequence[CheckResult]) -> float:
    if not results:
        return 100.0
    return round(sum(score_check(result) for result in results) / len(results), 3)
