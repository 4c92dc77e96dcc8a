"""Results as findings. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from mentalspace.contracts.rule import Severity
from mentalspace.findings import Finding, Level
from mentalspace.quality.result import CheckResult, OutcomeKind, QualityRun

CHECK = "quality"
LEVELS = {
    Severity.critical: Level.error,
    Severity.high: Level.error,
    Severity.medium: Level.warning,
    Severity.low: Level.warning,
}


def find_all(run: QualityRun) -> tuple[Finding, ...]:
    """What is wrong: checks that fail or cannot run, ways that disagree, positions that nobody holds."""
    return (
        *describe_results(run.results),
        *(_describe_disagreement(result) for result in run.results if result.disagreement),
        *(_describe_vacancy(position) for position in run.vacant),
    )


def describe_results(results: Iterable[CheckResult]) -> tuple[Finding, ...]:
    """A finding for every check that did not pass."""
    return tuple(describe_result(result) for result in results if not result.passed)


def describe_result(result: CheckResult) -> Finding:
    """One result as a finding."""
    failed = result.outcome is OutcomeKind.failed
    return Finding(
        check=CHECK,
        title=result.title if failed else f"{result.title}: could not be checked",
        level=LEVELS[result.severity],
        subject=result.key,
        detail=_count(result)
        if failed
        else f"{result.description} The check stopped with {result.error_code}.",
        remediation=result.remediation if failed else f"mentalspace quality explain {result.key}",
        key=f"{CHECK}{'' if failed else '_error'}:{result.table_name}:{result.name}",
        owner=result.owner,
    )


def say_count(result: CheckResult) -> str:
    """The plan's sentence: `Found 3 issues (threshold: 0)`."""
    unit = " %" if result.unit == "percent" else ""
    return f"Found {result.failures} issues (threshold: {result.threshold:g}{unit})"


def _count(result: CheckResult) -> str:
    rows = f" in {result.row_count} rows" if result.row_count else ""
    keys = f": {', '.join(result.failing_keys)}" if result.failing_keys else ""
    more = ", …" if (result.failures or 0) > len(result.failing_keys) > 0 else ""
    return f"{say_count(result)}{rows}{keys}{more}"


def _describe_disagreement(result: CheckResult) -> Finding:
    return Finding(
        check=CHECK,
        title=f"{result.title}: incremental passes had it wrong",
        level=Level.error,
        subject=result.key,
        detail=f"On {result.disagreement} rows they disagreed with the full pass, which is kept. "
        "A change went past the triggers that capture changes, or the toolkit has a defect.",
        remediation="Find out who switched triggers off or altered the table; else report the defect.",
        key=f"{CHECK}_disagreement:{result.table_name}:{result.name}",
        owner=result.owner,
    )


def _describe_vacancy(position: str) -> Finding:
    return Finding(
        check=CHECK,
        title="Nobody holds this position",
        level=Level.warning,
        subject=position,
        detail="Alerts about its tables go to the administrators.",
        remediation="Name a holder in governance.position_holders.",
        key=f"{CHECK}:governance.positions:{position}",
        owner=position,
    )
