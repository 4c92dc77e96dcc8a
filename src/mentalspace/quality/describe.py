"""Results as findings. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from mentalspace.contracts.rule import Severity
from mentalspace.findings import Finding, Level
from mentalspace.quality.check import Boundary, Incremental, Watch
from mentalspace.quality.predicates import TWIN
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


def say_incremental(plan: Incremental) -> str:
    """Which rows a pass judges again: `rows that changed, …`."""
    if not any(watch.source for watch in plan.watches):
        tables = " or ".join(_bare(watch.relation) for watch in plan.watches)
        return f"read again when {tables} changed"
    said = [_say_watch(watch) for watch in plan.watches[1:]]
    times = [_text_of(boundary).partition(" between ")[0].strip("()") for boundary in plan.boundaries]
    said += [f"rows whose {value} a boundary of time has passed" for value in dict.fromkeys(times)]
    return ", ".join(dict.fromkeys(["rows that changed", *said]))


def _text_of(boundary: Boundary) -> str:
    """The comparison that finds the rows, wherever it stands."""
    inner = boundary.source.rpartition(" where ")[2].partition(") as changed")[0]
    return inner if boundary.condition == "true" else boundary.condition


def _say_watch(watch: Watch) -> str:
    if watch.rows == "failing":
        return "rows that were wrong"
    if f" as {TWIN} " in (watch.source or ""):
        return "those that they are compared with"
    return f"rows that match changed {_bare(watch.relation)} by {' and '.join(watch.columns)}"


def _bare(relation: str) -> str:
    return relation.removeprefix("public.")


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
