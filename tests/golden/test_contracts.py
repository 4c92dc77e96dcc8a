"""What is generated from the contracts is checked in, and current."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from mentalspace.contracts.check import check_contracts
from mentalspace.contracts.contract import Contracts
from mentalspace.contracts.generated import find_outdated, render_documents
from mentalspace.contracts.parse import parse_contracts, read_contracts
from mentalspace.documents import parse_document
from mentalspace.quality.compile import compile_checks
from mentalspace.quality.generated import find_outdated_migrations

ROOT = Path(__file__).parents[2]
ZONE = "America/New_York"
# The headings that the governance plan's template asks for.
HEADINGS = (
    *("Contract Metadata", "Purpose & Scope", "Business Purpose", "Data Lineage", "Schema Definition"),
    *("Foreign Key Relationships", "Indexes", "Data Quality Rules", "Validation Rules", "Quality Metrics"),
    *("Change Management", "Breaking Changes", "Non-Breaking Changes", "Change Approval Process", "SLAs"),
    *("Access Control", "RLS Policies", "Who Can Access", "Compliance & Retention", "Support & Contacts"),
    "Version History",
)


@cache
def workspace() -> Contracts:
    contracts = read_contracts(ROOT / "docs" / "data-contracts")
    check_contracts(contracts)
    return contracts


def test_documents_are_current() -> None:
    assert [str(file.path) for file in find_outdated(render_documents(workspace()), ROOT)] == []


def test_the_migration_is_current() -> None:
    assert [str(file.path) for file in find_outdated_migrations(workspace(), ZONE, ROOT)] == []


def test_a_document_has_every_section_of_the_plans_template() -> None:
    text = (ROOT / "docs" / "data-contracts" / "APPOINTMENTS_CONTRACT.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^##+ (.+)$", text, re.MULTILINE)) == HEADINGS


def test_the_template_is_a_contract() -> None:
    text = (ROOT / "DATA_CONTRACT_TEMPLATE.md").read_text(encoding="utf-8")
    [skeleton] = re.findall(r"^```yaml\n(.+?)^```$", text, re.MULTILINE | re.DOTALL)
    template = parse_document(skeleton, Path("visits.odcs.yaml"))
    contracts = parse_contracts([template, *workspace().documents.values()])
    check_contracts(contracts)
    checks = {check.name for check in compile_checks(contracts, ZONE) if check.table_name == "public.visits"}
    assert checks == {"valid_status", "orphaned_client", "forgotten"}
