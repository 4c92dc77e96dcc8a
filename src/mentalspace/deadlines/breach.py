"""A promise that is broken now: how many rows, since when, and some of their keys."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from mentalspace.alerts import Alert, Ladder
from mentalspace.database.connection import Connection
from mentalspace.deadlines.people import find_audience
from mentalspace.deadlines.promise import DueRow, Promise, describe_rows, find_due, find_promises
from mentalspace.findings import Finding, Level

METRIC = "deadlines"


class Breach(BaseModel):
    """The rows that break a promise now, the longest overdue first, and whom of the path they concern."""

    model_config = ConfigDict(frozen=True)

    promise: Promise
    rows: tuple[DueRow, ...]
    now: datetime
    audience: Mapping[str, tuple[UUID, ...]] = {}

    @property
    def key(self) -> str:
        return f"deadline:public.{self.promise.table_name}:{self.promise.name}"

    @property
    def detail(self) -> str:
        """Counts and keys; the oldest first."""
        hours = (self.now - self.rows[0].due_at).total_seconds() / 3600
        rows = "1 row" if len(self.rows) == 1 else f"{len(self.rows)} rows"
        return f"{rows} late, the oldest by {hours:.0f} hours: {describe_rows(self.rows)}"

    def to_finding(self) -> Finding:
        """For the record of the run."""
        return Finding(
            check="deadline",
            title=f"Late: {self.promise.title}",
            level=Level.error,
            subject=f"public.{self.promise.table_name}",
            detail=self.detail,
            remediation=self.promise.remedy,
            key=self.key,
            owner=self.promise.owner,
        )

    def to_alert(self) -> Alert:
        """For whoever the escalation path of the document names, one after the other."""
        promise = self.promise
        return Alert(
            key=self.key,
            metric=METRIC,
            value=len(self.rows),
            severity=promise.severity,
            message=f"{promise.promise} ({promise.name}): {self.detail}. {promise.remedy}",
            path=promise.path,
            ladder=Ladder(
                subject=f"Late: {promise.title}", patience=promise.patience, audience=self.audience
            ),
        )


async def find_breaches(connection: Connection, now: datetime, time_zone: str) -> list[Breach]:
    """Every promise that is broken at a moment, by module. Read-only."""
    promises = [promise for promise in await find_promises(connection) if promise.is_measured]
    found = [await _measure(connection, promise, now, time_zone) for promise in promises]
    return [breach for breach in found if breach]


async def _measure(connection: Connection, promise: Promise, now: datetime, time_zone: str) -> Breach | None:
    rows = await find_due(connection, promise, now, now, time_zone)
    if not rows:
        return None
    audience = await find_audience(connection, promise, rows, time_zone)
    return Breach(promise=promise, rows=tuple(rows), now=now, audience=audience)
