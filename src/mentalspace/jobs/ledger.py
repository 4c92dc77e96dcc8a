"""Who runs which slot: claims, leases and fencing tokens in `governance.job_runs`, on its own clock."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import socket
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, Self

import psycopg
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from mentalspace.database.connection import Connection, connect
from mentalspace.database.queries import load_queries
from mentalspace.database.sqlstate import explain
from mentalspace.errors import UnavailableError
from mentalspace.jobs.failure import Failure
from mentalspace.jobs.job import Job, LeaseLostError, Outcome

queries = load_queries(__package__ or "")
LEASE = timedelta(seconds=60)
_STATEMENT_SECONDS = 15


class Status(StrEnum):
    """Where a run stands; the last five are final."""

    queued = "queued"
    running = "running"
    succeeded = "succeeded"
    failed = "failed"
    cancelled = "cancelled"
    abandoned = "abandoned"
    missed = "missed"


@dataclass(frozen=True)
class Lease:
    """The right to do one run, until it expires or somebody takes it over."""

    run_id: int
    job: str
    scheduled_for: datetime
    triggered_by: str
    attempt: int
    fencing_token: int


@dataclass(frozen=True)
class JobState:
    """What the ledger knows of a job, and its clock when it said so."""

    name: str
    now: datetime
    registered_at: datetime
    paused_at: datetime | None
    last_slot: datetime | None


@dataclass(frozen=True)
class OpenRun:
    """A run handed back, or whose worker went silent."""

    run_id: int
    job: str
    attempt: int


def name_worker() -> str:
    """A name for this process that no other has, also after a restart."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"


class Ledger:
    """The ledger as one worker sees it, over one connection that is reopened when it breaks.

    Calls wait for a database that restarts, up to `patience`, then raise `UnavailableError`.
    """

    def __init__(
        self,
        database_url: str,
        worker: str = "",
        lease: timedelta = LEASE,
        patience: timedelta = timedelta(seconds=20),
    ) -> None:
        self.worker = worker or name_worker()
        self.lease = lease
        self._url = database_url
        self._patience = patience
        self._turn = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._connection: Connection | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def register(self, jobs: Iterable[Job], time_zone: str) -> None:
        """Announce jobs. A slot before a job's first announcement is never caught up."""
        for job in jobs:
            values = {"name": job.name, "title": job.title, "schedule": job.schedule.expression}
            await self._ask("register_job", values | {"time_zone": time_zone})

    async def list_states(self, names: Iterable[str]) -> list[JobState]:
        """What is known of the jobs, with the database's clock. Read-only."""
        return [JobState(**row) for row in await self._ask("list_states", {"names": list(names)})]

    async def claim(self, job: Job, scheduled_for: datetime | None = None) -> Lease | None:
        """Claim a slot, or a run by hand if no slot is given.

        None if the slot has been claimed already or lies in the future, if the job is paused, or while a
        run with the same concurrency key goes on.
        """
        values = {
            "job": job.name,
            "scheduled_for": scheduled_for,
            "triggered_by": "schedule" if scheduled_for else "manual",
            "concurrency_key": job.exclusive_key,
        }
        rows = await self._ask("claim_run", values | self._holder)
        return Lease(**rows[0]) if rows else None

    async def record_missed(self, job: Job, scheduled_for: datetime) -> bool:
        """Record that a slot passed unused; return whether nobody had recorded anything for it."""
        values = {"job": job.name, "scheduled_for": scheduled_for, "concurrency_key": job.exclusive_key}
        return bool(await self._ask("record_missed", values))

    async def find_open(self, names: Iterable[str]) -> list[OpenRun]:
        """Runs of these jobs that are free to take over, oldest first. Read-only."""
        return [OpenRun(**row) for row in await self._ask("find_open", {"names": list(names)})]

    async def take_over(self, job: Job, run: OpenRun) -> Lease | None:
        """Take over an open run under a new fencing token; abandon it when its attempts are used up.

        None if somebody else was faster or still commits, or while the concurrency key is held.
        """
        values = {"run_id": run.run_id, "attempt": run.attempt, "attempts": job.attempts}
        if run.attempt >= job.attempts:
            await self._ask("abandon_run", values)
            return None
        try:
            rows = await self._ask("take_over_run", values | self._holder)
        except psycopg.errors.UniqueViolation:
            return None
        return Lease(**rows[0]) if rows else None

    async def renew(self, lease: Lease) -> None:
        """Prolong a lease. Raises `LeaseLostError` if the run is no longer this holder's."""
        await self._held("renew_lease", lease, {"lease": self.lease})

    async def finish(
        self, lease: Lease, status: Status, outcome: Outcome | None, why: Failure | None
    ) -> None:
        """Record how a run ended. Raises `LeaseLostError` for a stale fencing token; may be repeated."""
        await self._held("finish_run", lease, finish_values(status, outcome, why))

    async def release(
        self,
        lease: Lease,
        why: Failure | None = None,
        delay: timedelta = timedelta(0),
        *,
        counts: bool = False,
    ) -> None:
        """Hand a run back, to be claimed again after `delay`; `counts` if it used up an attempt."""
        values = {"delay": delay, "uncounted": 0 if counts else 1, **_describe(why)}
        await self._held("release_run", lease, values)

    @property
    def _holder(self) -> dict[str, Any]:
        return {"worker": self.worker, "lease": self.lease}

    async def _held(self, name: str, lease: Lease, values: Mapping[str, Any]) -> None:
        identity = {"run_id": lease.run_id, "fencing_token": lease.fencing_token}
        if not await self._ask(name, identity | dict(values)):
            raise LeaseLostError

    async def _ask(self, name: str, values: Mapping[str, Any]) -> list[DictRow]:
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(UnavailableError),
            stop=stop_after_delay(self._patience),
            wait=wait_random_exponential(multiplier=0.2, max=5),
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                return await self._ask_once(name, values)
        raise AssertionError("unreachable: tenacity reraises")

    async def _ask_once(self, name: str, values: Mapping[str, Any]) -> list[DictRow]:
        async with self._turn:
            try:
                async with asyncio.timeout(_STATEMENT_SECONDS):
                    cursor = await (await self._open()).execute(queries[name], values)
                    return await cursor.fetchall()
            except (TimeoutError, psycopg.OperationalError, psycopg.InterfaceError) as error:
                await self._close()
                raise UnavailableError("the job ledger does not answer; is the database up?") from error
            except psycopg.errors.UniqueViolation:
                raise
            except psycopg.Error as error:
                raise explain(error) from error

    async def _open(self) -> Connection:
        if self._connection is None or self._connection.closed:
            await self._close()
            opened = connect(self._url, application_name="mentalspace ledger")
            self._connection = await self._stack.enter_async_context(opened)
        return self._connection

    async def _close(self) -> None:
        stack, self._stack, self._connection = self._stack, AsyncExitStack(), None
        await stack.aclose()


def finish_values(status: Status, outcome: Outcome | None, why: Failure | None) -> dict[str, Any]:
    """The parameters of `finish_run` besides the holder's."""
    return {"status": status.value, "outcome": _dump(outcome), **_describe(why)}


def _dump(outcome: Outcome | None) -> Jsonb | None:
    if outcome is None:
        return None
    findings = [finding.model_dump(mode="json") for finding in outcome.findings]
    plain = {"summary": outcome.summary, "findings": findings, "data": dict(outcome.data)}
    return Jsonb(plain, dumps=partial(json.dumps, default=str))


def _describe(why: Failure | None) -> dict[str, str | None]:
    return {"error_class": why.error_class if why else None, "error_message": why.message if why else None}
