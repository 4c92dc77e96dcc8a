"""Plans and runs for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from mentalspace import terminal
from mentalspace.contracts.retention import DeletionMethod
from mentalspace.findings import Finding
from mentalspace.findings.printing import Format, print_findings
from mentalspace.retention.plan import Plan, RulePlan
from mentalspace.retention.run import Run

MONTHS_PER_YEAR = 12


def show_plan(plan: Plan, findings: Sequence[Finding]) -> None:
    """Print a plan and what stands in its way on stdout."""
    table = _table(f"Retention on {plan.as_of}: {plan.due} rows due")
    for column in ("Due", "Waiting", "Kept", "Active", "Undated"):
        table.add_column(column, justify="right")
    table.add_column("Next due", no_wrap=True)
    for rule in plan.rules:
        table.add_row(
            rule.table_name,
            f"{_period(rule.retention_period_months)}, {_method(rule.deletion_method)}",
            f"[bold]{rule.due}[/]" if rule.due else "0",
            str(rule.waiting),
            str(rule.kept),
            str(rule.active),
            f"[yellow]{rule.undated}[/]" if rule.undated else "0",
            str(rule.next_due or ""),
        )
    terminal.show(table)
    for rule in plan.rules:
        if rule.waits_for:
            terminal.show(f"[dim]{escape(_explain_waiting(rule))}[/]")
    if findings:
        print_findings(findings, Format.text)


def summarize_plan(plan: Plan, findings: Sequence[Finding]) -> dict[str, Any]:
    """A plan for programs."""
    return {
        **plan.model_dump(mode="json"),
        "findings": [finding.model_dump(mode="json") for finding in findings],
    }


def show_run(run: Run, findings: Sequence[Finding]) -> None:
    """Print what a run removed on stdout."""
    table = _table(f"Retention run {run.id}: {run.removed} rows removed")
    table.add_column("Removed", justify="right")
    for removal in run.removals:
        table.add_row(removal.table_name, _method(removal.deletion_method), str(removal.removed))
    terminal.show(table)
    if findings:
        print_findings(findings, Format.text)


def summarize_run(run: Run, findings: Sequence[Finding]) -> dict[str, Any]:
    """A run for programs."""
    return {
        "run": run.id,
        "removed": run.removed,
        "removals": [removal.model_dump(mode="json") for removal in run.removals],
        "findings": [finding.model_dump(mode="json") for finding in findings],
    }


def _table(title: str) -> Table:
    table = Table(
        title=title, title_justify="left", box=SIMPLE_HEAD, padding=0, show_edge=False, pad_edge=False
    )
    table.add_column("Table", no_wrap=True)
    table.add_column("Rule", no_wrap=True)
    return table


def _method(method: DeletionMethod) -> str:
    return method.removesuffix("_delete")


def _period(months: int) -> str:
    years, rest = divmod(months, MONTHS_PER_YEAR)
    return f"{months} mo" if rest else f"{years} y"


def _explain_waiting(rule: RulePlan) -> str:
    names = ", ".join(f"{table} ({number})" for table, number in sorted(rule.waits_for.items()))
    return f"{rule.table_name}: {rule.waiting} wait for {names}"
