"""From events to messages: Consulted and Informed hear of every task performed within their scope."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from mentalspace.events import Consumer, Event, EventContext
from mentalspace.fanout.recipients import CONSULTED, Recipients, find_recipients
from mentalspace.notifications import Channel, Notification, Priority
from mentalspace.notifications.outbox import enqueue_notifications

_DUTIES = {CONSULTED: "consulted", "I": "informed"}


async def tell(context: EventContext, events: Sequence[Event]) -> None:
    """Enqueue the messages of a batch, in its transaction."""
    found = await find_recipients(context.connection, events, context.settings.practice_time_zone)
    by_id = {event.event_id: event for event in events}
    await enqueue_notifications(context.connection, compose_messages(found, by_id))


def compose_messages(found: Sequence[Recipients], events: dict[int, Event]) -> list[Notification]:
    """One message for what one actor did of one task, to the same people: not one per row or table. Pure."""

    def occasion(each: Recipients) -> tuple[str, str, str, str, str, tuple[str, ...]]:
        event = events[each.event_id]
        people = tuple(map(str, each.user_ids))
        return (
            event.module,
            event.task,
            each.duty,
            str(event.actor_id or ""),
            event.kind,
            people,
        )

    ordered = sorted(found, key=lambda each: (occasion(each), each.event_id))
    groups = [list(group) for _, group in groupby(ordered, key=occasion)]
    return [_compose(group, events) for group in groups]


def _compose(group: Sequence[Recipients], events: dict[int, Event]) -> Notification:
    first = group[0]
    consulted = first.duty == CONSULTED
    return Notification(
        notification_type="raci_consulted" if consulted else "raci_informed",
        recipient_user_ids=first.user_ids,
        subject=f"{first.module_title}: {first.task_title}",
        message=_say([events[each.event_id] for each in group], first),
        # By mail, what is of low priority waits for the digest.
        priority=Priority.normal if consulted else Priority.low,
        sent_via=(Channel.in_app, Channel.email),
        delivery_key=f"raci:{first.duty}:{first.event_id}",
    )


def _say(events: Sequence[Event], recipients: Recipients) -> str:
    """Names of tables and tasks, keys and counts: who may see the row looks there."""
    keys: dict[str, set[str]] = {}
    for event in events:
        keys.setdefault(event.table_name, set()).add(event.row_key)
    rows = ", ".join(_count(table, found) for table, found in keys.items())
    by = f"by user {events[0].actor_id}" if events[0].actor_id else "by the system"
    return f"{recipients.task_title}: {rows}, {by}. You are {_DUTIES[recipients.duty]}."


def _count(table: str, keys: set[str]) -> str:
    return f"{table} {next(iter(keys))}" if len(keys) == 1 else f"{len(keys)} rows of {table}"


CONSUMERS = (Consumer("raci_fanout", tell),)
