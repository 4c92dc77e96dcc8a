"""An alert: what is wrong by how much, and who is told one after the other. Keys and counts, never PHI."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mentalspace.notifications import Priority


class Severity(StrEnum):
    """How bad it is, and so how long the ladder waits at each step."""

    low = "low"
    medium = "medium"
    high = "high"
    critical = "critical"

    @property
    def patience(self) -> timedelta:
        """How long a step has to acknowledge."""
        return _PATIENCE[self]

    @property
    def priority(self) -> Priority:
        """Of the messages about it."""
        return _PRIORITY[self]


_PATIENCE = {
    Severity.low: timedelta(days=1),
    Severity.medium: timedelta(hours=8),
    Severity.high: timedelta(hours=1),
    Severity.critical: timedelta(minutes=15),
}
_PRIORITY = {
    Severity.low: Priority.low,
    Severity.medium: Priority.normal,
    Severity.high: Priority.high,
    Severity.critical: Priority.urgent,
}
Step = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
# Who is told of what no module answers for.
TECHNICAL_PATH = ("security_administrator", "clinical_operations_manager")


class Alert(BaseModel):
    """What to raise. While an alert of this key is open, raising it again only counts.

    `path` names positions, or roles whose holders are all told.
    """

    model_config = ConfigDict(frozen=True)

    key: Annotated[str, Field(min_length=1, max_length=300)]
    metric: Annotated[str, Field(min_length=1)]
    value: float
    threshold: float = 0
    severity: Severity
    message: Annotated[str, Field(min_length=1)]
    path: Annotated[tuple[Step, ...], Field(min_length=1)] = TECHNICAL_PATH


class OpenAlert(BaseModel):
    """An alert as it stands."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    key: str | None
    metric: str
    value: float
    threshold: float
    severity: Severity
    message: str
    status: str
    path: tuple[str, ...]
    step: int
    occurrences: int
    created_at: datetime
    last_seen_at: datetime
    escalates_at: datetime | None
    acknowledged_by: UUID | None
    acknowledged_at: datetime | None
    resolved_at: datetime | None
