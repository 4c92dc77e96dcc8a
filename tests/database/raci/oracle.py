"""A second reading of the matrix: straight from the YAML, word by word, sharing nothing with the compiler.

It answers for one person and one row what Postgres must do. Where it and the database disagree, one of
them has misread `docs/raci`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
Row = Mapping[str, Any]
DENIED, SILENT, PASSED = "denied", "silent", "passed"


@dataclass(frozen=True)
class Person:
    """Who asks: the roles that count, and whom they supervise today."""

    id: str | None
    roles: frozenset[str]
    supervisees: frozenset[str] = frozenset()
    is_visitor: bool = False


@dataclass(frozen=True)
class Refused:
    """A refusal that names one of these tasks; none: the column or command that no task covers."""

    tasks: frozenset[str] = frozenset()


Verdict = str | Refused


@dataclass(frozen=True)
class Client:
    portal: str | None
    therapist: str | None


@dataclass(frozen=True)
class Part:
    """One entry of `enforces`, and the cells of its task."""

    task: str
    entry: Mapping[str, Any]
    cells: Mapping[str, tuple[str, str]]

    @property
    def command(self) -> str:
        return str(self.entry.get("command", "update"))


@dataclass
class Oracle:
    """The documents, read naively; `clients` says whose login and caseload each client is."""

    clients: dict[str, Client] = field(default_factory=dict)
    parts: dict[str, list[Part]] = field(default_factory=dict)
    ownership: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls) -> Oracle:
        oracle = cls()
        for path in sorted((ROOT / "docs/raci").glob("*.yaml")):
            document = yaml.safe_load(path.read_text())
            for key, task in document["tasks"].items():
                cells = {role: read_cell(document, role, cell) for role, cell in task["duties"].items()}
                for entry in task.get("enforces", []):
                    part = Part(f"{document['module']}.{key}", entry, cells)
                    oracle.parts.setdefault(entry["table"], []).append(part)
        for path in sorted((ROOT / "docs/data-contracts").glob("*.odcs.yaml")):
            (table,) = yaml.safe_load(path.read_text())["schema"]
            for item in table["customProperties"]:
                if item["property"] == "ownership":
                    oracle.ownership[table["name"]] = item["value"]
        return oracle

    def may_read(self, person: Person, table: str, row: Row) -> bool:
        """Any duty on any task about the table, within its scope."""
        return any(self._role_reads(person, role, table, row) for role in person.roles)

    def judge_update(self, person: Person, table: str, old: Row, new: Row) -> Verdict:
        if person.is_visitor or not self._parts(table, "update"):
            return DENIED
        if not self._reaches_change(person, table, "update", old):
            return SILENT
        changed = {column for column in new if new[column] != old[column] and column != "updated_at"}
        matching = [part for part in self._parts(table, "update") if _matches(part.entry, old, new)]
        named: set[str] = set()
        left = set(changed)
        for part in matching:
            if self._performs(person, part, table, old, new):
                left -= covers(part.entry)
        for part in matching:
            if covers(part.entry) & left:
                named.add(part.task)
        if left:
            return Refused(frozenset(named))
        # The row as it becomes must still be one that the person may change.
        return PASSED if self._reaches_change(person, table, "update", new) else Refused()

    def judge_insert(self, person: Person, table: str, new: Row) -> Verdict:
        parts = self._parts(table, "insert")
        if person.is_visitor or not parts:
            return DENIED
        for part in parts:
            if self._holds(person, part, table, new):
                starts = part.entry.get("starts", {})
                fits = all(new.get(column) in _values(values) for column, values in starts.items())
                named = person.id in [new.get(column) for column in _values(part.entry.get("not_by", []))]
                return PASSED if fits and not named else Refused(frozenset({part.task}))
        return Refused(frozenset(part.task for part in parts))

    def judge_delete(self, person: Person, table: str, old: Row) -> Verdict:
        parts = self._parts(table, "delete")
        if person.is_visitor or not parts:
            return DENIED
        if not self._reaches_change(person, table, "delete", old):
            return SILENT
        if any(self._holds(person, part, table, old) for part in parts):
            return PASSED
        return Refused(frozenset(part.task for part in parts))

    def _parts(self, table: str, command: str) -> list[Part]:
        return [part for part in self.parts[table] if part.command == command]

    def _role_reads(self, person: Person, role: str, table: str, row: Row) -> bool:
        if row.get("deleted_at") is not None:
            return False
        return any(
            role in part.cells and self._in_scope(part.cells[role][1], person, table, row)
            for part in self.parts[table]
        )

    def _reaches_change(self, person: Person, table: str, command: str, row: Row) -> bool:
        """Whoever performs some task of the kind there reaches what the role may read."""
        return any(
            any(_does(part.cells.get(role)) for part in self._parts(table, command))
            and self._role_reads(person, role, table, row)
            for role in person.roles
        )

    def _performs(self, person: Person, part: Part, table: str, old: Row, new: Row) -> bool:
        if person.id in [new[column] for column in _values(part.entry.get("not_by", []))]:
            return False
        return self._holds(person, part, table, old) and self._holds(person, part, table, new)

    def _holds(self, person: Person, part: Part, table: str, row: Row) -> bool:
        return any(
            _does(part.cells.get(role)) and self._in_scope(part.cells[role][1], person, table, row)
            for role in person.roles
        )

    def _in_scope(self, scope: str, person: Person, table: str, row: Row) -> bool:
        """The definitions of the architecture, one after the other."""
        ownership = self.ownership[table]
        if scope == "all" or not ownership:
            return True
        owners = {row[column] for column in _values(ownership.get("owner", []))}
        client = self.clients.get(str(row.get(ownership.get("client", ""))), Client(None, None))
        if person.id in owners or client.portal == person.id:
            return True
        if scope == "own":
            return False
        if client.therapist == person.id:
            return True
        if scope == "caseload":
            return False
        return bool(owners & person.supervisees) or client.therapist in person.supervisees


def read_cell(document: Mapping[str, Any], role: str, cell: Any) -> tuple[str, str]:
    """Letters and scope of a cell."""
    if isinstance(cell, str):
        return cell, document["roles"][role]["scope"]
    return cell["duty"], cell.get("scope", document["roles"][role]["scope"])


def _does(cell: tuple[str, str] | None) -> bool:
    return cell is not None and ("R" in cell[0] or "A" in cell[0])


def _values(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _matches(entry: Mapping[str, Any], old: Row, new: Row) -> bool:
    """Whether a change is what the entry speaks of."""
    if not all(old[column] in _values(values) for column, values in entry.get("from", {}).items()):
        return False
    return any(_triggers(entry, old, new))


def _triggers(entry: Mapping[str, Any], old: Row, new: Row) -> Iterator[bool]:
    for column, values in entry.get("becomes", {}).items():
        yield old[column] != new[column] and new[column] in _values(values)
    for column in _values(entry.get("changes", [])):
        yield old[column] != new[column]
    for column in _values(entry.get("sets", [])):
        yield old[column] is None and new[column] is not None
    for column in _values(entry.get("clears", [])):
        yield old[column] is not None and new[column] is None


def covers(entry: Mapping[str, Any]) -> set[str]:
    """The columns that an entry lets change."""
    columns = set(entry.get("becomes", {})) | set(entry.get("stamps", {}))
    for key in ("changes", "sets", "clears", "with"):
        columns |= set(_values(entry.get(key, [])))
    return columns
