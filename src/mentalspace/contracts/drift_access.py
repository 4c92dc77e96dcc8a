"""Indexes, row level security and privileges that are not as the contract says. Pure; never connects."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from mentalspace.catalog.table import LiveIndex, LiveTable
from mentalspace.contracts.contract import Contract, Index
from mentalspace.contracts.drift_report import Report
from mentalspace.findings import Finding, Level

_READING, _WRITING = frozenset({"select"}), frozenset({"insert", "update", "delete"})
_ANYBODY = ("anon", "public")


def find_in_indexes(report: Report, contract: Contract, live: LiveTable) -> Iterator[Finding]:
    there = {index.name: index for index in live.indexes if index.constraint != "p"}
    for index in contract.table.indexes:
        yield from _compare_index(report, index, there.pop(index.name, None))
    for column in contract.table.columns:
        if column.unique and not any(_keeps_unique(index, column.name) for index in live.indexes):
            detail = f"Two rows may have the same {column.name}."
            yield report(Level.error, f"unique.{column.name}", "A column is not unique", detail)
    for name in there if contract.table.indexes else ():
        yield report(Level.info, f"index.{name}", "An index is not in the contract", f"{name}.")


def _compare_index(report: Report, said: Index, live: LiveIndex | None) -> Iterator[Finding]:
    place = f"index.{said.name}"
    if live is None:
        level = Level.error if said.unique else Level.warning
        yield report(level, place, "An index is missing", f"{said.name} is not there.")
        return
    differing = [word for word, one, other in _aspects(said, live) if one != other]
    if differing:
        detail = f"{said.name} differs in {', '.join(differing)}."
        yield report(
            Level.error if "unique" in differing else Level.warning, place, "An index differs", detail
        )
    if not live.is_valid:
        detail = f"{said.name} is not valid: it was not built to its end."
        yield report(Level.warning, place, "An index is not valid", detail, f"reindex index {said.name}.")


def _aspects(said: Index, live: LiveIndex) -> tuple[tuple[str, object, object], ...]:
    return (
        ("columns", said.columns, live.columns),
        ("type", said.type, live.method),
        ("unique", said.unique, live.is_unique),
        ("where", _bare(said.where), _bare(live.where)),
    )


def _bare(predicate: str | None) -> str:
    """Without the brackets that Postgres puts around the whole of some predicates."""
    return (predicate or "").strip().removeprefix("(").removesuffix(")")


def _keeps_unique(index: LiveIndex, column: str) -> bool:
    return index.is_unique and index.is_valid and index.columns == (column,) and not index.where


def find_in_access(report: Report, contract: Contract, live: LiveTable) -> Iterator[Finding]:
    if not live.has_row_security:
        yield report(
            Level.error,
            "row_security",
            "Row level security is off",
            "Whoever has a privilege reaches every row.",
            f"alter table {live.qualified_name} enable row level security.",
        )
    grants = live.grants or {}
    for role in _ANYBODY:
        if commands := grants.get(role):
            detail = f"{role} may {', '.join(sorted(commands))}."
            yield report(
                Level.error, f"grant.{role}", "People without a login have privileges", detail, "Revoke them."
            )
    if contract.roles:
        yield from _compare_grants(report, contract, grants.get("authenticated", ()))


def _compare_grants(report: Report, contract: Contract, granted: Collection[str]) -> Iterator[Finding]:
    words = {word for role in contract.roles for word in role.access.lower().replace("/", " ").split()}
    may = (_READING if words & {"read", "write"} else set()) | (_WRITING if "write" in words else set())
    if beyond := sorted(set(granted) - may):
        yield report(
            Level.error,
            "grant.authenticated",
            "A privilege goes beyond the contract",
            f"authenticated may {', '.join(beyond)}; no role of the contract does.",
            f"Revoke it, or add the role to {contract.source.name}.",
        )
    elif may and not granted:
        yield report(
            Level.info,
            "grant.authenticated",
            "Nobody who is signed in reaches the table",
            "The contract gives roles access; no privilege follows from the RACI matrix yet.",
            "Write the tasks of the table into docs/raci, then mentalspace raci compile.",
        )
