"""Quality for people and for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mentalspace import terminal
from mentalspace.findings import Finding
from mentalspace.findings.printing import Format, print_findings
from mentalspace.quality.describe import describe_results
from mentalspace.quality.result import AlertChange, QualityRun, Way
from mentalspace.quality.score import GOAL

if TYPE_CHECKING:
    from rich.table import Table

    from mentalspace.quality.explain import Explanation
    from mentalspace.quality.overview import Overview

Line = tuple[str, float, int, int, int, int | None]


def print_run(run: QualityRun, findings: Sequence[Finding], *, as_json: bool, junit: bool) -> None:
    """One run: scores, what is wrong, what was told to whom."""
    if as_json:
        terminal.emit_json(
            {**run.model_dump(mode="json"), "findings": [each.model_dump() for each in findings]}
        )
        return
    if junit:
        print_findings(findings, Format.junit, "Data quality")
        return
    lines: list[Line] = [(s.table, s.score, s.checks, s.failed, s.errors, s.rows) for s in run.scores]
    failed, errors = sum(s.failed for s in run.scores), sum(s.errors for s in run.scores)
    terminal.show(_scores([*lines, ("all tables", run.score, len(run.results), failed, errors, None)]))
    print_findings(findings, Format.text, "What is wrong")
    terminal.say(f"{len(run.results)} checks in {run.duration_ms / 1000:.1f} s: {_say_ways(run)}")
    _say_changes("alerted", run.opened)
    _say_changes("recovered", run.recovered)


def print_overview(overview: Overview, *, as_json: bool) -> None:
    """The latest scores and failures."""
    if as_json:
        terminal.emit_json(overview)
        return
    if not overview.scores:
        terminal.show("No check ever ran here; `mentalspace quality run` does it now.")
        return
    lines: list[Line] = [
        (s.table_name or "all tables", s.score, s.checks, s.failed, s.errors, s.row_count)
        for s in overview.scores
    ]
    terminal.show(_scores(lines))
    print_findings(describe_results(overview.failing), Format.text, "What is wrong")


def print_explanation(explanation: Explanation, *, as_json: bool) -> None:
    """What a check asks, and how it is answered."""
    from rich.markup import escape

    if as_json:
        terminal.emit_json(explanation)
        return
    read = f"; all were read on {explanation.read_at:%d %b %H:%M %Z}" if explanation.read_at else ""
    facts = {
        "means": explanation.description,
        "if not": explanation.business_impact,
        "severity": f"{explanation.severity}; passes up to {explanation.threshold:g} {explanation.unit}",
        "owner": explanation.owner,
        "then": explanation.remediation,
        "contract": f"version {explanation.contract_version}",
        "answered": f"{explanation.kind}, {explanation.way}: {explanation.because}{read}",
    }
    terminal.show(f"[bold]{escape(explanation.check)}[/] {escape(explanation.title)}")
    for name, text in facts.items():
        if text:
            terminal.show(f"  [dim]{name:9}[/] {escape(text)}")
    terminal.show("", escape(explanation.statement))
    if explanation.plan:
        terminal.show("", escape(explanation.plan))


def _scores(lines: Iterable[Line]) -> Table:
    from rich.table import Table

    table = Table(title=f"Data quality (goal: over {GOAL:g} %)", title_justify="left")
    table.add_column("Table")
    for name in ("Score", "Checks", "Failed", "Could not run", "Rows"):
        table.add_column(name, justify="right")
    for name, score, checks, failed, errors, rows in lines:
        style = "green" if score > GOAL else "red"
        table.add_row(
            name,
            f"[{style}]{score:.2f} %[/]",
            str(checks),
            str(failed or ""),
            str(errors or ""),
            "" if rows is None else f"{rows:,}",
            end_section=False,
        )
    return table


def _say_ways(run: QualityRun) -> str:
    """How many checks were answered which way, and how many rows were looked at for what changed."""
    ways = Counter(result.way for result in run.results)
    rows = sum(result.rows_read or 0 for result in run.results if result.way is Way.incremental)
    return (
        f"{ways[Way.proved]} proved by the catalog, {ways[Way.full]} over all rows, "
        f"{ways[Way.incremental]} over what changed ({rows:,} looks at a row)"
    )


def _say_changes(what: str, changes: Iterable[AlertChange]) -> None:
    for change in changes:
        people = f"{change.notified} told" if change.notified else "nobody to tell"
        terminal.say(f"{what}: {change.owner}, {change.table}: {', '.join(change.names)} ({people})")
