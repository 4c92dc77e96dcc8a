"""How fast events are consumed, how soon after the change, and what a worker costs while nothing happens.

    PYTHONPATH=src:. python -m benchmarks.workers [--json] [--events 20000] [--peers FOLDER] [--scale]

Starts an embedded stack of its own. Peers (the extra `benchmarks`) are measured if they can be imported;
FOLDER is where `pip install --target FOLDER 'pgqueuer[asyncpg]' procrastinate` put them. Their jobs are
independent of each other, ours are claimed row by row and consumed in order, and what they did is kept.
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
from typing import IO, Any

from benchmarks.workers.consumers import HANDLED
from benchmarks.workers.pickup import pick_up
from tests.pooler import find_pgbouncer, pooler

from mentalspace.database.connection import Connection, connect
from mentalspace.devstack.ports import free_ports
from mentalspace.devstack.stack import Stack
from mentalspace.devstack.supervisor import running
from mentalspace.logs import configure_logs
from mentalspace.settings import LogLevel

ROOT = Path(__file__).resolve().parents[2]
NOWHERE = "http://127.0.0.1:1"
CHANGES, WARM_UP, PAUSE_SECONDS, IDLE_SECONDS, PEER_JOBS = 200, 10, 0.02, 30, 2_000
PICKUP_SECONDS = 25
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
from public.handled join governance.consumed_events using (event_id) where module = 'bench' and event_id > %s
"""
# Each worker has one from its start to its end, whatever stands between it and the server.
CLAIMERS = "select count(*) as n from public.feed_canaries"
SESSIONS = """
select count(*) as n from pg_stat_activity
where datname = current_database() and application_name in ('mentalspace events', 'mentalspace canary')
"""
CALLS = """
select coalesce(sum(calls), 0)::bigint as calls from extensions.pg_stat_statements
where query ~ 'governance.events|feed_canaries|idle_in_transaction_session_timeout'
"""


@asynccontextmanager
async def workers(
    count: int, consumers: str, environment: Mapping[str, str], log: int | IO[bytes] = DEVNULL
) -> AsyncIterator[list[Process]]:
    """`mentalspace worker --only changes` as that many processes."""
    command = (sys.executable, "cli.py", "worker", "--only", "changes", "--consumers")
    paths = os.pathsep.join((str(ROOT / "src"), str(ROOT)))
    processes = [
        await asyncio.create_subprocess_exec(
            *command,
            f"benchmarks.workers.consumers:{consumers}",
            cwd=ROOT,
            env={**os.environ, **environment, "PYTHONPATH": paths, "MENTALSPACE_LOG_LEVEL": "info"},
            stderr=log,
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
        while await one(database, query) < least:
            await asyncio.sleep(0.05)


async def measure_drain(
    database: Connection, environment: Mapping[str, str], events: int, rows: int, count: int, consumers: str
) -> dict[str, Any]:
    """From the first to the last event consumed, by workers that find them by their sweep."""
    await database.execute("delete from governance.consumed_events")
    await database.execute("vacuum analyze governance.events")
    async with workers(count, consumers, {**environment, "MENTALSPACE_SUPABASE_URL": NOWHERE}):
        await until(database, CLAIMERS, count)
        sessions = await one(database, SESSIONS)
        await database.execute(RECORD, {"rows": rows, "events": events})
        await until(database, "select count(*) as n from governance.consumed_events", events)
    cursor = await database.execute(SPAN.encode())
    row = await cursor.fetchone() or {}
    rate = round(row["events"] / row["seconds"])
    about = {"workers": count, "rows": rows, "does": consumers.lower(), "sessions": sessions}
    return about | {"events per second": rate}


async def measure_scale(stack: Stack, database: Connection, events: int) -> list[dict[str, Any]]:
    """More and more workers as processes of their own, as on machines of their own; then behind a pooler."""
    environment = stack.client_environment()
    await database.execute(HANDLED.encode())
    found = [
        {"by": "directly"} | await measure_drain(database, environment, events, events // 10, count, "WRITE")
        for count in (1, 2, 4, 8)
    ]
    if find_pgbouncer() is None:
        return [*found, {"by": "pgbouncer", "not measured": "it is not installed"}]
    async with pooler(stack.database_url) as url:
        pooled = environment | {"MENTALSPACE_DATABASE_URL": url}
        for count in (4, 8):
            drained = await measure_drain(database, pooled, events, events // 10, count, "WRITE")
            found.append({"by": "pgbouncer"} | drained)
    return found


async def measure_latency(database: Connection, environment: Mapping[str, str]) -> dict[str, Any]:
    """Change to effect, by the database's clock: through WAL, Realtime, feed, claim.

    It begins when the worker has heard its own canary and handled some changes; a feed that ended on the way
    is told, since what it missed waited for a sweep.
    """
    await database.execute(HANDLED.encode())
    with tempfile.TemporaryFile() as log:
        async with workers(1, "WRITE", environment, log) as (process,):
            await until(database, "select max(heard) as n from public.feed_canaries", 1)
            await make_changes(database, WARM_UP)
            cursor = await database.execute("select coalesce(max(event_id), 0) as n from public.handled")
            warm = (await cursor.fetchone() or {})["n"]
            await make_changes(database, WARM_UP + CHANGES)
            cursor = await database.execute(LATENCIES, (warm,))
            late = [row["ms"] for row in await cursor.fetchall()]
            idle = await measure_idle(database, process)
        log.seek(0)
        sessions = log.read().count(b'"feed live"')
    parts = quantiles(late, n=20)
    return {
        "changes": CHANGES,
        "handled": len(late),
        "feed sessions": sessions,
        "p50 ms": round(parts[9], 1),
        "p95 ms": round(parts[18], 1),
        "max ms": round(max(late), 1),
        **idle,
    }


async def make_changes(database: Connection, total: int) -> None:
    """Change until there were so many in all, and wait until they are handled."""
    made = await one(database, "select count(*) as n from public.handled")
    for _ in range(total - made):
        await database.execute(CHANGE.encode())
        await asyncio.sleep(PAUSE_SECONDS)
    await until(database, "select count(*) as n from public.handled", total)


async def measure_pickup(url: str) -> dict[str, Any]:
    """From a job's slot to the start of its run, by the database's clock."""
    lags = await pick_up(url, PICKUP_SECONDS)
    parts = quantiles(lags, n=20)
    return {"slots": len(lags), "pickup p50 ms": round(parts[9], 1), "pickup p95 ms": round(parts[18], 1)}


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


async def measure(events: int, folder: str, *, scale: bool) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="mentalspace-benchmark-") as scratch:
        os.chmod(scratch, 0o755)  # noqa: PTH101, S103  (Postgres may run as another account)
        stack = Stack(ROOT, free_ports(), named_folder=Path(scratch))
        async with running(stack), connect(stack.database_url) as database:
            if scale:
                return await measure_scale(stack, database, events)
            environment = stack.client_environment()
            return [
                await measure_latency(database, environment),
                await measure_pickup(stack.database_url),
                await measure_drain(database, environment, events, events, 1, "NOTHING"),
                await measure_drain(database, environment, events, events // 10, 1, "NOTHING"),
                await measure_drain(database, environment, events, events // 10, 1, "WRITE"),
                await measure_drain(database, environment, events, events // 10, 4, "WRITE"),
                await measure_peer("pgqueuer", stack.database_url, 5 * PEER_JOBS, folder),
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
    parser.add_argument("--scale", action="store_true", help="only: how many workers, and behind a pooler")
    arguments = parser.parse_args()
    configure_logs(LogLevel.error)
    results = asyncio.run(measure(arguments.events, arguments.peers, scale=arguments.scale))
    for result in results:
        text = json.dumps(result) if arguments.json else "  ".join(f"{k}: {v}" for k, v in result.items())
        sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
