"""How a difference between a contract and its table is told. Pure; never connects."""

from __future__ import annotations

from mentalspace.contracts.contract import Contract
from mentalspace.findings import Finding, Level

CHECK = "drift"


class Report:
    """Makes the findings of one contract."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract

    def __call__(self, level: Level, object_: str, title: str, detail: str, remedy: str = "") -> Finding:
        table = self.contract.table.qualified_name
        return Finding(
            check=CHECK,
            title=title,
            level=level,
            subject=table.removeprefix("public."),
            detail=detail,
            remediation=remedy or f"Migrate the table, or correct {self.contract.source.name}.",
            key=f"{CHECK}:{table}:{object_}",
            owner=self.contract.owner,
        )
