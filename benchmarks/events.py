"""What recording costs a change: the same changes, by turns, in two databases, one of them without recorders.

    PYTHONPATH=src python -m benchmarks.events [--json]

Starts a server of its own with the seed. A change is a transaction in PostgREST's shape: the front desk's
claims, one statement, commit; the statement is timed by itself too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from mentalspace.database.connection import Connection, connect
from mentalspace.devstack import workspace
from mentalspace.devstack.bootstrap import bootstrap
from mentalspace.devstack.scratch import scratch_cluster
from mentalspace.devstack.stack import SUPERUSER

ROOT = Path(__file__).resolve().parents[1]
WARM_UP = 20
WITH, WITHOUT = "postgres", "without_recorders"
CLAIMS = """
select
  set_config('request.jwt.claims', json_build_object('sub', id, 'role', 'authenticated')::text, true),
  set_config('role', 'authenticated', true)
from public.profiles where email = 'front.desk@mentalspace.example'
"""
CANCEL = """
update public.appointments set status = 'Cancelled', cancellation_reason = 'asked to' where id = %(id)s
"""
REOPEN = """
update public.appointments
set status = 'Scheduled', cancellation_reason = null, cancelled_at = null, cancelled_by = null
where id = %(id)s
"""
WAIT_LIST = """
insert into public.appointment_waitlist (client_id, provider_id) values (%(client_id)s, %(provider_id)s)
"""
EDIT_MANY = "update public.appointments set notes = 'x' || notes where id = any (%(ids)s)"
# Statements by turns (the second undoes the first), and how often.
CHANGES: dict[str, tuple[tuple[str, ...], int]] = {
    "cancel an appointment": ((CANCEL, REOPEN), 300),
    "wait-list a client": ((WAIT_LIST,), 300),
    "edit 1,000 appointments": ((EDIT_MANY,), 20),
}
APPOINTMENTS = """
select id, client_id, provider_id from public.appointments
where status = 'Scheduled' and start_time > now() order by id limit 1000
"""
DROP = """
select format('drop trigger _raci_record on %s', tgrelid::regclass) as statement
from pg_trigger where tgname = '_raci_record'
"""


@asynccontextmanager
async def databases() -> AsyncIterator[list[str]]:
    """URLs of a seeded database and of a copy without recorders."""
    async with scratch_cluster(ROOT, "mentalspace-benchmark") as cluster:
        await bootstrap(cluster.url(SUPERUSER))
        async with connect(cluster.url(database=WITH)) as connection:
            await workspace.migrate(connection, ROOT)
            await workspace.seed(connection, ROOT)
        async with connect(cluster.url(SUPERUSER, "template1")) as connection:
            await connection.execute(f"create database {WITHOUT} template {WITH} owner postgres".encode())
        async with connect(cluster.url(database=WITHOUT)) as connection:
            for row in await (await connection.execute(DROP)).fetchall():
                await connection.execute(row["statement"].encode())
        yield [cluster.url(database=name) for name in (WITH, WITHOUT)]


async def change(connection: Connection, statement: str, values: dict[str, Any]) -> tuple[float, float]:
    """Milliseconds of the transaction, and of the statement in it."""
    begun = perf_counter()
    async with connection.transaction():
        await connection.execute(CLAIMS)
        before = perf_counter()
        await connection.execute(statement.encode(), values)
        after = perf_counter()
    return (perf_counter() - begun) * 1000, (after - before) * 1000


async def measure(
    name: str, statements: Sequence[str], rounds: int, both: Sequence[Connection]
) -> dict[str, Any]:
    """Medians of both databases, taken by turns, and their ratio."""
    taken: list[list[tuple[float, float]]] = [[], []]
    rows = await (await both[0].execute(APPOINTMENTS)).fetchall()
    values = {**rows[0], "ids": [row["id"] for row in rows]}
    for number in range(rounds + WARM_UP):
        for connection, times in zip(both, taken, strict=True):
            times.append(await change(connection, statements[number % len(statements)], values))
    found: dict[str, Any] = {"change": name}
    for index, part in enumerate(("transaction", "statement")):
        recorded, bare = (median(each[index] for each in times[WARM_UP:]) for times in taken)
        found |= {
            f"{part} ms": round(recorded, 2),
            f"{part} ms without": round(bare, 2),
            f"{part} ratio": round(recorded / bare, 2),
        }
    return found


async def measure_all() -> list[dict[str, Any]]:
    async with databases() as urls, connect(urls[0]) as recorded, connect(urls[1]) as bare:
        return [
            await measure(name, statements, rounds, (recorded, bare))
            for name, (statements, rounds) in CHANGES.items()
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = asyncio.run(measure_all())
    for each in found:
        text = json.dumps(each) if options.json else "  ".join(f"{k}: {v}" for k, v in each.items())
        sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
