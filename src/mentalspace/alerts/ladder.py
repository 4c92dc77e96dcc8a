"""Raise alerts, tell who is next, resolve them. All of it takes part in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from mentalspace.alerts.alert import Alert, Ladder, OpenAlert, Severity
from mentalspace.database.connection import Connection, fetch_row
from mentalspace.database.queries import load_queries
from mentalspace.notifications import Channel, Notification
from mentalspace.notifications.outbox import enqueue_notification

queries = load_queries(__package__ or "")
# Told when nobody holds any step of a path.
LAST_RESORT = "administrator"
_CHANNELS = (Channel.in_app, Channel.email)


async def raise_alert(connection: Connection, alert: Alert, *, worse: bool = False) -> bool:
    """Raise an alert and tell the first of its path; return whether it is new. An open one is counted.

    One that got `worse` is told again from the first step on, whoever acknowledged it before.
    """
    values = alert.model_dump(mode="json", exclude={"ladder"}) | {"patience": alert.patience(0)}
    row = await fetch_row(connection, queries["raise"], values)
    await _keep_ladder(connection, row["id"], alert.ladder)
    if worse and not row["is_new"]:
        await connection.execute(queries["begin_again"], {"id": row["id"], "severity": alert.severity})
    if row["is_new"] or worse:
        step, people = await _find_step(connection, alert.path, alert.ladder, 0)
        told = _Told(row["id"], alert.severity, alert.message, alert.ladder, row["occurrences"])
        await _tell(connection, told, step, people)
        await _climb_to(connection, row["id"], step, alert.patience(step))
    return bool(row["is_new"])


async def find_first_told(connection: Connection, alert: Alert) -> tuple[UUID, ...]:
    """Whom an alert is told first. Read-only."""
    return (await _find_step(connection, alert.path, alert.ladder, 0))[1]


async def resolve_alert(
    connection: Connection, name: str, message: str = "", subject: str = "", *, tell: bool = True
) -> bool:
    """Resolve an alert by key or id, and tell whoever was told of it; return whether one was open.

    What is told is what was wrong, unless `message` and `subject` say otherwise.
    """
    row = await (await connection.execute(queries["resolve"], {"name": name})).fetchone()
    if row is None:
        return False
    alert = _read(row)
    people: set[UUID] = set()
    for step in range(min(alert.step, len(alert.path) - 1) + 1):
        people.update(await _find_holders(connection, alert.path[step], alert.ladder))
    if people and tell:
        notification = Notification(
            notification_type=alert.ladder.kind.resolved,
            recipient_user_ids=tuple(sorted(people)),
            subject=alert.ladder.kind.say_resolved(subject or alert.ladder.subject or alert.metric),
            message=message or alert.message,
            delivery_key=f"alert:{alert.id}:resolved",
            sent_via=_CHANNELS,
        )
        await enqueue_notification(connection, notification)
    return True


async def acknowledge_alert(connection: Connection, name: str, email: str | None = None) -> bool:
    """Stop an alert from climbing, by key or id; return whether one was open and unacknowledged."""
    cursor = await connection.execute(queries["acknowledge"], {"name": name, "email": email})
    return await cursor.fetchone() is not None


async def settle_alerts(connection: Connection, metric: str, alerts: Sequence[Alert]) -> None:
    """Raise these alerts, and resolve every other open one of the metric: what is no longer wrong is over."""
    wanted = {alert.key for alert in alerts}
    cursor = await connection.execute(queries["find_open_keys"], {"metric": metric})
    for row in await cursor.fetchall():
        if row["key"] not in wanted:
            await resolve_alert(connection, row["key"])
    for alert in alerts:
        await raise_alert(connection, alert)


async def climb_alerts(connection: Connection) -> int:
    """Tell the next step of every alert that nobody acknowledged in time; return how many climbed.

    At the top the last step is told again, as long as nobody acknowledges.
    """
    due = await (await connection.execute(queries["lock_due"])).fetchall()
    for row in due:
        alert = _read(row)
        step, people = await _find_step(connection, alert.path, alert.ladder, alert.step + 1)
        told = _Told(alert.id, alert.severity, alert.message, alert.ladder, alert.occurrences)
        await _tell(connection, told, step, people)
        await _climb_to(connection, alert.id, step, alert.patience(step))
    return len(due)


async def find_alerts(connection: Connection, *, every: bool = False, limit: int = 50) -> list[OpenAlert]:
    """Open and acknowledged alerts, worst first; resolved ones too with `every`. Read-only."""
    rows = await (await connection.execute(queries["list"], {"every": every, "limit": limit})).fetchall()
    return [OpenAlert.model_validate(row) for row in rows]


@dataclass(frozen=True)
class _Told:
    """What a message of an alert is about."""

    alert_id: UUID
    severity: Severity
    message: str
    ladder: Ladder
    occasion: int


def _read(row: dict[str, Any]) -> OpenAlert:
    return OpenAlert.model_validate(row | {"ladder": row["ladder"] or {}})


async def _keep_ladder(connection: Connection, alert_id: UUID, ladder: Ladder) -> None:
    if ladder == Ladder():
        return
    audience = {role: [str(person) for person in people] for role, people in ladder.audience.items()}
    values = {
        "id": alert_id,
        "kind": ladder.kind,
        "subject": ladder.subject,
        "patience": list(ladder.patience),
        "audience": Jsonb(audience),
    }
    await connection.execute(queries["keep_ladder"], values)


async def _find_step(
    connection: Connection, path: Sequence[str], ladder: Ladder, wanted: int
) -> tuple[int, tuple[UUID, ...]]:
    """The first step from `wanted` on that somebody holds; an empty one keeps nobody waiting."""
    for step in range(wanted, len(path)):
        if people := await _find_holders(connection, path[step], ladder):
            return step, people
    for name in (*reversed(path), LAST_RESORT):
        if people := await _find_holders(connection, name, ladder):
            return max(wanted, len(path) - 1), people
    return max(wanted, len(path) - 1), ()


async def _find_holders(connection: Connection, step: str, ladder: Ladder) -> tuple[UUID, ...]:
    concerned = ladder.audience.get(step)
    values = {"step": step, "among": None if concerned is None else list(concerned)}
    rows = await (await connection.execute(queries["find_holders"], values)).fetchall()
    return tuple(row["id"] for row in rows)


async def _climb_to(connection: Connection, alert_id: UUID, step: int, patience: timedelta) -> None:
    await connection.execute(queries["climb"], {"id": alert_id, "step": step, "patience": patience})


async def _tell(connection: Connection, told: _Told, step: int, people: tuple[UUID, ...]) -> None:
    if not people:
        return
    kind, subject = told.ladder.kind, told.ladder.subject or f"Alert, {told.severity}"
    notification = Notification(
        notification_type=kind.raised if step == 0 else kind.escalated,
        recipient_user_ids=people,
        subject=kind.say_raised(subject) + (" (nobody acknowledged it yet)" if step else ""),
        message=told.message,
        delivery_key=f"alert:{told.alert_id}:{told.occasion}:{step}",
        priority=told.severity.priority,
        sent_via=_CHANNELS,
    )
    await enqueue_notification(connection, notification)
