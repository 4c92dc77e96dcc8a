"""What must be recorded of a change: read from the YAML as `oracle.py` does, and not by the compiler."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.database.raci.beside_guards import DOCUMENTED, SIGNED, is_unlocked
from tests.database.raci.oracle import Oracle, Part, Person, Row

VOCABULARY = {"changed", "shared", "owners", "client", "clients", "was", "is"}


@dataclass(frozen=True)
class Change:
    """One row before and after, as the person sent it and as the guard stamps it."""

    oracle: Oracle
    person: Person
    table: str
    command: str
    old: Row
    sent: Row

    @property
    def new(self) -> Row:
        return {**self.sent, **dict(self._stamped())}

    def _stamped(self) -> Iterator[tuple[str, Any]]:
        if self.table == "clinical_notes" and self.old and is_unlocked(self.old, self.sent):
            yield from ((column, None) for column in SIGNED)
        if self.person.is_visitor:
            return  # The system's: no guard is in the way.
        if self.table == "appointments" and self.old and self.sent["status"] != "No Show":
            yield DOCUMENTED, None
        for part in self.parts():
            for column, value in part.entry.get("stamps", {}).items():
                yield column, self.person.id if value == "actor" else self.sent.get(column)

    def parts(self) -> list[Part]:
        """The entries of the YAML that the change is."""
        oracle, person = self.oracle, self.person
        given = [part for part in oracle.parts[self.table] if part.command == self.command]
        if self.command == "update":
            return self._updates([part for part in given if _evidence(part, self.old, self.sent)])
        # Of several tasks that a new row may be, the first that it fits and the person may perform.
        row = self.old if self.command == "delete" else self.sent
        fitting = [part for part in given if _fits(part, row)]
        held = [part for part in fitting if oracle.holds(person, part, self.table, row)]
        return (held or fitting or given)[:1]

    def _updates(self, given: list[Part]) -> list[Part]:
        seen = {id(part): _evidence(part, self.old, self.sent) for part in given}
        whole = [part for part in given if not any(_carries(other, part, seen[id(part)]) for other in given)]
        along = {column for part in whole for column in _along(part)}
        kept = [part for part in given if part in whole or seen[id(part)] - along]
        return [part for part in kept if not self._is_anothers(part, kept, seen)]

    def _is_anothers(self, part: Part, kept: list[Part], seen: Mapping[int, set[str]]) -> bool:
        """Made by a column of a task that the person may perform, while this one they may not."""
        return not self._performs(part) and any(
            other.task != part.task and seen[id(other)] & seen[id(part)] and self._performs(other)
            for other in kept
        )

    def _performs(self, part: Part) -> bool:
        return all(self.oracle.holds(self.person, part, self.table, row) for row in (self.old, self.sent))

    @property
    def tasks(self) -> set[str]:
        return {part.task for part in self.parts()}

    def facts(self, key: str) -> dict[str, Any]:
        """Whose the row of this key is and what state it has: sets for lists, and no `changed`."""
        ownership = self.oracle.ownership[self.table]
        given = {"insert": [self.new], "delete": [self.old], "update": [self.old, self.new]}[self.command]
        rows = [{"id": key, **row} for row in given]
        columns = _listed(ownership.get("owner", []))
        found: dict[str, Any] = {} if ownership else {"shared": True}
        if owners := {row[column] for row in rows for column in columns if row[column]}:
            found["owners"] = owners
        if "client" in ownership and (clients := {row[ownership["client"]] for row in rows} - {None}):
            found |= {"client": clients.pop()} if len(clients) == 1 else {"clients": clients}
        for name, row, others in (("was", self.old, "insert"), ("is", self.new, "delete")):
            if self.command != others and (states := self._states(row)):
                found[name] = states
        return found

    def _states(self, row: Row) -> dict[str, Any]:
        entries = [part.entry for part in self.oracle.parts[self.table]]
        return {column: row.get(column) for entry in entries for column in entry.get("becomes", {})}

    def may_change(self, columns: set[str]) -> bool:
        """What was sent, but for what the guard stamps anyway; besides, what the tasks let change along."""
        sent = {c for c in self.sent if self.sent[c] != self.old[c] and c != "updated_at"}
        stamped = set(dict(self._stamped()))
        along = {column for part in self.parts() for column in _along(part)}
        return sent - stamped <= columns <= sent | stamped | along


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _fits(part: Part, row: Row) -> bool:
    """Whether a whole row is as the entry says that it begins or is."""
    wanted = part.entry.get("starts") or part.entry.get("from", {})
    return all(row.get(column) in _listed(values) for column, values in wanted.items())


def _along(part: Part) -> set[str]:
    return set(_listed(part.entry.get("with", []))) | set(part.entry.get("stamps", {}))


def _carries(carrier: Part, part: Part, evidence: set[str]) -> bool:
    """What changes along with a task is part of it; a new state is always a task."""
    return carrier.task != part.task and "becomes" not in part.entry and bool(evidence & _along(carrier))


def _evidence(part: Part, old: Row, new: Row) -> set[str]:
    """The columns whose change makes this the task."""
    entry = part.entry
    if any(old[column] not in _listed(values) for column, values in entry.get("from", {}).items()):
        return set()
    found = {
        column
        for column, values in entry.get("becomes", {}).items()
        if old[column] != new[column] and new[column] in _listed(values)
    }
    found |= {column for column in _listed(entry.get("changes", [])) if old[column] != new[column]}
    found |= {c for c in _listed(entry.get("sets", [])) if old[c] is None and new[c] is not None}
    return found | {c for c in _listed(entry.get("clears", [])) if old[c] is not None and new[c] is None}
