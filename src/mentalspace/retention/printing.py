"""Plans and runs for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.markup import escape
from rich.table import Table

from mentalspace import terminal
from mentalspace.findings import Finding
from mentalspace.findings.printing import Format, print_findings
from mentalspace.retention.applying import Run
from mentalspace.retention.plan import Plan, RulePlan

MONTHS_PER_YEAR = 12


def show_plan(plan: Plan, findings: Sequence[Finding]) -> None:
    """Print a plan and what stands in its way on stdout."""
    table = Table(title=f"Retention on {plan.as_of}: {plan.due} due", title_justify="left")
    table.add_column("Table")
    table.add_column("Kept for")
    table.add_column("Then")
    for column in ("Due", "Waiting", "Kept", "Active", "No date"):
        table.add_column(column, justify="right")
    table.add_column("Next due")
    for rule in plan.rules:
        table.add_row(
            rule.table_name,
            _period(rule.retention_period_months),
            rule.deletion_method.replace("_", " "),
            f"[bold]{rule.due}[/]" if rule.due else "0",
            _waiting(rule),
            str(rule.kept),
            str(rule.active),
            f"[yellow]{rule.undated}[/]" if rule.undated else "0",
            str(rule.next_due or ""),
        )
    terminal.show(table)
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
    table = Table(title=f"Retention run {run.id}: {run.removed} removed", title_justify="left")
    table.add_column("Table")
    table.add_column("Method")
    table.add_column("Removed", justify="right")
    for removal in run.removals:
        table.add_row(removal.table_name, removal.deletion_method.replace("_", " "), str(removal.removed))
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


def _period(months: int) -> str:
    years, rest = divmod(months, MONTHS_PER_YEAR)
    number, unit = (months, "month") if rest or not years else (years, "year")
    return f"{number} {unit}{'' if number == 1 else 's'}"


def _waiting(rule: RulePlan) -> str:
    names = ", ".join(f"{escape(table)} {number}" for table, number in sorted(rule.waits_for.items()))
    return f"{rule.waiting}\n[dim]{names}[/]" if names else str(rule.waiting)
