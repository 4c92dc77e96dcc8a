"""How fast events are consumed, how soon after the change, and what a worker costs while nothing happens.

    PYTHONPATH=src:. python -m benchmarks.workers [--json] [--events 20000] [--peers FOLDER]

Starts an embedded stack of its own. Peers are measured if they can be imported; FOLDER is where
`pip install --target FOLDER pgqueuer procrastinate` put them. Their jobs are independent of each other,
ours are claimed row by row and consumed in order, and what they did is kept.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import quantiles
from typing import Any

from benchmarks.workers.consumers import HANDLED

from mentalspace.database.connection import Connection, connect
from mentalspace.devstack.ports import free_ports
from mentalspace.devstack.stack import Stack
from mentalspace.devstack.supervisor import running

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "http://127.0.0.1:1"
CHANGES, PAUSE_SECONDS, IDLE_SECONDS, PEER_JOBS = 200, 0.02, 30, 2_000
RECORD = """
select governance.record_event('bench', 'bench', 'things', (number %% %(rows)s)::text)
from generate_series(1, %(events)s) number
"""
# The hint comes from a published table, the event from the same transaction.
CHANGE = """
with changed as (
  insert into public.system_alerts (metric, value, threshold, severity, message)
  values ('bench', 1, 1, 'low', 'bench') returning id
)
select governance.record_event('bench', 'bench', 'system_alerts', id::text) from changed
"""
# The first transaction is left out: nobody knows when it began.
SPAN = """
with first as (
  select xmin as transaction, consumed_at from governance.consumed_events order by consumed_at limit 1
),
rest as (
  select event.consumed_at, event.xmin = first.transaction as was_first
  from governance.consumed_events as event, first
)
select
  count(*) filter (where not was_first) as events,
  extract(epoch from max(consumed_at) - max(consumed_at) filter (where was_first))::float8 as seconds
from rest
"""
LATENCIES = """
select extract(epoch from handled_at - occurred_at)::float8 * 1000 as ms
from public.handled join governance.consumed_events using (event_id) where module = 'bench'
"""
CLAIMERS = """
select count(*) as n from pg_stat_activity where application_name = 'mentalspace events' and state = 'idle'
"""
CALLS = """
select coalesce(sum(calls), 0)::bigint as calls from extensions.pg_stat_statements
where query ~ 'governance.events|feed_canaries|idle_in_transaction_session_timeout'
"""


@asynccontextmanager
async def workers(count: int, consumers: str, environment: Mapping[str, str]) -> AsyncIterator[list[Process]]:
    """`mentalspace worker --only changes` as that many processes."""
    command = (sys.executable, "cli.py", "worker", "--only", "changes", "--consumers")
    paths = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    processes = [
        await asyncio.create_subprocess_exec(
            *command,
            f"benchmarks.workers.consumers:{consumers}",
            cwd=ROOT,
            env={**os.environ, **environment, "PYTHONPATH": paths, "MENTALSPACE_LOG_LEVEL": "error"},
            stderr=DEVNULL,
        )
        for _ in range(count)
    ]
    try:
        yield processes
    finally:
        for process in processes:
            process.terminate()
        await asyncio.gather(*(process.wait() for process in processes))


async def until(database: Connection, query: str, least: int) -> None:
    """Wait until a count is reached; a loaded machine takes its time to start a process."""
    async with asyncio.timeout(120):
        while await one(database, query) < least:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def measure_drain(
    database: Connection, environment: Mapping[str, str], events: int, rows: int, count: int, consumers: str
) -> dict[str, Any]:
    """From the first to the last event consumed, by workers that find them by their sweep."""
    await database.execute("delete from governance.consumed_events")
    await database.execute("vacuum analyze governance.events")
    async with workers(count, consumers, {**environment, "MENTALSPACE_SUPABASE_URL": NOWHERE}):
        await until(database, CLAIMERS, count)
        await database.execute(RECORD, {"rows": rows, "events": events})
        await until(database, "select count(*) as n from governance.consumed_events", events)
    cursor = await database.execute(SPAN.encode())
    row = await cursor.fetchone() or {}
    rate = round(row["events"] / row["seconds"])
    return {"workers": count, "rows": rows, "does": consumers.lower(), "events per second": rate}


async def measure_latency(database: Connection, environment: Mapping[str, str]) -> dict[str, Any]:
    """Change to effect, by the database's clock: through WAL, Realtime, feed, claim."""
    await database.execute(HANDLED.encode())
    async with workers(1, "WRITE", environment) as (process,):
        await until(database, "select max(heard) as n from public.feed_canaries", 1)
        for _ in range(CHANGES):
            await database.execute(CHANGE.encode())
            await asyncio.sleep(PAUSE_SECONDS)
        await until(database, "select count(*) as n from public.handled", CHANGES)
        cursor = await database.execute(LATENCIES.encode())
        late = [row["ms"] for row in await cursor.fetchall()]
        idle = await measure_idle(database, process)
    parts = quantiles(late, n=20)
    return {
        "changes": CHANGES,
        "handled": len(late),
        "p50 ms": round(parts[9], 1),
        "p95 ms": round(parts[18], 1),
        "max ms": round(max(late), 1),
        **idle,
    }


async def measure_idle(database: Connection, process: Process) -> dict[str, Any]:
    await database.execute("create extension if not exists pg_stat_statements with schema extensions")
    calls, ticks = await one(database, CALLS), cpu_ticks(process.pid)
    await asyncio.sleep(IDLE_SECONDS)
    calls, ticks = await one(database, CALLS) - calls, cpu_ticks(process.pid) - ticks
    per_second = os.sysconf("SC_CLK_TCK") * IDLE_SECONDS
    return {
        "idle statements per minute": calls * 60 // IDLE_SECONDS,
        "idle CPU %": round(ticks / per_second * 100, 2),
    }


async def measure_peer(name: str, url: str, jobs: int, folder: str) -> dict[str, Any]:
    """One worker of a peer; says why not if it cannot be measured."""
    paths = os.pathsep.join(filter(None, (folder, str(ROOT / "src"))))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "benchmarks" / "workers" / "peers.py"), name, url, str(jobs)),
        env={**os.environ, "PYTHONPATH": paths},
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await process.communicate()
    if process.returncode:
        return {"peer": name, "not measured": err.decode().strip().splitlines()[-1][:120]}
    return {"peer": name, "jobs": jobs, "jobs per second": round(jobs / json.loads(out)["seconds"])}


async def measure(events: int, folder: str) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="mentalspace-benchmark-") as scratch:
        os.chmod(scratch, 0o755)  # noqa: PTH101, S103  (Postgres may run as another account)
        stack = Stack(ROOT, free_ports(), named_folder=Path(scratch))
        async with running(stack), connect(stack.database_url) as database:
            environment = stack.client_environment()
            return [
                await measure_latency(database, environment),
                await measure_drain(database, environment, events, events, 1, "NOTHING"),
                await measure_drain(database, environment, events, events // 10, 1, "NOTHING"),
                await measure_drain(database, environment, events, events // 10, 1, "WRITE"),
                await measure_drain(database, environment, events, events // 10, 4, "WRITE"),
                await measure_peer("pgqueuer", stack.database_url, PEER_JOBS, folder),
                await measure_peer("procrastinate", stack.database_url, PEER_JOBS, folder),
            ]


async def one(database: Connection, query: str) -> int:
    row = await (await database.execute(query.encode())).fetchone()
    return int(next(iter((row or {}).values())) or 0)


def cpu_ticks(pid: int) -> int:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--peers", default="", help="folder that pgqueuer and procrastinate are installed in")
    arguments = parser.parse_args()
    results = asyncio.run(measure(arguments.events, arguments.peers))
    for result in results:
        text = json.dumps(result) if arguments.json else "  ".join(f"{k}: {v}" for k, v in result.items())
        sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
