"""A second reading of the matrix: straight from the YAML, word by word, sharing nothing with the compiler.

It answers for one person and one row what Postgres must do. Where it and the database disagree, one of
them has misread `docs/raci`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml
from tests.database.raci.beside_guards import Notes, Row, find_written

# What a row names must be of the same chart: the column, whose table, and which columns agree (theirs: ours).
SAME_CLIENT = {"client_id": "client_id"}
REFERENCES: dict[str, dict[str, tuple[str, dict[str, str]]]] = {
    "note_cosignatures": {"note_id": ("clinical_notes", {**SAME_CLIENT, "provider_id": "supervisee_id"})},
    "unlock_requests": {"note_id": ("clinical_notes", {**SAME_CLIENT, "provider_id": "requested_by"})},
    "session_recordings": {
        "session_id": ("telehealth_sessions", {**SAME_CLIENT, "provider_id": "provider_id"}),
        "consent_id": ("telehealth_consents", SAME_CLIENT),
    },
    "telehealth_sessions": {
        "appointment_id": ("appointments", {**SAME_CLIENT, "provider_id": "provider_id"})
    },
    "clinical_notes": {"appointment_id": ("appointments", SAME_CLIENT)},
    "charge_entries": {
        "appointment_id": ("appointments", SAME_CLIENT),
        "note_id": ("clinical_notes", SAME_CLIENT),
        "claim_id": ("insurance_claims", SAME_CLIENT),
    },
    "payment_records": {
        "charge_id": ("charge_entries", SAME_CLIENT),
        "claim_id": ("insurance_claims", SAME_CLIENT),
    },
    "appointment_requests": {"appointment_id": ("appointments", SAME_CLIENT)},
    "appointment_waitlist": {"appointment_id": ("appointments", SAME_CLIENT)},
    "reminder_logs": {"appointment_id": ("appointments", SAME_CLIENT)},
    "appointments": {"rescheduled_from_id": ("appointments", SAME_CLIENT)},
    "client_portal_messages": {"in_reply_to_id": ("client_portal_messages", SAME_CLIENT)},
}
ROOT = Path(__file__).parents[3]
DENIED, SILENT, ASTRAY = "denied", "silent", "astray"


@dataclass(frozen=True)
class Person:
    """Who asks: the roles that count, and whom they supervise today."""

    id: str | None
    roles: frozenset[str]
    supervisees: frozenset[str] = frozenset()
    is_visitor: bool = False
    # Clients whose charts they have opened in an emergency.
    emergencies: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Refused:
    """A refusal that names one of these tasks; none: the column or command that no task covers."""

    tasks: frozenset[str] = frozenset()
    for_themselves: bool = False


@dataclass(frozen=True)
class Passed:
    """Done, and these columns of the row then hold the caller (`actor`), the moment (`now`), or `nothing`."""

    stamps: tuple[tuple[str, str], ...] = ()


Verdict = str | Refused | Passed


@cache
def read_yaml(path: Path) -> Any:
    """Read once; by the C loader where there is one, which is ten times as fast."""
    return yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506


@dataclass(frozen=True)
class Client:
    portal: str | None
    therapist: str | None
    is_open: bool = True


@dataclass(frozen=True)
class Part:
    """One entry of `enforces`, and the cells of its task."""

    task: str
    entry: Mapping[str, Any]
    cells: Mapping[str, tuple[str, str]]

    @cached_property
    def command(self) -> str:
        return str(self.entry.get("command", "update"))


@dataclass(repr=False)
class Oracle:
    """The documents, read naively. `clients`: whose each client is, by login and caseload; `rows`: all."""

    clients: dict[str, Client] = field(default_factory=dict)
    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    parts: dict[str, list[Part]] = field(default_factory=dict)
    cells: dict[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict)
    ownership: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls) -> Oracle:
        oracle = cls()
        for path in sorted((ROOT / "docs/raci").glob("*.yaml")):
            document = read_yaml(path)
            for key, task in document["tasks"].items():
                cells = {role: read_cell(document, role, cell) for role, cell in task["duties"].items()}
                name = f"{document['module']}.{key}"
                oracle.cells[name] = cells
                for entry in task.get("enforces", []):
                    part = Part(name, entry, cells)
                    oracle.parts.setdefault(entry["table"], []).append(part)
        for path in sorted((ROOT / "docs/data-contracts").glob("*.odcs.yaml")):
            (table,) = read_yaml(path)["schema"]
            for item in table["customProperties"]:
                if item["property"] == "ownership":
                    oracle.ownership[table["name"]] = item["value"]
        return oracle

    def may_read(self, person: Person, table: str, row: Row) -> bool:
        """Any duty on any task about the table, within its scope."""
        return any(self._role_reads(person, role, table, row) for role in self._roles(person))

    def judge_update(self, person: Person, table: str, old: Row, new: Row) -> Verdict:
        if person.is_visitor or not self._parts(table, "update"):
            return DENIED
        if not self._reaches_change(person, table, "update", old):
            return SILENT
        changed = {column for column in new if new[column] != old[column] and column != "updated_at"}
        matching = [part for part in self._parts(table, "update") if matches(part.entry, old, new)]
        performed = [part for part in matching if self._performs(person, part, table, old, new)]
        left = changed - {column for part in performed for column in covers(part.entry)}
        if left:
            return self._name(person, new, left, [part for part in matching if part not in performed])
        if table == "clinical_notes" and (task := self._notes.find_refused(old, new)):
            return Refused(frozenset({task}))
        if self._is_astray(table, _stamped(person, new, matching), changed):
            return ASTRAY
        # The row as it becomes must still be one that the person may change.
        if not self._reaches_change(person, table, "update", new):
            return Refused()
        stamps = [stamp for part in performed for stamp in part.entry.get("stamps", {}).items()]
        return Passed((*stamps, *find_written(table, old, new)))

    def _name(self, person: Person, new: Row, left: set[str], refused: list[Part]) -> Refused:
        """The first column that a refused task covers, and the first such task of the documents."""
        for column in sorted(left):
            for part in refused:
                if column in covers(part.entry):
                    return Refused(frozenset({part.task}), _is_named(person, part, new))
        return Refused()

    def judge_insert(self, person: Person, table: str, new: Row) -> Verdict:
        parts = self._parts(table, "insert")
        if person.is_visitor or not parts:
            return DENIED
        for part in parts:
            if self.holds(person, part, table, new) and self._knows(person, part, table, new):
                starts = part.entry.get("starts", {})
                fits = all(new.get(column) in _values(values) for column, values in starts.items())
                named = _is_named(person, part, new)
                if not fits or named:
                    return Refused(frozenset({part.task}), fits and named)
                if self._is_astray(table, _stamped(person, new, [part]), set(new)):
                    return ASTRAY
                return Passed(tuple(part.entry.get("stamps", {}).items()))
        return Refused(frozenset(part.task for part in parts))

    def judge_delete(self, person: Person, table: str, old: Row) -> Verdict:
        parts = self._parts(table, "delete")
        if person.is_visitor or not parts:
            return DENIED
        if not self._reaches_change(person, table, "delete", old):
            return SILENT
        if any(self.holds(person, part, table, old) for part in parts):
            return Passed()
        return Refused(frozenset(part.task for part in parts))

    def _parts(self, table: str, command: str) -> list[Part]:
        return self._by_command[table, command]

    @cached_property
    def _by_command(self) -> dict[tuple[str, str], list[Part]]:
        found: dict[tuple[str, str], list[Part]] = defaultdict(list)
        for table, parts in self.parts.items():
            for part in parts:
                found[table, part.command].append(part)
        return found

    def _role_reads(self, person: Person, role: str, table: str, row: Row) -> bool:
        if row.get("deleted_at") is not None:
            return False
        is_kept = table == "client_statements" and row["status"] not in ("Sent", "Paid")
        if is_kept and self._client(table, row).portal == person.id:
            return False
        return any(
            role in part.cells
            and (
                self._in_scope(role, part.cells[role][1], person, table, row)
                or (part.cells[role][1] != "own" and self._is_emergency(role, person, table, row))
            )
            for part in self.parts[table]
        )

    def _reaches_change(self, person: Person, table: str, command: str, row: Row) -> bool:
        """Whoever performs some task of the kind there reaches what the role may read."""
        return any(
            any(_does(part.cells.get(role)) for part in self._parts(table, command))
            and self._role_reads(person, role, table, row)
            for role in self._roles(person)
        )

    def _performs(self, person: Person, part: Part, table: str, old: Row, new: Row) -> bool:
        if _is_named(person, part, new):
            return False
        return self.holds(person, part, table, old) and self.holds(person, part, table, new)

    def holds(self, person: Person, part: Part, table: str, row: Row) -> bool:
        return any(
            _does(part.cells.get(role))
            and (
                self._in_scope(role, part.cells[role][1], person, table, row)
                or (part.cells[role][1] != "own" and self._is_emergency(role, person, table, row))
            )
            for role in self._roles(person)
            # Staff perform nothing on their own chart.
            if role == "client_user" or self._client(table, row).portal != person.id
        )

    def _is_emergency(self, role: str, person: Person, table: str, row: Row) -> bool:
        """Scope widens to the client, for the roles that may break the glass."""
        client = row.get(self.ownership[table].get("client", ""))
        return role in ("therapist", "supervisor") and client in person.emergencies

    def _roles(self, person: Person) -> frozenset[str]:
        """A client whose portal is switched off holds no role as one."""
        return person.roles if person.id in self._open_logins else person.roles - {"client_user"}

    @cached_property
    def _open_logins(self) -> set[str | None]:
        return {client.portal for client in self.clients.values() if client.is_open}

    @cached_property
    def _treated(self) -> set[tuple[str | None, str]]:
        """Who has to do with whom: primary therapists, appointments, messages that the client wrote."""
        return (
            {(client.therapist, key) for key, client in self.clients.items()}
            | {
                (visit["provider_id"], visit["client_id"])
                for visit in self.rows["appointments"].values()
                if visit["deleted_at"] is None
            }
            | {
                (message["recipient_id"], message["client_id"])
                for message in self.rows["client_portal_messages"].values()
                if message["sender_id"] == self.clients[message["client_id"]].portal
            }
        )

    @cached_property
    def _notes(self) -> Notes:
        return Notes(self.rows)

    def _client(self, table: str, row: Row) -> Client:
        return self.clients.get(
            str(row.get(self.ownership[table].get("client", ""))), Client(None, None, is_open=False)
        )

    def _knows(self, person: Person, part: Part, table: str, row: Row) -> bool:
        """Who begins a row reaches all, is the client, or has to do with them."""
        ownership = self.ownership[table]
        if not ownership.get("owner") or not ownership.get("client"):
            return True
        scopes = {part.cells[role][1] for role in self._roles(person) if _does(part.cells.get(role))}
        if "all" in scopes or self._client(table, row).portal == person.id:
            return True
        if person.roles & {"therapist", "supervisor"} and row["client_id"] in person.emergencies:
            return True
        people = {person.id} | (person.supervisees if "supervisees" in scopes else set())
        return any((one, row["client_id"]) in self._treated for one in people)

    def _is_astray(self, table: str, row: Row, columns: set[str]) -> bool:
        """Whether a row names a row of another chart, in a column that is written."""
        for column, (named, agreeing) in REFERENCES.get(table, {}).items():
            other = self.rows[named].get(str(row.get(column)))
            if row.get(column) is None or not columns & {column, *agreeing.values()}:
                continue
            if other is None or any(other[theirs] != row[ours] for theirs, ours in agreeing.items()):
                return True
        treated = (row.get("author_id"), row.get("client_id")) in self._treated
        return table == "psychotherapy_notes" and "client_id" in columns and not treated

    def _in_scope(self, role: str, scope: str, person: Person, table: str, row: Row) -> bool:
        """The definitions of the architecture, one after the other."""
        ownership = self.ownership[table]
        if scope == "all" or not ownership:
            return True
        owners = {row[column] for column in _values(ownership.get("owner", []))}
        client = self._client(table, row)
        if role == "client_user":
            # A client's own: their chart; where no column names a client, the rows that name the person.
            is_mine = client.portal == person.id and client.is_open
            return is_mine if "client" in ownership else person.id in owners
        if person.id in owners:
            return True
        if scope == "own" or client.portal == person.id:
            return False
        if client.therapist == person.id:
            return True
        if scope == "caseload":
            return False
        return bool(owners & person.supervisees) or client.therapist in person.supervisees


def _is_named(person: Person, part: Part, new: Row) -> bool:
    """Whether the row is about the person who would do this, and nobody does it for themselves."""
    return person.id in [new.get(column) for column in _values(part.entry.get("not_by", []))]


def read_cell(document: Mapping[str, Any], role: str, cell: Any) -> tuple[str, str]:
    """Letters and scope of a cell."""
    if isinstance(cell, str):
        return cell, document["roles"][role]["scope"]
    return cell["duty"], cell.get("scope", document["roles"][role]["scope"])


def _does(cell: tuple[str, str] | None) -> bool:
    return cell is not None and ("R" in cell[0] or "A" in cell[0])


def _stamped(person: Person, row: Row, parts: list[Part]) -> Row:
    """The row with what the database writes for the caller."""
    stamps = {c: v for part in parts for c, v in part.entry.get("stamps", {}).items()}
    return {**row, **{column: person.id for column, value in stamps.items() if value == "actor"}}


def _values(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def matches(entry: Mapping[str, Any], old: Row, new: Row) -> bool:
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
