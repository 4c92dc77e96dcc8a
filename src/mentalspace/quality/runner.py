"""Run registered checks over a direct connection, and record what they came to.

Postgres does the work (`governance.evaluate_quality_checks`), table by table: each in one read-only
transaction with one snapshot, under a statement timeout. A table that takes too long is tried again check
by check, so that only the slow ones are errors.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from mentalspace.contracts.rule import Severity
from mentalspace.database.connection import Connection, fetch_row
from mentalspace.database.queries import load_queries
from mentalspace.errors import InputError
from mentalspace.quality.alerts import settle_alerts
from mentalspace.quality.result import CheckResult, OutcomeKind, QualityRun, TableScore
from mentalspace.quality.score import score_overall, score_tables

queries = load_queries(__package__ or "")


@dataclass(frozen=True)
class Reading:
    """Whether to trust proofs, how many keys of wrong rows to fetch, how long one statement may take."""

    trust: bool = True
    key_limit: int = 20
    timeout_seconds: float = 300

    @property
    def timeout(self) -> str:
        """As Postgres reads it."""
        return f"{round(self.timeout_seconds * 1000)}ms"


@dataclass(frozen=True)
class Evaluation:
    """Results that are not recorded yet."""

    started_at: datetime
    duration_ms: int
    results: tuple[CheckResult, ...]


async def find_tables(connection: Connection, table: str | None = None) -> list[str]:
    """The tables that have checks, or the one asked for. Read-only. Raises `InputError` for another."""
    rows = await (await connection.execute(queries["list_tables"])).fetchall()
    tables = [row["table_name"] for row in rows]
    if table is None:
        return tables
    wanted = table if "." in table else f"public.{table}"
    if wanted not in tables:
        known = (
            ", ".join(name.removeprefix("public.") for name in tables)
            or "none; run `mentalspace database migrate`"
        )
        raise InputError(f"{table} has no checks; tables with checks: {known}")
    return [wanted]


async def evaluate(
    connection: Connection,
    tables: Sequence[str],
    reading: Reading | None = None,
    on_table: Callable[[str], None] = lambda _: None,
) -> Evaluation:
    """Run the checks of these tables over all rows. Writes nothing, and knows nothing of other passes."""
    started, clock = datetime.now(UTC), monotonic()
    results: list[CheckResult] = []
    for table in tables:
        results += await _evaluate_table(connection, table, reading or Reading())
        on_table(table)
    return Evaluation(started, round((monotonic() - clock) * 1000), tuple(results))


async def record(
    connection: Connection,
    evaluation: Evaluation,
    triggered_by: str = "manual",
    news: Sequence[CheckResult] | None = None,
) -> QualityRun:
    """Write results, history and alerts in the caller's transaction; return the run.

    With `news`, only these results become history; the others are as history has them.
    """
    scores = score_tables(evaluation.results)
    run_id = await _insert_run(connection, evaluation, scores, triggered_by)
    history = evaluation.results if news is None else news
    await connection.execute(queries["insert_history"], _history(run_id, evaluation.started_at, history))
    await connection.execute(queries["forget_alerts"], {"run_id": run_id})
    opened, recovered = await settle_alerts(connection, run_id, evaluation.results)
    return QualityRun(
        id=run_id,
        check_date=evaluation.started_at,
        duration_ms=evaluation.duration_ms,
        score=score_overall(evaluation.results),
        scores=scores,
        results=evaluation.results,
        opened=opened,
        recovered=recovered,
        vacant=await _find_vacant(connection),
    )


async def record_news(connection: Connection, evaluation: Evaluation, triggered_by: str) -> QualityRun | None:
    """Like `record`, if a result is other than history has it; else nothing is written, and None returned.

    A pass every few minutes would fill the history with what everybody knows.
    """
    rows = await (await connection.execute(queries["list_latest"])).fetchall()
    latest = {(row["table_name"], row["name"]): row for row in rows}
    news = [result for result in evaluation.results if _is_news(result, latest.get(_key(result)))]
    return await record(connection, evaluation, triggered_by, news) if news else None


def _key(result: CheckResult) -> tuple[str, str]:
    return result.table_name, result.name


def _is_news(result: CheckResult, known: dict[str, Any] | None) -> bool:
    said = (result.outcome, result.failures, result.error_code, result.digest)
    return known is None or said != tuple(
        known[name] for name in ("outcome", "failures", "error_code", "digest")
    )


async def _evaluate_table(connection: Connection, table: str, reading: Reading) -> list[CheckResult]:
    try:
        return await _read(connection, table, None, reading)
    except psycopg.errors.QueryCanceled:
        names = [row["name"] for row in await _list_checks(connection, table)]
        return [result for name in names for result in await _evaluate_one(connection, table, name, reading)]


async def _evaluate_one(connection: Connection, table: str, name: str, reading: Reading) -> list[CheckResult]:
    clock = monotonic()
    try:
        return await _read(connection, table, [name], reading)
    except psycopg.errors.QueryCanceled as error:
        row = await (await connection.execute(queries["describe"], {"table": table, "name": name})).fetchone()
        elapsed = round((monotonic() - clock) * 1000, 3)
        failed = {"outcome": OutcomeKind.error, "error_code": error.sqlstate, "duration_ms": elapsed}
        return [CheckResult.model_validate({**(row or {}), **failed})]


async def _read(
    connection: Connection, table: str, names: list[str] | None, reading: Reading
) -> list[CheckResult]:
    values = {"table": table, "names": names, "trust": reading.trust, "key_limit": reading.key_limit}
    async with connection.transaction():
        await connection.execute(queries["begin_reading"])
        await connection.execute(queries["limit_time"], {"timeout": reading.timeout})
        rows = await (await connection.execute(queries["evaluate"], values)).fetchall()
    return sorted((CheckResult.model_validate(row) for row in rows), key=lambda result: result.name)


async def _list_checks(connection: Connection, table: str | None) -> list[dict[str, Any]]:
    return await (await connection.execute(queries["list_checks"], {"table": table})).fetchall()


async def _insert_run(
    connection: Connection, evaluation: Evaluation, scores: Sequence[TableScore], triggered_by: str
) -> UUID:
    values = {
        "check_date": evaluation.started_at,
        "results": Jsonb([_plan_result(result) for result in evaluation.results]),
        "scores": Jsonb({score.table: score.model_dump(exclude={"table"}) for score in scores}),
        "score": score_overall(evaluation.results),
        "triggered_by": triggered_by,
        "duration_ms": evaluation.duration_ms,
    }
    return UUID(str((await fetch_row(connection, queries["insert_run"], values))["id"]))


def _history(run_id: UUID, checked_at: datetime, results: Sequence[CheckResult]) -> dict[str, Any]:
    rows = [result.model_dump(mode="json") for result in results]
    return {"run_id": run_id, "checked_at": checked_at, "results": Jsonb(rows)}


def _plan_result(result: CheckResult) -> dict[str, Any]:
    """As the governance plan stores it, with what it leaves out. An error is no pass and has no count."""
    return {
        "table": result.table,
        "checkName": result.title,
        "check": result.name,
        "outcome": result.outcome,
        "passed": result.passed,
        "actualValue": result.failures,
        "threshold": result.threshold,
        "severity": Severity(result.severity),
        "owner": result.owner,
        "method": result.method,
    }


async def _find_vacant(connection: Connection) -> tuple[str, ...]:
    rows = await (await connection.execute(queries["find_vacant_positions"])).fetchall()
    return tuple(row["owner"] for row in rows)
