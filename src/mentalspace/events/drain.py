"""One transaction of events: claim, offer to every consumer, acknowledge. All of it commits, or nothing."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from time import monotonic

import structlog

from mentalspace.errors import MentalspaceError, UnavailableError
from mentalspace.events.consumer import Consumer, EventContext
from mentalspace.events.event import Event
from mentalspace.events.outbox import (
    BatchSize,
    Limits,
    acknowledge_events,
    claim_events,
    note_consumers,
    postpone_event,
)
from mentalspace.jobs.failure import Failure, describe_failure, is_passing
from mentalspace.telemetry import span

log = structlog.get_logger()
_FIRST_DELAY = timedelta(seconds=2)
_LONGEST_DELAY = timedelta(minutes=15)


class ConsumerTimeoutError(MentalspaceError):
    """The consumer took longer than it may."""


@dataclass(frozen=True)
class Drained:
    """What became of one batch, in events."""

    claimed: int = 0
    consumed: int = 0
    failed: int = 0
    died: int = 0


@dataclass
class _Verdict:
    """What the consumers made of the batch: who is done with which event, and why another is not."""

    done: dict[int, list[str]]
    until: float
    failures: dict[int, tuple[str, Exception]] = field(default_factory=dict)
    held: set[int] = field(default_factory=set)

    def settle(self, consumer: Consumer, events: Iterable[Event]) -> None:
        for event in events:
            self.done[event.event_id].append(consumer.name)


async def drain_batch(
    context: EventContext,
    consumers: Sequence[Consumer],
    size: BatchSize | None = None,
    limits: Limits | None = None,
) -> Drained:
    """Consume some events in a transaction of their own; `claimed` is 0 when there is nothing to do.

    Raises what the connection raises; then nothing of the batch happened, and somebody claims it again.
    """
    async with context.connection.transaction():
        limits = limits or Limits()
        events = await claim_events(context.connection, size or BatchSize(), limits)
        if not events:
            return Drained()
        until = monotonic() + limits.search.total_seconds()
        verdict = _Verdict({event.event_id: list(event.consumed_by) for event in events}, until)
        with span("events batch", events=len(events)) as note:
            for consumer in consumers:
                await _offer(context, consumer, events, verdict)
            drained = await _record(context, events, verdict)
            note(consumed=drained.consumed, failed=drained.failed, died=drained.died)
        return drained


async def _offer(
    context: EventContext, consumer: Consumer, events: Sequence[Event], verdict: _Verdict
) -> None:
    wanted = [event for event in events if consumer.name not in event.consumed_by and consumer.wants(event)]
    by_aggregate: dict[tuple[str, str], list[Event]] = {}
    for event in wanted:
        by_aggregate.setdefault(event.aggregate, []).append(event)
    if wanted:
        with span("consumer", consumer=consumer.name, events=len(wanted), rows=len(by_aggregate)):
            await _offer_rows(context, consumer, list(by_aggregate.values()), verdict)


async def _offer_rows(
    context: EventContext, consumer: Consumer, rows: Sequence[list[Event]], verdict: _Verdict
) -> None:
    """Offer the events of some rows at once; if that fails, of each half of them, down to the bad row."""
    events = sorted((event for row in rows for event in row), key=lambda event: event.event_id)
    if await _handle(context, consumer, events) is None:
        verdict.settle(consumer, events)
    elif monotonic() > verdict.until:
        # Whoever searches for long holds everything else up: the rest is claimed again.
        await _offer_in_order(context, consumer, rows[0], verdict)
        verdict.held.update(event.event_id for row in rows[1:] for event in row)
    elif len(rows) == 1:
        await _offer_in_order(context, consumer, rows[0], verdict)
    else:
        middle = len(rows) // 2
        await _offer_rows(context, consumer, rows[:middle], verdict)
        await _offer_rows(context, consumer, rows[middle:], verdict)


async def _offer_in_order(
    context: EventContext, consumer: Consumer, events: Sequence[Event], verdict: _Verdict
) -> None:
    for position, event in enumerate(events):
        error = await _handle(context, consumer, [event])
        if error is not None:
            verdict.failures.setdefault(event.event_id, (consumer.name, error))
            verdict.held.update(later.event_id for later in events[position + 1 :])
            return
        verdict.settle(consumer, [event])


async def _handle(context: EventContext, consumer: Consumer, events: Sequence[Event]) -> Exception | None:
    """Let a consumer work inside a savepoint; return what it raised.

    Raises `UnavailableError` if the connection is lost.
    """
    try:
        async with context.connection.transaction():
            await _handle_timed(context, consumer, events)
    except Exception as error:
        # Whatever it raised: what it did is undone, and nothing can be written down about it.
        if context.connection.closed:
            raise UnavailableError("the database closed the connection in the middle of a batch") from error
        return error
    return None


async def _handle_timed(context: EventContext, consumer: Consumer, events: Sequence[Event]) -> None:
    try:
        async with asyncio.timeout(consumer.timeout.total_seconds()) as deadline:
            await consumer.handle(context, events)
    except TimeoutError:
        if deadline.expired():
            raise ConsumerTimeoutError from None
        raise


async def _record(context: EventContext, events: Sequence[Event], verdict: _Verdict) -> Drained:
    unfinished = verdict.failures.keys() | verdict.held
    finished = [event for event in events if event.event_id not in unfinished]
    await acknowledge_events(context.connection, finished)
    died = 0
    for event in events:
        if event.event_id in verdict.failures:
            died += await _postpone(context, event, verdict)
        elif event.event_id in verdict.held and len(verdict.done[event.event_id]) > len(event.consumed_by):
            await note_consumers(context.connection, event, verdict.done[event.event_id])
    return Drained(len(events), len(finished), len(verdict.failures), died)


async def _postpone(context: EventContext, event: Event, verdict: _Verdict) -> bool:
    consumer, error = verdict.failures[event.event_id]
    failure = describe_failure(error)
    counts = not is_passing(error)
    died = await postpone_event(
        context.connection,
        event,
        verdict.done[event.event_id],
        Failure(failure.error_class, f"{consumer}: {failure.message}"),
        delay_attempt(event.attempts if counts else 0),
        counts=counts,
    )
    about = {"event_id": event.event_id, "consumer": consumer, "error_class": failure.error_class}
    if died:
        log.error("event died", **about, error=failure.message)
    else:
        log.warning("event postponed", **about, attempts=event.attempts + counts)
    return died


def delay_attempt(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: four times as long each time, give or take a fifth."""
    delay = min(_FIRST_DELAY * int(4 ** min(attempts, 10)), _LONGEST_DELAY)
    return delay * random.uniform(0.8, 1.2)  # noqa: S311  (spreads load, guards nothing)
