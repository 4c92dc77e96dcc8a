"""Deliveries in the database: planned with their message, claimed, leased, recorded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any
from uuid import UUID

from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.delivery.letter import Item
from mentalspace.delivery.planning import Manners, Planned, Reach, Wishes, name_digest, plan_deliveries
from mentalspace.notifications import Channel, Priority
from mentalspace.notifications.notification import QueuedNotification

queries = load_queries(__package__ or "")
MOST_ATTEMPTS = 8
# Longer than a batch can take: a message whose sender is alive is nobody else's.
LEASE = timedelta(minutes=5)
_FIRST_DELAY = timedelta(seconds=30)
_LONGEST_DELAY = timedelta(hours=1)


@dataclass(frozen=True)
class Parcel:
    """What leaves as one message: one delivery, or all of a digest."""

    channel: Channel
    user_id: UUID | None
    address: str | None
    message_key: str
    digest_at: datetime | None
    urgent: bool
    attempts: int
    claimed_at: datetime
    attempt_ids: tuple[int, ...]
    items: tuple[Item, ...]


async def plan_pending(connection: Connection, reach: Reach, manners: Manners, limit: int = 200) -> int:
    """Turn new messages into deliveries, in one transaction; return how many there were."""
    async with connection.transaction():
        rows = await (await connection.execute(queries["lock_pending"], {"limit": limit})).fetchall()
        if not rows:
            return 0
        now = rows[0]["now"]
        messages = [QueuedNotification.model_validate(row) for row in rows]
        people = await _find_people(connection, messages)
        values = [
            _describe(message, planned)
            for message in messages
            for planned in plan_deliveries(message, people, reach, manners, now)
        ]
        if values:
            await connection.cursor().executemany(queries["add_delivery"], values)
        await connection.execute(queries["settle"], {"ids": [message.id for message in messages]})
    return len(messages)


async def claim_parcels(
    connection: Connection, sender: str, limit: int, lease: timedelta = LEASE
) -> list[Parcel]:
    """Claim what is due, urgent first; nobody else sends it while the lease lasts."""
    values = {"sender": sender, "limit": limit, "lease": lease}
    rows = await (await connection.execute(queries["claim"], values)).fetchall()
    keys = {row["message_key"]: number for number, row in reversed(list(enumerate(rows)))}
    ordered = sorted(rows, key=lambda row: (keys[row["message_key"]], row["delivery_id"]))
    return [_pack(list(members)) for _, members in groupby(ordered, key=lambda row: row["message_key"])]


def _pack(members: Sequence[dict[str, Any]]) -> Parcel:
    first = members[0]
    return Parcel(
        channel=Channel(first["channel"]),
        user_id=first["user_id"],
        address=first["address"] if first["is_active"] else None,
        message_key=first["message_key"],
        digest_at=first["digest_at"],
        urgent=first["urgent"],
        attempts=max(row["attempts"] for row in members),
        claimed_at=first["now"],
        attempt_ids=tuple(row["attempt_id"] for row in members),
        items=tuple(Item(row["subject"], row["message"], row["urgent"]) for row in members),
    )


async def mark_sent(connection: Connection, parcel: Parcel) -> None:
    """Record that it left."""
    await _mark(connection, parcel, state="sent", outcome="sent", reason=None)


async def mark_failed(connection: Connection, parcel: Parcel, error_class: str) -> bool:
    """Record a failed attempt and when the next one is; return whether it was the last."""
    dead = parcel.attempts >= MOST_ATTEMPTS
    state = "dead" if dead else "pending"
    delay = timedelta(0) if dead else delay_attempt(parcel.attempts)
    await _mark(connection, parcel, state=state, outcome="failed", reason=error_class, delay=delay)
    return dead


async def mark_skipped(connection: Connection, parcel: Parcel, reason: str) -> None:
    """Record that it cannot leave: there is nowhere to send it."""
    await _mark(connection, parcel, state="skipped", outcome="failed", reason=reason)


async def count_sent(connection: Connection, ids: Iterable[UUID]) -> dict[tuple[UUID | None, Channel], int]:
    """Messages of the last hour by recipient and channel."""
    rows = await (await connection.execute(queries["count_sent"], {"ids": list(ids)})).fetchall()
    return {(row["user_id"], Channel(row["channel"])): row["sent"] for row in rows}


async def defer_parcel(connection: Connection, parcel: Parcel) -> None:
    """Make it part of a digest that leaves at the next full hour."""
    slot = parcel.claimed_at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    values = {
        "message_key": name_digest(parcel.user_id, parcel.channel, slot),
        "digest_at": slot,
        "attempt_ids": list(parcel.attempt_ids),
    }
    await connection.execute(queries["defer"], values)


def delay_attempt(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: half a minute, two minutes, eight … an hour."""
    return min(_FIRST_DELAY * int(4 ** (attempts - 1)), _LONGEST_DELAY)


async def _find_people(connection: Connection, messages: Sequence[QueuedNotification]) -> dict[UUID, Wishes]:
    ids = {user_id for message in messages for user_id in message.recipient_user_ids}
    rows = await (await connection.execute(queries["find_people"], {"ids": list(ids)})).fetchall()
    lists = ("muted_channels", "wanted_channels")
    return {row["user_id"]: Wishes(**row | {name: tuple(row[name]) for name in lists}) for row in rows}


def _describe(message: QueuedNotification, planned: Planned) -> dict[str, object]:
    return asdict(planned) | {
        "notification_id": message.id,
        "urgent": message.priority is Priority.urgent,
        "state": "skipped" if planned.reason else "pending",
    }


async def _mark(
    connection: Connection,
    parcel: Parcel,
    *,
    state: str,
    outcome: str,
    reason: str | None,
    delay: timedelta = timedelta(0),
) -> None:
    values = {
        "attempt_ids": list(parcel.attempt_ids),
        "state": state,
        "outcome": outcome,
        "reason": reason,
        "delay": delay,
    }
    async with connection.transaction():
        rows = await (await connection.execute(queries["mark"], values)).fetchall()
        await connection.execute(queries["settle"], {"ids": [row["notification_id"] for row in rows]})
