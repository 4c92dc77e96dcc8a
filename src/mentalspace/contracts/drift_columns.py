"""Columns and keys that are not as the contract says. Pure; never connects."""

from __future__ import annotations

from collections.abc import Iterator

from mentalspace.catalog.table import LiveColumn, LiveForeignKey, LiveTable
from mentalspace.contracts.contract import Column, Contract, ForeignKey
from mentalspace.contracts.drift_report import Report
from mentalspace.contracts.physical_types import canonical_type
from mentalspace.findings import Finding, Level


def find_in_columns(report: Report, contract: Contract, live: LiveTable) -> Iterator[Finding]:
    for column in contract.table.columns:
        if (there := live.column(column.name)) is None:
            yield report(
                Level.error, f"column.{column.name}", "A column is missing", f"{column.name} is not there."
            )
        else:
            yield from _find_in_column(report, column, there)
    for extra in live.columns:
        if contract.table.column(extra.name) is None:
            yield report(
                Level.warning,
                f"column.{extra.name}",
                "A column is not in the contract",
                f"{extra.name} {extra.type}: nobody has said what it holds, or whether it is PHI.",
                f"Describe it in {contract.source.name}, or drop it.",
            )


def _find_in_column(report: Report, column: Column, live: LiveColumn) -> Iterator[Finding]:
    name = column.name
    if (type_ := canonical_type(column.physical_type)) != live.type:
        yield report(
            Level.error,
            f"type.{name}",
            "A type differs",
            f"{name} is {live.type}; the contract says {type_}.",
        )
    if column.is_nullable != live.is_nullable:
        words = ("may be null", "may not be null")
        is_, said = words if live.is_nullable else words[::-1]
        level = Level.error if live.is_nullable else Level.warning
        yield report(
            level, f"null.{name}", "Nullability differs", f"{name} {is_}; the contract says it {said}."
        )
    if column.generated != live.is_generated:
        is_ = "is generated" if live.is_generated else "is not generated"
        yield report(Level.error, f"generated.{name}", "Generation differs", f"{name} {is_}.")
    elif not column.generated and column.default != live.default:
        yield report(
            Level.warning,
            f"default.{name}",
            "A default differs",
            f"{name} has {live.default or 'none'}; the contract says {column.default or 'none'}.",
        )


def find_in_keys(report: Report, contract: Contract, live: LiveTable) -> Iterator[Finding]:
    if contract.table.primary_key != live.primary_key:
        is_, said = ", ".join(live.primary_key) or "none", ", ".join(contract.table.primary_key)
        yield report(
            Level.error, "primary_key", "The primary key differs", f"It is {is_}; the contract says {said}."
        )
    keys = {(key.columns[0], _target(key)): key for key in live.foreign_keys if len(key.columns) == 1}
    for column in contract.table.columns:
        for said_key in column.relationships:
            place = (column.name, f"{_qualified(said_key.table)}.{said_key.column}")
            yield from _compare_key(report, column.name, said_key, keys.pop(place, None))
    for (name, target), _ in keys.items():
        if contract.table.column(name):
            yield report(
                Level.warning,
                f"foreign_key.{name}",
                "A foreign key is not in the contract",
                f"{name} refers to {target}.",
            )


def _compare_key(
    report: Report, column: str, said: ForeignKey, live: LiveForeignKey | None
) -> Iterator[Finding]:
    place = f"foreign_key.{column}"
    if live is None:
        yield report(
            Level.error, place, "A foreign key is missing", f"{column} does not refer to {said.target}."
        )
    elif live.on_delete != said.on_delete:
        detail = f"{column}: on delete {live.on_delete}; the contract says {said.on_delete}."
        yield report(Level.error, place, "A foreign key differs", detail)
    elif not live.is_validated:
        detail = f"{column}: rows from before {live.name} have not been checked."
        yield report(
            Level.warning,
            place,
            "A foreign key is not validated",
            detail,
            "Validate it.",
        )


def _target(key: LiveForeignKey) -> str:
    return f"{key.table}.{key.table_columns[0]}"


def _qualified(table: str) -> str:
    return table if "." in table else f"public.{table}"
