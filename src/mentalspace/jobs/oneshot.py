"""Run one job now, under the same ledger as the workers: never beside a run of the same job."""

from __future__ import annotations

import asyncio
import signal

from mentalspace.errors import MentalspaceError, RefusedError
from mentalspace.jobs.job import Job
from mentalspace.jobs.ledger import Lease, Ledger
from mentalspace.jobs.runner import Report, run_leased
from mentalspace.settings import Settings


class RunningAlreadyError(RefusedError):
    """The job is running already, or one that it may not run beside; see `mentalspace job history`."""


class InterruptedRunError(MentalspaceError):
    """The run was interrupted and recorded as cancelled."""


async def run_now(job: Job, settings: Settings) -> Report:
    """Claim and do a run by hand; a run that a dead worker left behind is taken over instead.

    Raises `RunningAlreadyError`, and `InterruptedRunError` after SIGTERM.
    """
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    # From before the claim on: a run that is claimed and not begun would be left to its lease.
    loop.add_signal_handler(signal.SIGTERM, told.set)
    async with Ledger(settings.database_url.get_secret_value()) as ledger:
        await ledger.register([job], settings.practice_time_zone)
        lease = await ledger.claim(job) or await _take_over(job, ledger)
        if lease is None:
            raise RunningAlreadyError
        running = asyncio.create_task(run_leased(job, lease, ledger, settings))
        loop.add_signal_handler(signal.SIGTERM, running.cancel)
        if told.is_set():
            loop.call_soon(running.cancel)
        try:
            return await running
        except asyncio.CancelledError:
            raise InterruptedRunError from None


async def _take_over(job: Job, ledger: Ledger) -> Lease | None:
    for run in await ledger.find_open([job.name]):
        if lease := await ledger.take_over(job, run):
            return lease
    return None
