"""Tell the Responsible what is due soon, once per row and time that it is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg.types.json import Jsonb

from mentalspace.database.connection import Connection
from mentalspace.deadlines.people import find_people
from mentalspace.deadlines.promise import DueRow, Promise, describe_rows, find_due, find_promises, queries
from mentalspace.notifications import Channel, Notification
from mentalspace.notifications.outbox import enqueue_notifications


async def remind(connection: Connection, now: datetime, time_zone: str) -> dict[str, int]:
    """Enqueue the reminders of every promise; return rows by task. Takes part in the transaction."""
    told = {}
    for promise in await find_promises(connection):
        if promise.is_measured and promise.remind:
            told[promise.name] = await _remind(connection, promise, now, time_zone)
    await connection.execute(queries["forget_reminders"], {"now": now})
    return {name: rows for name, rows in told.items() if rows}


async def _remind(connection: Connection, promise: Promise, now: datetime, time_zone: str) -> int:
    assert promise.remind  # noqa: S101  (the caller looks)
    waiting = await find_due(connection, promise, now, now + promise.remind, time_zone)
    rows = await _unheard(connection, promise, [row for row in waiting if row.due_at >= now])
    if not rows:
        return 0
    of_person: dict[UUID, set[str]] = {}
    for each in await find_people(connection, promise, rows, time_zone):
        if each.is_responsible:
            of_person.setdefault(each.user_id, set()).update(each.row_keys)
    zone = ZoneInfo(time_zone)
    messages = [
        compose_reminder(promise, person, [row for row in rows if row.row_key in keys], zone)
        for person, keys in of_person.items()
    ]
    await enqueue_notifications(connection, messages)
    return len(rows)


async def _unheard(connection: Connection, promise: Promise, rows: Sequence[DueRow]) -> list[DueRow]:
    if not rows:
        return []
    values = {
        "module": promise.module,
        "task": promise.task,
        "rows": Jsonb([row.to_json() for row in rows]),
    }
    new = await (await connection.execute(queries["remember_reminders"], values)).fetchall()
    keys = {row["row_key"] for row in new}
    return [row for row in rows if row.row_key in keys]


def compose_reminder(promise: Promise, person: UUID, rows: Sequence[DueRow], zone: ZoneInfo) -> Notification:
    """One message to one person about rows of one promise. Pure."""
    first = rows[0].due_at.astimezone(zone)
    rows_are = f"row of {promise.table_name} is" if len(rows) == 1 else f"rows of {promise.table_name} are"
    when = f"{len(rows)} {rows_are} due, the first {first:%a %Y-%m-%d %H:%M}"
    occasion = sha256("".join(f"{row.row_key}{row.due_at.isoformat()}" for row in rows).encode()).hexdigest()
    return Notification(
        notification_type="deadline_due_soon",
        recipient_user_ids=(person,),
        subject=f"{promise.module_title}: {promise.task_title} due soon",
        message=f"{promise.promise}. {when}: {describe_rows(rows)}. {promise.remedy}",
        sent_via=(Channel.in_app, Channel.email),
        delivery_key=f"due:{promise.name}:{person}:{occasion[:32]}",
    )
