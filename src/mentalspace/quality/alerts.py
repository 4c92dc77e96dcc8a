"""Tell the owners of tables what began to fail, once, and that it passes again.

High and critical checks alert. All that began in one run and has one owner and one table is one message.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from mentalspace.contracts.rule import Severity
from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.notifications import Channel, Notification, Priority
from mentalspace.notifications.outbox import enqueue_notification
from mentalspace.quality.describe import say_count
from mentalspace.quality.result import AlertChange, CheckResult, OutcomeKind

ALERT, RECOVERY = "data_quality_alert", "data_quality_recovery"
CHANNELS = (Channel.email, Channel.in_app)
LONGEST_SUBJECT = 200
queries = load_queries(__package__ or "")


async def open_alerts(
    connection: Connection, run_id: UUID, results: Iterable[CheckResult]
) -> tuple[AlertChange, ...]:
    """Record what began to fail and tell its owners; what was failing before is not told again.

    Takes part in the caller's transaction.
    """
    wrong = {
        (result.table_name, result.name): result
        for result in results
        if result.severity.alerts and not result.passed
    }
    rows = [
        {"table_name": table, "name": name, "owner": each.owner, "severity": each.severity}
        for (table, name), each in wrong.items()
    ]
    opened = await _fetch(connection, "open_alerts", run_id=run_id, alerts=Jsonb(rows))
    return await _tell(connection, run_id, [wrong[row["table_name"], row["name"]] for row in opened], ALERT)


async def resolve_alerts(
    connection: Connection, run_id: UUID, results: Iterable[CheckResult]
) -> tuple[AlertChange, ...]:
    """Close what passes again and tell its owners. Takes part in the caller's transaction."""
    right = {(result.table_name, result.name): result for result in results if result.passed}
    names = [{"table_name": table, "name": name} for table, name in right]
    closed = await _fetch(connection, "resolve_alerts", run_id=run_id, alerts=Jsonb(names))
    return await _tell(
        connection, run_id, [right[row["table_name"], row["name"]] for row in closed], RECOVERY
    )


def compose(results: Sequence[CheckResult], recipients: Sequence[UUID], kind: str, key: str) -> Notification:
    """The message about checks of one table and one owner. Pure."""
    table = results[0].table
    what = results[0].title if len(results) == 1 else f"{len(results)} checks"
    head = "Data Quality Alert" if kind == ALERT else "Data Quality Recovered"
    return Notification(
        notification_type=kind,
        recipient_user_ids=tuple(recipients),
        subject=f"{head}: {table} - {what}"[:LONGEST_SUBJECT],
        message="\n".join(_line(result, kind, alone=len(results) == 1) for result in results),
        delivery_key=key,
        priority=_priority(results) if kind == ALERT else Priority.normal,
        sent_via=CHANNELS,
    )


def _line(result: CheckResult, kind: str, *, alone: bool) -> str:
    name = "" if alone else f"{result.title}: "
    if kind == RECOVERY:
        return f"{name}Passes again."
    if result.outcome is OutcomeKind.error:
        return f"{name}Could not be checked ({result.error_code})."
    return f"{name}{say_count(result)}. {result.remediation}"


def _priority(results: Iterable[CheckResult]) -> Priority:
    critical = any(result.severity is Severity.critical for result in results)
    return Priority.urgent if critical else Priority.high


async def _tell(
    connection: Connection, run_id: UUID, results: Sequence[CheckResult], kind: str
) -> tuple[AlertChange, ...]:
    changes = []
    ordered = sorted(results, key=lambda result: (result.owner, result.table, result.name))
    recipients = await _find_recipients(connection, {result.owner for result in ordered})
    for (owner, table), group in groupby(ordered, lambda result: (result.owner, result.table)):
        checks = list(group)
        people = recipients[owner]
        if people:
            key = f"{kind}:{table}:{owner}:{run_id}"
            await enqueue_notification(connection, compose(checks, people, kind, key))
        names = tuple(check.name for check in checks)
        changes.append(AlertChange(table=table, owner=owner, names=names, notified=len(people)))
    return tuple(changes)


async def _find_recipients(connection: Connection, owners: Iterable[str]) -> Mapping[str, list[UUID]]:
    rows = await _fetch(connection, "find_recipients", owners=list(owners))
    return {row["position"]: row["user_ids"] for row in rows}


async def _fetch(connection: Connection, name: str, **values: object) -> list[dict[str, Any]]:
    return await (await connection.execute(queries[name], values)).fetchall()
