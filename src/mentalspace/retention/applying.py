"""Remove what is due, in batches of their own short transactions. Can be killed and run again at any time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from mentalspace.database.connection import Connection, fetch_row
from mentalspace.database.queries import load_queries
from mentalspace.retention.run import Origin, Removal, Run

queries = load_queries(__package__ or "")
BATCH_SIZE = 500
# Rows looked up by one scan of a table; the batches that follow need no scan.
ROUND_SIZE = 10_000

Transaction = Callable[[], AbstractAsyncContextManager[Any]]
Progress = Callable[[str, int], None]


async def apply_retention(
    connection: Connection,
    origin: Origin,
    *,
    transaction: Transaction | None = None,
    batch_size: int = BATCH_SIZE,
    on_batch: Progress = lambda _data_type, _removed: None,
) -> Run:
    """Remove every row that is due, children before parents; return what was removed.

    Each batch is one transaction (`transaction` opens it; a job gives its fenced one) that judges its rows
    again, leaves out those that changed or that somebody holds, and counts what it removed.
    """
    begin = transaction or connection.transaction
    async with begin():
        run_id = (await fetch_row(connection, queries["begin_run"], {"origin": origin}))["id"]
    rules = await (await connection.execute(queries["list_rules"])).fetchall()
    for rule in rules:
        await _apply_rule(connection, begin, run_id, rule["data_type"], batch_size, on_batch)
    async with begin():
        await connection.execute(queries["finish_run"], {"run_id": run_id})
    cursor = await connection.execute(queries["list_removals"], {"run_id": run_id})
    return Run(id=run_id, removals=tuple(Removal(**row) for row in await cursor.fetchall()))


async def _apply_rule(
    connection: Connection,
    begin: Transaction,
    run_id: int,
    data_type: str,
    batch_size: int,
    on_batch: Progress,
) -> None:
    """Rounds until nothing is due, or what is due is held by others: that is the next run's."""
    removed = 1
    while removed:
        removed = 0
        cursor = await connection.execute(
            queries["find_due_rows"], {"data_type": data_type, "most": ROUND_SIZE}
        )
        rows = await cursor.fetchall()
        for start in range(0, len(rows), batch_size):
            batch = _describe_batch(run_id, data_type, rows[start : start + batch_size])
            async with begin():
                number = (await fetch_row(connection, queries["remove_due_rows"], batch))["removed"]
            on_batch(data_type, number)
            removed += number


def _describe_batch(run_id: int, data_type: str, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "data_type": data_type,
        "relations": [row["relation"] for row in rows],
        "places": [row["place"] for row in rows],
    }
