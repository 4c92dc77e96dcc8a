"""What triggers beside the guards refuse and write, by `docs/raci.md` (Charts apart); part of the oracle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

DOCUMENTED = "no_show_documented_at"
SIGNED, SIGNED_STATES = ("signed_at", "signed_by", "locked_at", "locked_by"), ("signed", "locked")
Row = Mapping[str, Any]


@dataclass(repr=False)
class Notes:
    """Which notes may be unlocked and locked, by all rows of all tables."""

    rows: Mapping[str, Mapping[str, Row]]

    def find_refused(self, old: Row, new: Row) -> str:
        """The task that is refused to who may perform it; none."""
        if is_unlocked(old, new) and old["id"] not in self._approved:
            return "clinical_notes.unlock_note"
        if (old["status"], new["status"]) == ("signed", "locked") and self._owes_cosignature(old):
            return "clinical_notes.lock_note"
        return ""

    def _owes_cosignature(self, note: Row) -> bool:
        """Trainees' notes, and what was asked about, need a co-signature of what is signed; none may wait."""
        answers, signed = self._answers.get(note["id"], []), _moment(note["signed_at"])
        if not answers and note["provider_id"] not in self._trainees:
            return False
        if any(status == "Pending" for status, _ in answers):
            return True
        given = [moment for status, moment in answers if status == "Cosigned"]
        return not any(signed and moment and moment >= signed for moment in given)

    @cached_property
    def _approved(self) -> set[str]:
        """Notes with a request that somebody else approved and that is not used up."""
        return {
            request["note_id"]
            for request in self.rows["unlock_requests"].values()
            if (request["status"], request["used_at"]) == ("Approved", None)
            and request["decided_by"] not in (None, request["requested_by"])
        }

    @cached_property
    def _answers(self) -> dict[str, list[tuple[str, datetime | None]]]:
        """What was said of each note for which a co-signature was asked, and when."""
        found: dict[str, list[tuple[str, datetime | None]]] = {}
        for asked in self.rows["note_cosignatures"].values():
            found.setdefault(asked["note_id"], []).append((asked["status"], _moment(asked["decided_at"])))
        return found

    @cached_property
    def _trainees(self) -> set[str]:
        held = self.rows["user_roles"].values()
        return {each["user_id"] for each in held if each["role"] == "associate_trainee"}


def find_written(table: str, old: Row, new: Row) -> list[tuple[str, str]]:
    """Columns, and what stands there whatever a person sends: now, or nothing."""
    if table == "clinical_notes" and is_unlocked(old, new):
        return [(column, "nothing") for column in SIGNED]
    if table == "appointments" and new[DOCUMENTED] not in (None, old[DOCUMENTED]):
        return [(DOCUMENTED, "now" if new["status"] == "No Show" else "nothing")]
    return []


def is_unlocked(old: Row, new: Row) -> bool:
    """Whether a note may be written again; whoever signed it has not signed what it becomes."""
    return old["status"] in SIGNED_STATES and new["status"] not in SIGNED_STATES


def _moment(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value else None
