"""What retention says it cannot decide."""

from __future__ import annotations

from datetime import date
from typing import Any

from mentalspace.findings import Level, exit_code
from mentalspace.retention.findings import find_obstacles
from mentalspace.retention.plan import Plan, RulePlan


def rule(table: str, **values: Any) -> RulePlan:
    known: dict[str, Any] = {
        "data_type": table,
        "table_name": table,
        "deletion_method": "soft_delete",
        "retention_period_months": 84,
        "owner_position": "clinical_director",
        "reason": "because",
        "subject_table": None,
        "active": 0,
        "undated": 0,
        "kept": 0,
        "waiting": 0,
        "due": 0,
        "next_due": None,
        "waits_for": {},
    }
    return RulePlan(**known | values)


def plan(*rules: RulePlan) -> Plan:
    return Plan(as_of=date(2026, 1, 1), rules=rules)


def test_due_rows_are_no_finding() -> None:
    assert find_obstacles(plan(rule("clients", due=3, active=9, kept=4))) == ()


def test_a_missing_date_is_reported_once_at_the_table_that_lacks_it() -> None:
    found = find_obstacles(
        plan(rule("clinical_notes", undated=40, subject_table="clients"), rule("clients", undated=1))
    )
    assert [finding.key for finding in found] == ["retention:public.clients:undated"]
    assert found[0].level is Level.warning
    assert "1 row without" in found[0].detail
    assert exit_code(found) == 1


def test_a_missing_date_of_a_table_without_rule_is_reported_where_it_counts() -> None:
    found = find_obstacles(plan(rule("user_roles", undated=2, subject_table="profiles")))
    assert [finding.key for finding in found] == ["retention:public.user_roles:undated"]


def test_only_children_without_a_rule_are_reported() -> None:
    found = find_obstacles(
        plan(
            rule("appointments", waiting=2, waits_for={"clinical_notes": 2}),
            rule("clients", waiting=5, waits_for={"appointments": 2, "client_documents": 4}),
            rule("clinical_notes"),
        )
    )
    assert [finding.key for finding in found] == ["retention:public.clients:unruled"]
    assert "client_documents (4)" in found[0].detail
    assert "appointments" not in found[0].detail
    assert exit_code(found) == 0
