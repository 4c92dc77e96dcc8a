"""Services in one process: all end together, the late are cancelled, an error ends the process."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from mentalspace.errors import InputError
from mentalspace.events import Consumer
from mentalspace.worker.process import load_declared, run_services

SOON = timedelta(seconds=-1.9)


async def obedient(stop: asyncio.Event) -> None:
    await stop.wait()


async def broken(stop: asyncio.Event) -> None:
    raise RuntimeError("a bug")


async def test_told_to_stop_they_end() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().call_later(0.02, stop.set)
    async with asyncio.timeout(30):
        await run_services([obedient, obedient], stop, SOON)
    assert stop.is_set()


async def test_who_does_not_end_is_cancelled() -> None:
    stop, cancelled = asyncio.Event(), asyncio.Event()
    stop.set()

    async def stubborn(_: asyncio.Event) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async with asyncio.timeout(30):
        await run_services([obedient, stubborn], stop, SOON)
    assert cancelled.is_set()


async def test_an_error_stops_the_others_and_is_raised() -> None:
    stop = asyncio.Event()
    with pytest.raises(RuntimeError, match="a bug"):
        await run_services([obedient, broken], stop, SOON)
    assert stop.is_set()


def test_what_is_declared_is_found_or_refused() -> None:
    (consumer,) = load_declared("tests.outbox:CONSUMERS", Consumer)
    assert consumer.name == "ignorer"
    for source in ("tests.outbox:NOTHING", "tests.nowhere:CONSUMERS", "nonsense", "tests.outbox:EFFECTS"):
        with pytest.raises(InputError):
            load_declared(source, Consumer)
