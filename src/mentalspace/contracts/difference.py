"""What changed between two versions of contracts, and whether it breaks what others count on. Pure.

`changes.py` says what is breaking. A breaking change is due when the first part of the version was raised and
stakeholders were told as many business days before as the contract in force promises.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from mentalspace.contracts.changes import Change, compare_contracts
from mentalspace.contracts.contract import Contract, Contracts
from mentalspace.findings import Finding, Level

CHECK = "contract_change"
_WEEKEND = 5


def find_differences(old: Contracts, new: Contracts) -> list[Finding]:
    """Every change as a finding: `error` for a breaking one that is not due, else `info`."""
    findings: list[Finding] = []
    for table in sorted({*old, *new}):
        if table not in new:
            findings.append(_finding(old[table], Change("contract", "The contract was dropped.", True), ""))
        elif table not in old:
            findings.append(_finding(new[table], Change("contract", "The contract is new.", False), ""))
        else:
            findings += _compare(old[table], new[table])
    return findings


def find_missing_steps(old: Contract, new: Contract) -> str:
    """What a breaking change still needs; empty when version and notice are as they must be."""
    wanted = f"{int(old.version.split('.')[0]) + 1}.0.0"
    if _major(new.version) <= _major(old.version):
        return f"Raise the version to {wanted}, and announce it."
    entry = next((entry for entry in new.history if entry.version == new.version), None)
    days = old.notice_business_days
    if entry is None:
        return f"Write {new.version} into the history, with `announced`: {days} business days before `date`."
    if days and (entry.announced is None or _business_days(entry.announced, entry.date) < days):
        return f"Announce it {days} business days before {entry.date}: `announced` in the history."
    return ""


def _compare(old: Contract, new: Contract) -> Iterator[Finding]:
    missing = find_missing_steps(old, new)
    for change in compare_contracts(old, new):
        yield _finding(new, change, missing)


def _finding(contract: Contract, change: Change, missing: str) -> Finding:
    undue = change.is_breaking and (missing or change.place == "contract")
    remedy = missing or ("Keep it until nobody reads the table." if undue else "")
    table = contract.table.qualified_name
    return Finding(
        check=CHECK,
        title="Breaking change" if change.is_breaking else "Change",
        level=Level.error if undue else Level.info,
        subject=table.removeprefix("public."),
        detail=change.detail,
        remediation=remedy if undue else "Migrate." if change.is_breaking else "Tell who reads the table.",
        key=f"{CHECK}:{table}:{change.place}",
        owner=contract.owner,
    )


def _major(version: str) -> int:
    return int(version.partition(".")[0])


def _business_days(first: str, last: str) -> int:
    """Working days after `first`, up to and with `last`."""
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    days = (start + timedelta(days=n) for n in range(1, (end - start).days + 1))
    return sum(day.weekday() < _WEEKEND for day in days)
