"""An alert: what is wrong by how much, and who is told one after the other. Keys and counts, never PHI."""

from __future__ import annotations

from collections.abc import Mapping
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


class Kind(StrEnum):
    """What the messages of an alert are called."""

    alert = "alert"
    data_quality = "data_quality"

    @property
    def raised(self) -> str:
        return "data_quality_alert" if self is Kind.data_quality else "alert_raised"

    @property
    def escalated(self) -> str:
        return "data_quality_alert" if self is Kind.data_quality else "alert_escalated"

    @property
    def resolved(self) -> str:
        return "data_quality_recovery" if self is Kind.data_quality else "alert_resolved"

    def say_raised(self, subject: str) -> str:
        """The subject of what is told; the governance plan words those of data quality."""
        return f"Data Quality Alert: {subject}" if self is Kind.data_quality else subject

    def say_resolved(self, subject: str) -> str:
        return f"Data Quality Recovered: {subject}" if self is Kind.data_quality else f"Resolved: {subject}"


class Ladder(BaseModel):
    """How an alert climbs its path: how long each step has, whom of a role it concerns, its messages."""

    model_config = ConfigDict(frozen=True)

    kind: Kind = Kind.alert
    subject: Annotated[str, Field(max_length=120)] = ""
    patience: tuple[timedelta, ...] = ()
    audience: Mapping[str, tuple[UUID, ...]] = {}

    def wait(self, step: int, severity: Severity) -> timedelta:
        """How long a step has: as is said here, else as the severity does. The top keeps the last one's."""
        return self.patience[min(step, len(self.patience) - 1)] if self.patience else severity.patience


class Alert(BaseModel):
    """What to raise. While an alert of this key is open, raising it again only counts.

    `path` names positions, or roles: of a role that the ladder's `audience` names, those people are told,
    else all its holders.
    """

    model_config = ConfigDict(frozen=True)

    key: Annotated[str, Field(min_length=1, max_length=300)]
    metric: Annotated[str, Field(min_length=1)]
    value: float
    threshold: float = 0
    severity: Severity
    message: Annotated[str, Field(min_length=1)]
    path: Annotated[tuple[Step, ...], Field(min_length=1)] = TECHNICAL_PATH
    ladder: Ladder = Ladder()

    def patience(self, step: int) -> timedelta:
        """How long a step has."""
        return self.ladder.wait(step, self.severity)


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
    ladder: Ladder = Field(default=Ladder(), exclude=True)
    step: int
    occurrences: int
    created_at: datetime
    last_seen_at: datetime
    escalates_at: datetime | None
    acknowledged_by: UUID | None
    acknowledged_at: datetime | None
    resolved_at: datetime | None

    def patience(self, step: int) -> timedelta:
        """How long a step has."""
        return self.ladder.wait(step, self.severity)
