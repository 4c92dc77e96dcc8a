"""One alert per table and owner: opened by the first failing check, worse with each more, over with the last.

High and critical checks alert. The alert climbs from the table's owner along the escalation that the RACI
document of the table's module gives for wrong data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from mentalspace.alerts import Alert, Kind, Ladder
from mentalspace.alerts import Severity as AlertSeverity
from mentalspace.alerts.ladder import LAST_RESORT, find_first_told, raise_alert, resolve_alert
from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.quality.describe import say_count
from mentalspace.quality.result import AlertChange, CheckResult, OutcomeKind

METRIC = "quality"
LONGEST_SUBJECT = 120
queries = load_queries(__package__ or "")


@dataclass(frozen=True)
class Standing:
    """What is wrong with one table and owner after a run: how many checks, and whether one is critical."""

    table_name: str
    owner: str
    checks: int
    is_critical: bool
    is_told: bool

    @property
    def key(self) -> str:
        return f"quality:{self.table_name}:{self.owner}"


Changes = Mapping[tuple[str, str], Sequence[CheckResult]]


async def settle_alerts(
    connection: Connection, run_id: UUID, results: Sequence[CheckResult]
) -> tuple[tuple[AlertChange, ...], tuple[AlertChange, ...]]:
    """Open, worsen and resolve alerts by a run's results; return what began to fail, and what passes again.

    What was failing before is not told again. Takes part in the caller's transaction.
    """
    wrong = await _find_wrong(connection, results)
    opened = await _open(connection, run_id, wrong)
    closed = await _close(connection, run_id, results)
    failing = _group(wrong)
    notified = {}
    for row in await _fetch(connection, "list_open_alerts"):
        standing = Standing(**row)
        name = (standing.table_name, standing.owner)
        news = opened.get(name, () if standing.is_told else failing.get(name, ()))
        notified[name] = await _settle(connection, standing, news, closed.get(name, ()))
    return _change(opened, notified), _change(closed, notified)


async def _find_wrong(connection: Connection, results: Sequence[CheckResult]) -> list[CheckResult]:
    clocked = {row["rule"] for row in await _fetch(connection, "list_clocked")}
    return [each for each in results if each.severity.alerts and not each.passed and each.key not in clocked]


async def _open(connection: Connection, run_id: UUID, wrong: Sequence[CheckResult]) -> Changes:
    by_name = {(each.table_name, each.name): each for each in wrong}
    rows = [
        {"table_name": table, "name": name, "owner": each.owner, "severity": each.severity}
        for (table, name), each in by_name.items()
    ]
    opened = await _fetch(connection, "open_alerts", run_id=run_id, alerts=Jsonb(rows))
    return _group(by_name[row["table_name"], row["name"]] for row in opened)


async def _close(connection: Connection, run_id: UUID, results: Iterable[CheckResult]) -> Changes:
    right = {(result.table_name, result.name): result for result in results if result.passed}
    names = [{"table_name": table, "name": name} for table, name in right]
    closed = await _fetch(connection, "resolve_alerts", run_id=run_id, alerts=Jsonb(names))
    return _group(right[row["table_name"], row["name"]] for row in closed)


async def _settle(
    connection: Connection, standing: Standing, news: Sequence[CheckResult], closed: Sequence[CheckResult]
) -> int:
    """Make the alert of one table and owner what it should be; return how many people it concerns."""
    if not standing.checks:
        # A check that left the contract neither fails nor passes: that is told to nobody.
        message, subject = (say_passed(closed), say_subject(closed)) if closed else ("", "")
        await resolve_alert(connection, standing.key, message, subject, tell=bool(closed))
    if not news and not closed:
        return 0
    alert = compose_alert(standing, news or closed, *await _find_ladder(connection, standing))
    if news:
        await raise_alert(connection, alert, worse=True)
    elif standing.checks:
        await raise_alert(connection, alert.model_copy(update={"message": _say_rest(standing)}))
    return len(await find_first_told(connection, alert))


async def _find_ladder(connection: Connection, standing: Standing) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    found = await _fetch(connection, "find_ladder", table=standing.table_name, owner=standing.owner)
    above = found[0]["path"] if found else [LAST_RESORT]
    path = tuple(dict.fromkeys((standing.owner, *above)))
    waits = tuple(found[0]["patience"]) if found else ()
    # A time for each step, also for the owner when the document does not begin with it.
    return path, (*waits[:1] * (len(path) - len(waits)), *waits) if waits else ()


def compose_alert(
    standing: Standing, results: Sequence[CheckResult], path: tuple[str, ...], patience: tuple[Any, ...]
) -> Alert:
    """The alert about checks of one table and owner. Pure."""
    return Alert(
        key=standing.key,
        metric=METRIC,
        value=standing.checks,
        severity=AlertSeverity.critical if standing.is_critical else AlertSeverity.high,
        message=_say_failed(results, standing.checks - len(results)),
        path=path,
        ladder=Ladder(kind=Kind.data_quality, subject=say_subject(results), patience=patience),
    )


def say_subject(results: Sequence[CheckResult]) -> str:
    """`appointments - Double booking`, or how many checks it is about."""
    what = results[0].title if len(results) == 1 else f"{len(results)} checks"
    return f"{results[0].table} - {what}"[:LONGEST_SUBJECT]


def say_passed(results: Sequence[CheckResult]) -> str:
    return "\n".join(f"{_name(result, results)}Passes again." for result in results)


def _say_failed(results: Sequence[CheckResult], before: int) -> str:
    lines = [_name(result, results) + _say(result) for result in results]
    lines += [f"Failing before: {before} more of this table."] if before > 0 else []
    return "\n".join(lines)


def _say_rest(standing: Standing) -> str:
    checks = "1 check fails" if standing.checks == 1 else f"{standing.checks} checks fail"
    return f"{checks} still; see `mentalspace quality show`."


def _say(result: CheckResult) -> str:
    if result.outcome is OutcomeKind.error:
        return f"Could not be checked ({result.error_code})."
    return f"{say_count(result)}. {result.remediation}"


def _name(result: CheckResult, results: Sequence[CheckResult]) -> str:
    return f"{result.title}: " if len(results) > 1 else ""


def _group(results: Iterable[CheckResult]) -> Changes:
    ordered = sorted(results, key=lambda result: (result.table_name, result.owner, result.name))
    grouped = groupby(ordered, lambda result: (result.table_name, result.owner))
    return {of_table: tuple(group) for of_table, group in grouped}


def _change(changes: Changes, notified: Mapping[tuple[str, str], int]) -> tuple[AlertChange, ...]:
    return tuple(
        AlertChange(
            table=results[0].table,
            owner=owner,
            names=tuple(result.name for result in results),
            notified=notified.get((table, owner), 0),
        )
        for (table, owner), results in changes.items()
    )


async def _fetch(connection: Connection, name: str, **values: object) -> list[dict[str, Any]]:
    return await (await connection.execute(queries[name], values)).fetchall()
