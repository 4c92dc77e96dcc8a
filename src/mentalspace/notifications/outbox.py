"""`public.notification_logs` as the outbox of messages: written in the transaction that has news to tell."""

from __future__ import annotations

from collections.abc import Sequence

from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.notifications.notification import Notification

queries = load_queries(__package__ or "")


async def enqueue_notification(connection: Connection, notification: Notification) -> bool:
    """Put a message into the outbox; return whether it is new. Does not send.

    Takes part in the caller's transaction, so a message never tells of what was rolled back. A delivery
    key that the outbox has, sent or not, changes nothing.
    """
    cursor = await connection.execute(queries["enqueue"], notification.model_dump(mode="json"))
    return await cursor.fetchone() is not None


async def enqueue_notifications(connection: Connection, notifications: Sequence[Notification]) -> None:
    """Put many messages into the outbox in one round trip, each as `enqueue_notification` does."""
    if notifications:
        values = [each.model_dump(mode="json") for each in notifications]
        await connection.cursor().executemany(queries["enqueue"], values)
