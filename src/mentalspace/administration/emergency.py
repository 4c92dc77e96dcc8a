"""Emergency accesses: which there were, what the reviews said, and what nobody has reviewed in time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, LiteralString
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.errors import InputError, RefusedError
from mentalspace.findings import Finding, Level

queries = load_queries(__package__ or "")


class Outcome(StrEnum):
    """What a review came to."""

    justified = "justified"
    not_justified = "not_justified"


class EmergencyAccess(BaseModel):
    """One use. The reason may be PHI: it is read only where somebody asks for it, to review."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    user_id: UUID
    client_id: UUID
    reason: str | None = Field(default=None, repr=False)
    began_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    is_open: bool
    is_overdue: bool
    reviewed_at: datetime | None
    reviewed_by: UUID | None
    outcome: Outcome | None

    @property
    def key(self) -> str:
        """Of its alert and finding."""
        return f"emergency:governance.emergency_accesses:{self.id}"

    @property
    def state(self) -> str:
        if self.is_open:
            return "open"
        return str(self.outcome or ("review overdue" if self.is_overdue else "to review"))


async def find_accesses(
    connection: Connection, *, every: bool = False, reasons: bool = False, limit: int = 100
) -> list[EmergencyAccess]:
    """What is open or not reviewed, or `every` use, newest first; reasons only if asked for. Read-only."""
    values = {"every": every, "reasons": reasons, "limit": limit}
    rows = await (await connection.execute(queries["list_emergencies"], values)).fetchall()
    return [EmergencyAccess.model_validate(row) for row in rows]


async def end_access(connection: Connection, access: UUID) -> None:
    """End an emergency access before its time, as the system."""
    if not await _ask(connection, "end_emergency", id=access):
        raise InputError("no emergency access with this id is open; see `mentalspace admin emergency list`")


async def review_access(connection: Connection, access: UUID, email: str, outcome: Outcome) -> None:
    """Record a review in the name of whoever has this address; the database refuses who may not."""
    reviewer = await _ask(connection, "find_reviewer", email=email)
    if reviewer is None:
        raise RefusedError(
            "no active person with this address reviews emergency accesses; name with --by a holder of the "
            "position privacy_officer or security_administrator, or of the task "
            "administration.review_emergency_access"
        )
    await _ask(connection, "review_emergency", id=access, reviewer=reviewer, outcome=outcome)


def find_overdue(accesses: Iterable[EmergencyAccess]) -> tuple[Finding, ...]:
    """An error for every use that nobody has reviewed in time. Never connects."""
    return tuple(
        Finding(
            check="emergency",
            title="Emergency access not reviewed in time",
            level=Level.error,
            subject=f"emergency access {access.id}",
            detail=f"of {access.began_at:%Y-%m-%d %H:%M %Z}, over and not reviewed",
            remediation="Review it: `mentalspace admin emergency list --reasons`, then `… review`.",
            key=f"{access.key}:overdue",
            owner="privacy_officer",
        )
        for access in accesses
        if access.is_overdue
    )


async def _ask(connection: Connection, query: LiteralString, **values: Any) -> Any:
    """The value that a query answers with, or None."""
    row = await (await connection.execute(queries[query], values)).fetchone()
    return row["answer"] if row else None
