"""The worker: APScheduler wakes it, the ledger decides, any number of replicas give one run per slot.

Nothing depends on a wake-up: a sweep finds slots that were slept through, misjudged by a wrong clock or
missed while no worker ran, and runs that others left behind.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from mentalspace.errors import MentalspaceError, UnavailableError
from mentalspace.jobs.job import Job
from mentalspace.jobs.ledger import JobState, Lease, Ledger
from mentalspace.jobs.runner import Report, run_leased
from mentalspace.jobs.schedule import SlotTrigger, find_last_slot, find_next_slot
from mentalspace.settings import Settings

log = structlog.get_logger()
# A wake-up this much early by the database's clock waits for its slot instead of missing it.
_EARLY = timedelta(seconds=5)


@dataclass(frozen=True)
class Pace:
    """How often a worker looks for what is left behind, and how long it lets runs end when told to stop."""

    sweep: timedelta = timedelta(seconds=30)
    drain: timedelta = timedelta(seconds=14)


class Worker:
    """Runs the jobs' slots until told to stop."""

    def __init__(
        self,
        settings: Settings,
        jobs: Iterable[Job],
        ledger: Ledger,
        pace: Pace | None = None,
        observe: Callable[[Report], None] = lambda _: None,
    ) -> None:
        self._settings = settings
        self._zone: ZoneInfo = settings.time_zone
        self._jobs = {job.name: job for job in jobs}
        self._ledger = ledger
        self._pace = pace or Pace()
        self._observe = observe
        self._runs: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set, then let runs end; what does not end in time is handed back."""
        log.info("worker started", worker=self._ledger.worker, jobs=len(self._jobs))
        scheduler = self._schedule()
        if await self._register(stop):
            await self._sweep()
            scheduler.start()
            sweeping = asyncio.create_task(self._keep_sweeping())
            try:
                await stop.wait()
            finally:
                # A sweep may hang on a silent socket; it is not waited for.
                sweeping.cancel()
                scheduler.shutdown(wait=False)
                await asyncio.gather(sweeping, return_exceptions=True)
        await self._drain()
        log.info("worker stopped", worker=self._ledger.worker)

    def _schedule(self) -> AsyncIOScheduler:
        scheduler = AsyncIOScheduler(timezone=self._zone)
        # However late APScheduler is, the worker looks: what is too late is for the ledger to say.
        always = {"misfire_grace_time": None, "coalesce": True, "max_instances": 2}
        for job in self._jobs.values():
            scheduler.add_job(self._wake, SlotTrigger(job.schedule, self._zone), args=[job], **always)
        return scheduler

    async def _keep_sweeping(self) -> None:
        """Sweep for ever, paced by the loop's clock: the wall's may be set back by an hour."""
        while True:
            # Replicas that sweep at the same instant would find the same.
            await asyncio.sleep(self._pace.sweep.total_seconds() * random.uniform(0.8, 1.2))  # noqa: S311  (spreads load)
            await self._sweep()

    async def _register(self, stop: asyncio.Event) -> bool:
        """Announce the jobs, waiting for a database that is not up yet; false if stopped first."""
        while not stop.is_set():
            try:
                await self._ledger.register(self._jobs.values(), self._settings.practice_time_zone)
            except UnavailableError as error:
                log.warning("waiting for the database", error=str(error))
                continue
            return True
        return False

    async def _wake(self, job: Job) -> None:
        """Look at one job because its slot has come."""
        try:
            for state in await self._ledger.list_states([job.name]):
                early = find_next_slot(job.schedule, self._zone, state.now)
                if early and early - state.now < _EARLY:
                    await asyncio.sleep((early - state.now).total_seconds())
                    await self._start_slot(job, state, early)
                else:
                    await self._start_due(job, state)
        except MentalspaceError as error:
            log.warning("wake-up failed, the sweep will look again", job=job.name, error=str(error))

    async def _sweep(self) -> None:
        """Look at every job, and at runs left behind by others."""
        try:
            for run in await self._ledger.find_open(self._jobs):
                job = self._jobs[run.job]
                self._start(job, await self._ledger.take_over(job, run))
            for state in await self._ledger.list_states(self._jobs):
                await self._start_due(self._jobs[state.name], state)
        except MentalspaceError as error:
            log.warning("sweep failed", error=str(error))

    async def _start_due(self, job: Job, state: JobState) -> None:
        slot = find_last_slot(job.schedule, self._zone, state.now)
        if slot and slot >= state.registered_at and (state.last_slot is None or slot > state.last_slot):
            await self._start_slot(job, state, slot)

    async def _start_slot(self, job: Job, state: JobState, slot: datetime) -> None:
        if state.paused_at is not None:
            return
        if not job.catch_up and state.now - slot > job.misfire_grace:
            if await self._ledger.record_missed(job, slot):
                log.warning("slot missed", job=job.name, slot=slot.isoformat())
            return
        self._start(job, await self._ledger.claim(job, slot))

    def _start(self, job: Job, lease: Lease | None) -> None:
        if lease is None:
            return
        task = asyncio.create_task(self._run(job, lease))
        self._runs.add(task)
        task.add_done_callback(self._runs.discard)

    async def _run(self, job: Job, lease: Lease) -> None:
        self._observe(await run_leased(job, lease, self._ledger, self._settings))

    async def _drain(self) -> None:
        if not self._runs:
            return
        log.info("draining", runs=len(self._runs))
        runs: Sequence[asyncio.Task[None]] = tuple(self._runs)
        _, late = await asyncio.wait(runs, timeout=self._pace.drain.total_seconds())
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
