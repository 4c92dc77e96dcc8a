"""The contracts of this workspace are valid, and say what the governance plan asks of them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from mentalspace.contracts.contract import Contracts
from mentalspace.contracts.parse import read_contracts

FOLDER = Path(__file__).parents[3] / "docs" / "data-contracts"
# Governance plan, task 5.2.
OWNERS = {
    "clients": "clinical_operations_manager",
    "appointments": "scheduling_manager",
    "clinical_notes": "clinical_director",
    "charge_entries": "billing_manager",
    "user_roles": "security_administrator",
}
MONTHS = {"clients": 84, "appointments": 84, "clinical_notes": 84, "charge_entries": 120, "user_roles": 120}


@cache
def workspace() -> Contracts:
    return read_contracts(FOLDER)


@pytest.mark.parametrize("table", OWNERS)
def test_a_critical_table_has_the_plans_owner_and_retention(table: str) -> None:
    contract = workspace()[table]
    assert contract.owner == OWNERS[table]
    assert contract.retention
    assert contract.retention.months == MONTHS[table]
    for part in (contract.roles, contract.sla_properties, contract.support, contract.lineage.sources):
        assert part


def test_minors_are_kept_until_25() -> None:
    for table in ("clients", "clinical_notes"):
        retention = workspace()[table].retention
        assert retention
        assert retention.minor
        assert retention.minor.until_age == 25


def test_every_contract_says_whose_rows_are() -> None:
    assert [table for table, contract in workspace().items() if contract.ownership is None] == []


def test_every_rule_says_what_to_do() -> None:
    for contract in workspace().values():
        for _, _, rule in contract.locate_rules():
            assert rule.remediation
            assert rule.business_impact


def test_the_plans_four_checks_are_there() -> None:
    names = {f"{t}.{rule.name}" for t, c in workspace().items() for _, _, rule in c.locate_rules()}
    assert names >= {
        "clients.required_fields",
        "appointments.completed_without_note",
        "charge_entries.invalid_cpt_code",
        "user_roles.users_without_roles",
    }
