"""How often a worker looks unasked: seldom while it hears changes, at once when it no longer does."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace

from mentalspace.settings import load_settings
from mentalspace.worker.changes import ChangeWorker, Sweeps

SWEEPS = Sweeps(hearing=timedelta(hours=1), deaf=timedelta(seconds=1))


async def test_a_feed_that_is_lost_ends_the_rest_that_began_while_it_was_heard() -> None:
    worker = ChangeWorker(load_settings(), [], [], SWEEPS)
    feed = SimpleNamespace(live=True)
    worker.feed = feed
    stop = asyncio.Event()
    pacing = asyncio.create_task(worker._keep_pace(stop))
    await asyncio.sleep(0)
    assert (worker.claimer.sweep, worker.claimer._awake.is_set()) == (SWEEPS.hearing, False)
    feed.live = False
    async with asyncio.timeout(60):
        await worker.claimer._awake.wait()
    await asyncio.sleep(0)
    assert worker.claimer.sweep == SWEEPS.deaf
    stop.set()
    await pacing
