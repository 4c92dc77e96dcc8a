"""A release, its metrics and its review: the models. Never connects.

Fields are in snake_case; `by_alias` gives the governance plan's names (`releaseVersion`, `totalDefects`).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints
from pydantic.alias_generators import to_camel

Version = Annotated[
    str, StringConstraints(strip_whitespace=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
]


class _Named(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class ReviewState(StrEnum):
    """`due` from 72 hours after deployment on, `overdue` from 96 hours on."""

    scheduled = "scheduled"
    due = "due"
    overdue = "overdue"
    completed = "completed"


class Deployment(_Named):
    """What somebody records about a release."""

    version: Version
    deployed_at: datetime | None = None
    deployed_by_position: str = "release_manager"
    changes: tuple[str, ...] = ()
    deployment_minutes: int | None = None
    rollback_required: bool = False


class Defects(_Named):
    """Issues by severity: critical, high, medium, low."""

    p0: int
    p1: int
    p2: int
    p3: int


class BusinessMetrics(_Named):
    appointments_created: int


class Performance(_Named):
    """Milliseconds and percent; null when no request was logged."""

    p95_response_time: int | None
    error_rate: float | None


class Metrics(_Named):
    """The first 72 hours of a release, or the part of them that was over at `collected_at`."""

    release_version: str
    release_date: datetime
    defects: Defects
    total_defects: int
    escaped_defects: int
    business_metrics: BusinessMetrics
    performance: Performance
    window_end: datetime
    is_complete: bool
    collected_at: datetime


class Review(_Named):
    state: ReviewState
    scheduled_for: datetime
    overdue_after: datetime
    facilitator: str
    completed_at: datetime | None
    health_score: float | None
    open_action_items: int


class Release(_Named):
    """A release with what is known of it."""

    release_version: str
    release_date: datetime
    deployed_by: str
    changes: tuple[str, ...]
    deployment_minutes: int | None
    rollback_required: bool
    review: Review
    metrics: Metrics | None

    @property
    def awaits_review(self) -> bool:
        """Its 72 hours are over and nobody has reviewed it."""
        return self.review.state in (ReviewState.due, ReviewState.overdue)


def build_release(row: dict[str, Any]) -> Release:
    """A release from one row of the query `find_releases`."""
    metrics = None
    if row["collected_at"]:
        metrics = Metrics.model_validate(row | {"performance": row})
    return Release.model_validate(row | {"review": row, "metrics": metrics})
