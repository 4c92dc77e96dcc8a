"""Trim the ledger's books: what was closed for longer than its period goes, a batch at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, LiteralString

from mentalspace.database.connection import Connection
from mentalspace.errors import RefusedError
from mentalspace.jobs.job import Cron, Job, JobContext, Outcome
from mentalspace.jobs.ledger import queries

BATCH = 1000
# Of every job and kind of end, whatever their age: slots, trends and last successes are read from them.
NEWEST_RUNS = 20


class PeriodMissingError(RefusedError):
    """A book has no period in governance.ledger_periods; nothing of it is removed until it has."""


async def fetch_period(connection: Connection, ledger: str) -> str:
    """How long a book is kept, as an interval. Raises `PeriodMissingError`."""
    row = await (await connection.execute(queries["fetch_period"], {"ledger": ledger})).fetchone()
    if row is None:
        raise PeriodMissingError
    kept: str = row["kept"]
    return kept


async def trim(
    context: JobContext, statement: LiteralString, values: Mapping[str, Any], batch: int = BATCH
) -> int:
    """Repeat a statement that removes up to `limit` rows until none is due; return how many went.

    Each batch is a transaction under the run's lease: killed anywhere, the next run goes on.
    """
    removed = 0
    while True:
        async with context.transaction() as connection:
            cursor = await connection.execute(statement, {**values, "limit": batch})
        removed += cursor.rowcount
        if cursor.rowcount < batch:
            return removed


async def trim_ledger(context: JobContext) -> Outcome:
    """Remove runs, pauses and reviewed emergency accesses whose period is over."""
    connection = context.connection
    rows = await (await connection.execute(queries["list_newest"], {"newest": NEWEST_RUNS})).fetchall()
    newest = [row["run_id"] for row in rows]
    removed = {}
    for ledger, succeeded in (("succeeded_runs", True), ("other_runs", False)):
        values = {"kept": await fetch_period(connection, ledger), "succeeded": succeeded, "newest": newest}
        removed[ledger] = await trim(context, queries["trim_runs"], values)
    for ledger in ("pauses", "emergency_accesses"):
        kept = {"kept": await fetch_period(connection, ledger)}
        removed[ledger] = await trim(context, queries[f"trim_{ledger}"], kept)
    return Outcome(f"{sum(removed.values())} rows removed", data=removed)


JOBS = (
    Job(
        "trim_ledger",
        "Removes runs, pauses and emergency accesses whose period is over",
        Cron("40 3 * * *"),
        trim_ledger,
    ),
)
