"""Services side by side in one process: what ends one unexpectedly ends all, and a supervisor starts anew."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from importlib import import_module
from typing import TypeVar

import structlog

from mentalspace.errors import InputError

log = structlog.get_logger()
# Works until the event is set, then ends by itself as soon as it can.
Service = Callable[[asyncio.Event], Awaitable[None]]
Declared = TypeVar("Declared")
# More than a service may take to end: what is late after that is cancelled.
_MARGIN = timedelta(seconds=2)


async def run_services(
    services: Sequence[Service], stop: asyncio.Event, drain: timedelta, watching: Service | None = None
) -> None:
    """Run services until `stop` is set and they ended; one that is late is cancelled.

    `watching` is told to stop when all others have ended: it shows how they drain. Raises what a service
    raises, after the others were told to stop.
    """
    tasks = [asyncio.ensure_future(service(stop)) for service in services]
    stopping = asyncio.create_task(stop.wait())
    watch = asyncio.ensure_future(watching(asyncio.Event())) if watching else None
    if watch:
        watch.add_done_callback(lambda _: stop.set())
    try:
        await asyncio.wait({*tasks, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        _, late = await asyncio.wait(tasks, timeout=(drain + _MARGIN).total_seconds())
        if late:
            log.warning("services cancelled", late=len(late))
    finally:
        watched = [watch] if watch else []
        for task in (*tasks, *watched, stopping):
            task.cancel()
        await asyncio.gather(*tasks, *watched, stopping, return_exceptions=True)
    for task in (*tasks, *watched):
        if not task.cancelled():
            task.result()


def load_declared(source: str, kind: type[Declared]) -> tuple[Declared, ...]:
    """Import the tuple that `module:NAME` holds. Raises `InputError` if it cannot."""
    module, _, name = source.partition(":")
    try:
        declared = tuple(getattr(import_module(module), name))
    except (ImportError, AttributeError, TypeError, ValueError) as error:
        raise InputError(
            f"nothing is declared at {source} ({error}); write module:NAME of a tuple"
        ) from error
    if not all(isinstance(each, kind) for each in declared):
        raise InputError(f"{source} holds something else than {kind.__name__}; name a tuple of them")
    return declared
