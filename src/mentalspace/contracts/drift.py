"""Where a live table is not what its contract says. Pure; never connects.

The catalog is compared word by word: both sides spell types, defaults and predicates as Postgres prints them.
"""

from __future__ import annotations

from collections.abc import Mapping

from mentalspace.catalog.table import LiveTable
from mentalspace.contracts.contract import Contract, Contracts
from mentalspace.contracts.drift_access import find_in_access, find_in_indexes
from mentalspace.contracts.drift_columns import find_in_columns, find_in_keys
from mentalspace.contracts.drift_report import CHECK, Report
from mentalspace.findings import Finding, Level


def find_drift(
    contracts: Contracts, live: Mapping[str, LiveTable], table: str | None = None
) -> list[Finding]:
    """Every difference, of all contracts or of one table's; `live` holds tables by qualified name."""
    findings: list[Finding] = []
    for contract in [contracts[table]] if table else contracts.values():
        found = live.get(contract.table.qualified_name)
        findings += _find_in_table(contract, found) if found else [_missing_table(contract)]
    return findings + ([] if table else _find_uncovered(contracts, live))


def _find_in_table(contract: Contract, live: LiveTable) -> list[Finding]:
    report = Report(contract)
    return [
        *find_in_columns(report, contract, live),
        *find_in_keys(report, contract, live),
        *find_in_indexes(report, contract, live),
        *find_in_access(report, contract, live),
    ]


def _missing_table(contract: Contract) -> Finding:
    return Report(contract)(
        Level.error, "table", "The table is missing", "The contract describes a table that is not there."
    )


def _find_uncovered(contracts: Contracts, live: Mapping[str, LiveTable]) -> list[Finding]:
    covered = {contract.table.qualified_name for contract in contracts.values()}
    schemas = {contract.table.schema_name for contract in contracts.values()}
    return [
        Finding(
            check=CHECK,
            title="The table has no contract",
            level=Level.info,
            subject=name.removeprefix("public."),
            detail="Nobody has said what it holds.",
            remediation=f"mentalspace contracts import --table {name.removeprefix('public.')}",
            key=f"{CHECK}:{name}:contract",
        )
        for name, table in live.items()
        if name not in covered and table.schema_name in schemas
    ]
