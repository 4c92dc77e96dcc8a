"""What retention cannot decide by itself. Never connects."""

from __future__ import annotations

from mentalspace.findings import Finding, Level
from mentalspace.retention.plan import Plan, RulePlan


def find_obstacles(plan: Plan) -> tuple[Finding, ...]:
    """Rows kept for want of a date, and rows kept by tables that no rule covers."""
    ruled = {rule.table_name for rule in plan.rules}
    # A missing date of a client is one finding, not one more for each table that counts from it.
    undated = [_undated(rule) for rule in plan.rules if rule.undated and rule.subject_table not in ruled]
    held = [
        _unruled(rule, unruled)
        for rule in plan.rules
        if (unruled := {table: n for table, n in rule.waits_for.items() if table not in ruled})
    ]
    return (*undated, *held)


def _undated(rule: RulePlan) -> Finding:
    return Finding(
        check="retention",
        title="Ended, but nobody can say when",
        level=Level.warning,
        subject=f"public.{rule.table_name}",
        detail=f"{_rows(rule.undated)} without the date that the retention period counts from; kept",
        remediation="Enter the date; `mentalspace retention plan --json` lists the keys.",
        key=f"retention:public.{rule.table_name}:undated",
        owner=rule.owner_position,
    )


def _unruled(rule: RulePlan, tables: dict[str, int]) -> Finding:
    names = ", ".join(f"{table} ({number})" for table, number in sorted(tables.items()))
    return Finding(
        check="retention",
        title="Kept by rows that no rule covers",
        level=Level.info,
        subject=f"public.{rule.table_name}",
        detail=f"{_rows(rule.waiting)} past their period; some wait for {names}",
        remediation="Write a retention property into the contracts of these tables.",
        key=f"retention:public.{rule.table_name}:unruled",
        owner=rule.owner_position,
    )


def _rows(number: int) -> str:
    return f"{number} row{'' if number == 1 else 's'}"
