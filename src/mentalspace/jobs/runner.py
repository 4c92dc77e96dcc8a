"""Do one claimed run: keep its lease while the job works, and record what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic
from typing import Any

import structlog

from mentalspace.database.connection import connect
from mentalspace.errors import MentalspaceError, UnavailableError
from mentalspace.findings import exclude_findings
from mentalspace.jobs.failure import Failure, describe_failure, is_passing
from mentalspace.jobs.job import Job, JobContext, LeaseLostError, Outcome
from mentalspace.jobs.ledger import Lease, Ledger, Status, finish_values, queries
from mentalspace.settings import Settings
from mentalspace.telemetry import span

log = structlog.get_logger()
_BEATS_PER_LEASE = 3
_FIRST_DELAY = timedelta(seconds=5)
_LONGEST_DELAY = timedelta(minutes=10)
_GIVE_BACK_SECONDS = 5


class RunTimeoutError(MentalspaceError):
    """The run took longer than its job allows and was stopped."""


@dataclass(frozen=True)
class Report:
    """How an attempt at a run ended: `queued` if somebody starts it again, no status if it was lost."""

    run_id: int
    job: str
    status: Status | None
    seconds: float = 0
    outcome: Outcome | None = None
    failure: Failure | None = None


async def run_leased(job: Job, lease: Lease, ledger: Ledger, settings: Settings) -> Report:
    """Run `job` under a lease just claimed and record the end. Raises only when cancelled.

    Cancelled, it hands a scheduled run back for another worker; a run by hand ends as cancelled.
    """
    started = monotonic()
    log.info(
        "run started", job=job.name, run_id=lease.run_id, slot=lease.scheduled_for, attempt=lease.attempt
    )
    about = {"job": job.name, "run_id": lease.run_id, "attempt": lease.attempt}
    with span("job run", **about, slot=lease.scheduled_for.isoformat()) as note:
        try:
            report = await _attempt(job, lease, ledger, settings)
        except asyncio.CancelledError:
            await _give_back(lease, ledger)
            log.info("run interrupted", job=job.name, run_id=lease.run_id)
            raise
        note(
            status=report.status or "lost",
            findings=len(report.outcome.findings) if report.outcome else None,
            error_class=report.failure.error_class if report.failure else None,
        )
    report = replace(report, seconds=round(monotonic() - started, 3))
    _log_end(report)
    return report


async def _attempt(job: Job, lease: Lease, ledger: Ledger, settings: Settings) -> Report:
    try:
        outcome = await _work(job, lease, ledger, settings)
    except LeaseLostError as error:
        return Report(lease.run_id, job.name, None, failure=describe_failure(error))
    except Exception as error:  # noqa: BLE001  whatever a job raises, the worker lives on
        status = await _record_failure(job, lease, ledger, error)
        return Report(lease.run_id, job.name, status, failure=describe_failure(error))
    return Report(lease.run_id, job.name, Status.succeeded, outcome=outcome)


async def _work(job: Job, lease: Lease, ledger: Ledger, settings: Settings) -> Outcome:
    url = settings.database_url.get_secret_value()
    async with connect(url, application_name=f"mentalspace job {job.name}") as connection:
        context = JobContext(
            settings, connection, lease.run_id, lease.scheduled_for, lease.fencing_token, lease.attempt
        )
        work = _run_atomically(job, context) if job.atomic else _run_timed(job, context)
        outcome = await _keep_lease(work, lease, ledger)
    if not job.atomic:
        await ledger.finish(lease, Status.succeeded, outcome, None)
    return outcome


async def _run_timed(job: Job, context: JobContext) -> Outcome:
    try:
        async with asyncio.timeout(job.timeout.total_seconds()) as deadline:
            outcome = await job.run(context)
    except TimeoutError:
        if deadline.expired():
            raise RunTimeoutError from None
        raise
    kept = exclude_findings(outcome.findings, context.settings.exclude_findings)
    return replace(outcome, findings=tuple(kept))


async def _run_atomically(job: Job, context: JobContext) -> Outcome:
    """The job's effects and the record of its end commit together, or neither does."""
    async with context.transaction() as connection:
        outcome = await _run_timed(job, context)
        identity = {"run_id": context.run_id, "fencing_token": context.fencing_token}
        await connection.execute(
            queries["finish_run"], identity | finish_values(Status.succeeded, outcome, None)
        )
    return outcome


async def _keep_lease(work: Coroutine[Any, Any, Outcome], lease: Lease, ledger: Ledger) -> Outcome:
    """Await `work` while renewing its lease; a lost lease stops the work."""
    working, beating = asyncio.create_task(work), asyncio.create_task(_beat(lease, ledger))
    try:
        await asyncio.wait({working, beating}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            beating.result()
        return working.result()
    finally:
        for task in (working, beating):
            task.cancel()
        await asyncio.gather(working, beating, return_exceptions=True)


async def _beat(lease: Lease, ledger: Ledger) -> None:
    """Renew the lease for ever. Raises `LeaseLostError` when it is gone or may be."""
    length = ledger.lease.total_seconds()
    expires = monotonic() + length
    while True:
        await asyncio.sleep(length / _BEATS_PER_LEASE)
        asked = monotonic()
        try:
            async with asyncio.timeout(expires - asked):
                await ledger.renew(lease)
        except (TimeoutError, UnavailableError) as error:
            if monotonic() < expires:
                continue
            raise LeaseLostError from error
        expires = asked + length


async def _record_failure(job: Job, lease: Lease, ledger: Ledger, error: Exception) -> Status | None:
    failure = describe_failure(error)
    again = is_passing(error) and lease.triggered_by == "schedule" and lease.attempt < job.attempts
    try:
        if again:
            await ledger.release(lease, failure, _delay(lease.attempt), counts=True)
            return Status.queued
        await ledger.finish(lease, Status.failed, None, failure)
    except MentalspaceError:
        # Nobody can be told; the lease expires, and the next worker takes the run over.
        return None
    return Status.failed


async def _give_back(lease: Lease, ledger: Ledger) -> None:
    with suppress(MentalspaceError, TimeoutError):
        async with asyncio.timeout(_GIVE_BACK_SECONDS):
            if lease.triggered_by == "manual":
                await ledger.finish(lease, Status.cancelled, None, None)
            else:
                await ledger.release(lease)


def _delay(attempt: int) -> timedelta:
    return min(_FIRST_DELAY * int(4 ** (attempt - 1)), _LONGEST_DELAY)


def _log_end(report: Report) -> None:
    about: dict[str, Any] = {"job": report.job, "run_id": report.run_id, "seconds": report.seconds}
    if report.outcome:
        about["findings"] = len(report.outcome.findings)
    if report.failure:
        about |= {"error_class": report.failure.error_class, "error": report.failure.message}
    level = log.info if report.status is Status.succeeded else log.error
    level("run ended", status=report.status or "lost", **about)
