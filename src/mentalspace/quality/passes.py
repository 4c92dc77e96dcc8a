"""Answer the checks, by judging only rows whose answer may have changed where that is sound.

A pass is one transaction in repeatable read that locks what is known of the checks before its first query.
In one snapshot it takes the changes that were captured, judges the rows they concern, and keeps which are
wrong; a change that is not committed yet is neither taken nor read, and is left to the next pass. Checks of
which nothing is known are read whole in the same snapshot.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from time import monotonic

import psycopg

from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.quality.result import CheckResult, Way
from mentalspace.quality.runner import Evaluation, Reading, evaluate

queries = load_queries(__package__ or "")
Key = tuple[str, str]


async def check_changes(
    connection: Connection,
    tables: Sequence[str],
    reading: Reading | None = None,
    on_table: Callable[[str], None] = lambda _: None,
    *,
    whole: bool = False,
) -> Evaluation:
    """Answer the checks of these tables as they are now; judges changed rows alone where it can.

    Takes all captured changes, whichever tables they are of, and keeps what follows from them. Records no
    run. `whole` reads all rows for what the catalog does not prove, and compares: each result says on how
    many rows the two ways disagree, and any is a defect, or a change that went past the triggers.
    """
    started, clock = datetime.now(UTC), monotonic()
    reading = reading or Reading()
    ways = {Way.proved} if whole else set(Way)
    found, late = await _answer_in_one_snapshot(connection, tables, reading, ways, on_table)
    # What took too long there is read table by table; what one snapshot answered stays as it is.
    found = _by_key((await evaluate(connection, late, reading)).results) | found
    milliseconds = round((monotonic() - clock) * 1000)
    return Evaluation(started, milliseconds, tuple(found[key] for key in sorted(found)))


async def _answer_in_one_snapshot(
    connection: Connection,
    tables: Sequence[str],
    reading: Reading,
    ways: set[Way],
    on_table: Callable[[str], None],
) -> tuple[dict[Key, CheckResult], list[str]]:
    """The answers, and the tables that took too long to read whole."""
    late: list[str] = []
    async with _pass(connection, reading):
        found = await _settle(connection, tables, reading, ways)
        for table, names in (await _list_checks(connection, tables)).items():
            unknown = [name for name in names if (table, name) not in found]
            read = await _read_whole(connection, table, unknown, reading)
            if read is None:
                late.append(table)
            found |= _by_key(read or ())
            on_table(table)
    return found, late


async def _settle(
    connection: Connection, tables: Sequence[str], reading: Reading, ways: set[Way]
) -> dict[Key, CheckResult]:
    """The checks of which something is known, after taking what changed."""
    try:
        async with connection.transaction():
            await connection.execute(queries["settle"])
    except psycopg.errors.QueryCanceled:
        # Reading all rows is sooner done than judging that many changes, and covers them.
        await connection.execute(queries["forget_everything"])
        await connection.execute(queries["empty_queue"])
    values = {"tables": list(tables), "key_limit": reading.key_limit}
    rows = await (await connection.execute(queries["answer"], values)).fetchall()
    known = _by_key(CheckResult.model_validate(row) for row in rows)
    return {key: result for key, result in known.items() if result.way in ways}


async def _read_whole(
    connection: Connection, table: str, names: list[str], reading: Reading
) -> list[CheckResult] | None:
    """Checks of a table over all rows; None if that takes too long, and nothing is kept."""
    values = {"table": table, "names": names, "key_limit": reading.key_limit}
    if not names:
        return []
    try:
        async with connection.transaction():
            rows = await (await connection.execute(queries["read_whole"], values)).fetchall()
    except psycopg.errors.QueryCanceled:
        return None
    return [CheckResult.model_validate(row) for row in rows]


@asynccontextmanager
async def _pass(connection: Connection, reading: Reading) -> AsyncIterator[None]:
    async with connection.transaction():
        await connection.execute(queries["begin_pass"])
        await connection.execute(queries["lock_states"])
        await connection.execute(queries["limit_time"], {"timeout": reading.timeout})
        yield


async def _list_checks(connection: Connection, tables: Sequence[str]) -> Mapping[str, list[str]]:
    rows = await connection.execute(queries["list_all_checks"], {"tables": list(tables)})
    return {row["table_name"]: row["names"] for row in await rows.fetchall()}


def _by_key(results: Iterable[CheckResult]) -> dict[Key, CheckResult]:
    return {(result.table_name, result.name): result for result in results}
