"""The frames on their way to one socket."""

from __future__ import annotations

import asyncio
import time

from mentalspace.devstack.realtime.outbox import Outbox


async def test_frames_leave_in_order() -> None:
    outbox = Outbox()
    waiting = asyncio.create_task(outbox.get())
    await asyncio.sleep(0)
    for frame in ("a", b"b", "c"):
        outbox.put(frame)
    assert [await waiting, await outbox.get(), await outbox.get()] == ["a", b"b", "c"]


async def test_a_full_outbox_overflows_once_and_for_all() -> None:
    outbox = Outbox(largest=10)
    outbox.put("12345")
    outbox.put("1234567")
    assert outbox.overflowed.is_set()
    outbox.put("1")
    try:
        await asyncio.wait_for(outbox.get(), 0.01)
    except TimeoutError:
        return
    raise AssertionError("a frame after a lost one was kept")


async def test_a_burst_waits_for_a_socket_that_reads() -> None:
    outbox = Outbox(largest=10, patience=30)
    outbox.put("12345678")
    settling = asyncio.create_task(outbox.settle())
    await asyncio.sleep(0.01)
    assert not settling.done()
    await outbox.get()
    await asyncio.wait_for(settling, 30)


async def test_patience_with_a_socket_that_does_not_read_ends() -> None:
    outbox = Outbox(largest=10, patience=0.5)
    outbox.put("12345678")
    began = time.monotonic()
    for _ in range(20):
        await outbox.settle()
    assert time.monotonic() - began < 5
    await outbox.get()  # it reads: the next burst is waited for again
    outbox.put("12345678")
    settling = asyncio.create_task(outbox.settle())
    await asyncio.sleep(0.01)
    assert not settling.done()
    await settling
