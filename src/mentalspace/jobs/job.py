"""What a job is: a name, a schedule, a function, and what may happen to a slot. Never connects by itself.

Every capability exports `JOBS: tuple[Job, ...]` from its `jobs.py`; `mentalspace.wiring` joins them.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.errors import RefusedError
from mentalspace.findings import Finding
from mentalspace.settings import Settings

_NAME = re.compile(r"^[a-z][a-z0-9_]*$")
_FIELDS = 5


class LeaseLostError(RefusedError):
    """Another worker took this run over; whatever this one still wanted to write is refused."""


@dataclass(frozen=True)
class Cron:
    """A slot for every match of a five-field cron expression on the practice's wall clock.

    Days of the week are written by name (`mon-fri`): by number, cron and APScheduler disagree which day
    is 0. Restricting both kinds of day is refused: cron means "or", APScheduler "and".
    """

    expression: str

    def __post_init__(self) -> None:
        fields = self.expression.split()
        if len(fields) != _FIELDS:
            raise ValueError(f"{self.expression!r}: write five fields: minute hour day month weekday")
        *_, day, _, weekday = fields
        if re.search(r"\d", weekday):
            raise ValueError(f"{self.expression!r}: write days of the week by name, such as mon-fri")
        if day != "*" and weekday != "*":
            raise ValueError(f"{self.expression!r}: restrict the day of the month or of the week, not both")


@dataclass(frozen=True)
class Outcome:
    """What a run came to. Kept in the ledger: keys and counts, never values of rows."""

    summary: str
    findings: tuple[Finding, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class JobContext:
    """What a run works with. `connection` is autocommit, as the role `postgres`, and the run's own."""

    settings: Settings
    connection: Connection
    run_id: int
    scheduled_for: datetime
    fencing_token: int
    attempt: int = 1

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Open a transaction that can only commit while this run holds its lease.

        Raises `LeaseLostError` if the run was taken over; while the transaction is open nobody can
        take it over, even if the lease expires. Keep it short, and write everything inside one.
        """
        async with self.connection.transaction():
            held = await self.connection.execute(
                load_queries(__package__ or "")["hold_run"],
                {"run_id": self.run_id, "fencing_token": self.fencing_token},
            )
            if await held.fetchone() is None:
                raise LeaseLostError
            yield self.connection


@dataclass(frozen=True)
class Job:
    """Scheduled work, run once per slot however many workers there are.

    A run that fails by its data is not repeated; one whose worker died, or that lost the database or
    the network, is started again, at most `attempts` times in all. So `run` must bear being started
    twice: write through `JobContext.transaction`, or set `atomic`, which runs it in one such
    transaction together with the record of its outcome (exactly once; for short jobs).
    """

    name: str
    title: str
    schedule: Cron
    run: Callable[[JobContext], Awaitable[Outcome]]
    timeout: timedelta = timedelta(minutes=10)
    misfire_grace: timedelta = timedelta(hours=1)
    # After an outage the last missed slot runs however late; without, it is recorded as missed.
    catch_up: bool = True
    attempts: int = 3
    # Runs that share a key never overlap; the job's own name if not given.
    concurrency_key: str = ""
    atomic: bool = False

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise ValueError(f"{self.name!r}: write a job's name in snake_case")
        if self.attempts < 1:
            raise ValueError(f"{self.name}: attempts counts the first; write at least 1")

    @property
    def exclusive_key(self) -> str:
        """The key under which runs of this job exclude each other."""
        return self.concurrency_key or self.name
