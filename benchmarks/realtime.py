"""How long a change takes from one client's commit to another client's socket, and how many come through.

    PYTHONPATH=src python benchmarks/realtime.py [--json]

Starts a PostgreSQL and a Realtime server of its own; `--realtime-url` and `--database-url` measure another
one, whose keys are those below and whose database the script may write to.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import UUID, uuid4

import httpx
import jwt
import psycopg
from websockets.asyncio.client import ClientConnection, connect

from mentalspace.devstack.postgres import SUPERUSER
from mentalspace.devstack.processes import free_port
from mentalspace.devstack.scratch import scratch_cluster

KEYS = {
    "PUBLISHABLE_KEY": "sb_publishable_benchmark",
    "SECRET_KEY": "sb_secret_benchmark",
    "JWT_SECRET": "a secret of the benchmark, longer than 32 letters",
}
ROLES = """
do $$ begin
  create role anon; create role authenticated; create role service_role bypassrls;
exception when duplicate_object then null; end $$;
do $$ begin create publication supabase_realtime; exception when duplicate_object then null; end $$;
"""
TABLE = """
drop table if exists public.marks;
create table public.marks (
  id bigint generated always as identity primary key, owner uuid, turn int, body text
);
alter table public.marks enable row level security;
grant select on public.marks to authenticated;
create policy marks_select on public.marks for select to authenticated
  using (owner = (select nullif(current_setting('request.jwt.claims', true)::jsonb ->> 'sub', '')::uuid));
alter publication supabase_realtime add table public.marks;
"""
ROOT = Path(__file__).resolve().parents[1]
INSERTS, BURST = 200, 5000
PAUSE_SECONDS = 0.02
START_SECONDS = 60


@asynccontextmanager
async def own_server() -> AsyncIterator[tuple[str, str]]:
    """A database and a Realtime server; their addresses."""
    async with scratch_cluster(ROOT, "mentalspace-benchmark") as cluster:
        port, database_url = free_port(), cluster.url(SUPERUSER)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "granian", "--interface", "asgi", "--workers", "1", "--port", str(port)),
            *("--log-level", "warning", "mentalspace.devstack.realtime:app"),
            env={**os.environ, **KEYS, "DATABASE_URL": database_url},
        )
        url = f"http://127.0.0.1:{port}"
        try:
            await prepare(database_url)
            await healthy(url)
            yield url, database_url
        finally:
            process.kill()
            await process.wait()


async def prepare(database_url: str) -> None:
    """Roles, publication and an empty table."""
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as database:
        await database.execute(ROLES.encode())
        await database.execute(TABLE.encode())


async def healthy(url: str) -> None:
    """Wait until the server follows the publication."""
    async with httpx.AsyncClient() as http, asyncio.timeout(START_SECONDS):
        while True:
            with suppress(httpx.HTTPError):
                if (await http.get(f"{url}/health")).is_success:
                    return
            await asyncio.sleep(0.1)


class Subscriber:
    """Joined to the table as one person; remembers when each turn arrived."""

    def __init__(self, socket: ClientConnection, person: UUID) -> None:
        self.person = person
        self.arrivals: dict[int, float] = {}
        self.foreign = 0
        self._socket = socket
        self._filled = asyncio.Event()
        self._wanted = 0

    async def join(self) -> None:
        claims = {"sub": str(self.person), "role": "authenticated", "exp": int(time.time()) + 3600}
        token = jwt.encode(claims, KEYS["JWT_SECRET"], algorithm="HS256")
        binding = {"event": "INSERT", "schema": "public", "table": "marks"}
        payload = {"config": {"postgres_changes": [binding]}, "access_token": token}
        await self._socket.send(json.dumps(["1", "1", "realtime:marks", "phx_join", payload]))
        while json.loads(await self._socket.recv())[3] != "system":
            pass

    async def listen(self) -> None:
        async for frame in self._socket:
            record = json.loads(frame)[4]["data"]["record"]
            self.foreign += record["owner"] != str(self.person)
            self.arrivals[record["turn"]] = time.perf_counter()
            if len(self.arrivals) >= self._wanted:
                self._filled.set()

    async def filled(self, count: int, seconds: float) -> bool:
        self._wanted = count
        try:
            await asyncio.wait_for(self._filled.wait(), seconds)
        except TimeoutError:
            return False
        return True


@asynccontextmanager
async def subscribed(url: str, count: int) -> AsyncIterator[list[Subscriber]]:
    """That many people, each on a socket of their own."""
    address = (
        f"{url.replace('http', 'ws', 1)}/realtime/v1/websocket?vsn=2.0.0&apikey={KEYS['PUBLISHABLE_KEY']}"
    )
    async with AsyncExitStack() as opened:
        people = [
            Subscriber(await opened.enter_async_context(connect(address)), uuid4()) for _ in range(count)
        ]
        for person in people:
            await person.join()
        listening = [asyncio.create_task(person.listen()) for person in people]
        yield people
        for task in listening:
            task.cancel()


async def measure_latency(url: str, database: psycopg.AsyncConnection[Any], count: int) -> dict[str, Any]:
    """Insert rows one by one, each of one of `count` subscribers: commit to arrival at its owner."""
    async with subscribed(url, count) as people:
        began: list[float] = []
        for turn in range(INSERTS):
            owner = people[turn % count].person
            began.append(time.perf_counter())
            await database.execute(
                "insert into public.marks (owner, turn, body) values (%s, %s, 'b')", (owner, turn)
            )
            await asyncio.sleep(PAUSE_SECONDS)
        await asyncio.sleep(1)
        arrivals = {turn: at for person in people for turn, at in person.arrivals.items()}
        late = [(arrivals[turn] - began[turn]) * 1000 for turn in arrivals]
        return {
            "subscribers": count,
            "inserts": INSERTS,
            "delivered": len(arrivals),
            "to somebody else": sum(person.foreign for person in people),
            **percentiles(late),
        }


async def measure_burst(url: str, database: psycopg.AsyncConnection[Any], count: int) -> dict[str, Any]:
    """One transaction of many rows of one person, `count` subscribers in all."""
    async with subscribed(url, count) as people:
        owner = people[0]
        began = time.perf_counter()
        query = (
            "insert into public.marks (owner, turn, body) select %s, n, 'b' from generate_series(1, %s) as n"
        )
        await database.execute(query, (owner.person, BURST))
        complete = await owner.filled(BURST, 60)
        seconds = time.perf_counter() - began
        return {
            "subscribers": count,
            "rows in one transaction": BURST,
            "complete": complete,
            "events per second": round(len(owner.arrivals) / seconds),
        }


def percentiles(milliseconds: Sequence[float]) -> dict[str, float]:
    if len(milliseconds) < 2:
        return {}
    parts = quantiles(milliseconds, n=20)
    return {
        "p50 ms": round(parts[9], 1),
        "p95 ms": round(parts[18], 1),
        "max ms": round(max(milliseconds), 1),
    }


async def measure(url: str, database_url: str) -> list[dict[str, Any]]:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as database:
        return [
            *[await measure_latency(url, database, count) for count in (1, 50)],
            *[await measure_burst(url, database, count) for count in (1, 50)],
        ]


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--realtime-url")
    parser.add_argument("--database-url")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.realtime_url:
        await prepare(given.database_url)
        results = await measure(given.realtime_url, given.database_url)
    else:
        async with own_server() as addresses:
            results = await measure(*addresses)
    lines = [json.dumps(result) if given.json else str(result) for result in results]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    asyncio.run(main())
