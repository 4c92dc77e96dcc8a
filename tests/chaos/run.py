"""A chaos run: changes, workers, trouble; then the books are checked."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from tests.chaos.network import Network

from mentalspace.database.connection import connect
from mentalspace.devstack import workspace
from mentalspace.devstack.bootstrap import bootstrap
from mentalspace.devstack.postgres import SUPERUSER, Cluster
from mentalspace.devstack.scratch import find_memory, scratch_cluster
from mentalspace.errors import MentalspaceError

ROOT = Path(__file__).resolve().parents[2]
SETUP = (Path(__file__).parent / "setup.sql").read_bytes()
CHANGE = """
insert into chaos.things as thing (id, version) select id, 1 from unnest(%s::text[]) id
on conflict (id) do update set version = thing.version + 1
"""
# Every event was consumed, and nothing was done twice, in the wrong order, or left undone.
BOOKS = {
    "changes": "select coalesce(sum(version), 0) from chaos.things",
    "events consumed": "select count(*) from governance.consumed_events where module = 'chaos'",
    "events left": "select count(*) from governance.events",
    "effects": "select count(*) from chaos.effects",
    "effects twice": "select count(*) - count(distinct event_id) from chaos.effects",
    "counted": "select count(*) from chaos.counts",
    "counted twice": "select count(*) - count(distinct event_id) from chaos.counts",
    "out of order": """
        select count(*) from (
          select version - lag(version, 1, 0) over (partition by thing order by number) as step
          from chaos.effects
        ) steps where step <> 1""",
    "messages": "select count(*) from public.notification_logs where delivery_key like 'chaos:%'",
    "slots run": "select count(distinct (run.job, run.scheduled_for)) "
    "from chaos.slots as effect join governance.job_runs as run on run.run_id = effect.job",
    "slots run twice": "select count(*) - count(distinct job) from chaos.slots",
    "slots without effect": "select count(*) from governance.job_runs as run where status <> 'running' "
    "and not exists (select from chaos.slots where chaos.slots.job = run.run_id)",
}
# Of slots that nobody could run in their time only the last is caught up: the others are passed over. A slot
# is skipped if somebody worked to the end of its time, and no earlier run of the job stood in its way.
SKIPPED = """
with missing as (
  select due.job, due.slot + interval '20 seconds' as late, due.slot + interval '30 seconds' as over
  from chaos.list_slots(%s) as due
  where not exists (
    select from governance.job_runs as run
    where run.job = due.job and run.scheduled_for = due.slot and run.status = 'succeeded'
  )
)
select
  count(*) as passed_over,
  count(*) filter (
    where over > clock_timestamp()
      or exists (select from governance.job_runs where started_at >= late and started_at < over)
      and not exists (
        select from governance.job_runs as earlier
        where earlier.job = missing.job and earlier.scheduled_for < late - interval '20 seconds'
          and earlier.finished_at > late
      )
  ) as skipped
from missing
"""
# What stands still for so long is stuck; a crowded machine is only slow.
SETTLE_SECONDS = 60
THINGS = 300


@dataclass(frozen=True)
class Plan:
    """What to do; the seed decides when and to whom."""

    seed: int = 1
    changes: int = 10_000
    workers: int = 3
    seconds: float = 30


@dataclass
class Crew:
    """Worker processes; a killed one is replaced."""

    url: str
    log: Path
    processes: list[Process] = field(default_factory=list)
    crashes: int = 0

    async def hire(self) -> None:
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.chaos.worker", self.url),
                cwd=ROOT,
                env=environment,
                stderr=log,
                # Until it can jump, it does not.
                preexec_fn=partial(signal.signal, signal.SIGUSR1, signal.SIG_IGN),
            )
        self.processes.append(process)

    async def kill(self, random: Random) -> None:
        victim = self.processes.pop(random.randrange(len(self.processes)))
        if victim.returncode is None:
            victim.kill()
        if await victim.wait() != -signal.SIGKILL:
            self.crashes += 1
        await self.hire()

    def jump(self, random: Random) -> None:
        """Set the clock of one of them to a wrong time."""
        process = random.choice(self.processes)
        if process.returncode is None:
            process.send_signal(signal.SIGUSR1)

    async def dismiss(self) -> list[int | None]:
        """Ask all to drain; return their exit codes. One that does not listen is killed."""
        for process in self.processes:
            if process.returncode is None:
                process.terminate()
        try:
            async with asyncio.timeout(20):
                await asyncio.gather(*(process.wait() for process in self.processes))
        except TimeoutError:
            for process in self.processes:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        return [process.returncode for process in self.processes]


async def run_chaos(plan: Plan) -> dict[str, Any]:
    """Run it on a server of its own; return figures, and `faults`, which must be empty."""
    began = monotonic()
    async with _cluster() as cluster:
        network = Network(cluster.port)
        listener = await network.start()
        crew = Crew(
            cluster.url().replace(f":{cluster.port}/", f":{network.port}/"), cluster.log.with_name("crew")
        )
        for _ in range(plan.workers):
            await crew.hire()
        trouble: Counter[str] = Counter()
        try:
            writing = asyncio.create_task(_write(cluster.url(), plan))
            await _trouble(plan, crew, cluster, network, trouble)
            await writing
            settled = await _settle(cluster.url())
            slots = await _catch_up(cluster.url())
        finally:
            codes = await crew.dismiss()
            listener.close()
        books = await _check(cluster.url()) | {"slots skipped": slots["skipped"]}
        said = crew.log.read_text()[-4000:]
    faults = find_faults(plan, books)
    if any(codes) or crew.crashes:
        faults["workers that ended by themselves"] = {"codes": codes, "before": crew.crashes, "said": said}
    figures = {
        "slots passed over": slots["passed_over"],
        "settled after": settled,
        "seconds": round(monotonic() - began, 1),
    }
    return {"seed": plan.seed, "trouble": dict(trouble), "books": books, **figures, "faults": faults}


def find_faults(plan: Plan, books: dict[str, int]) -> dict[str, Any]:
    """What in the books is not as it must be."""
    # A commit whose answer a restart took away is made again: there may be more changes than planned.
    changes = max(books["changes"], plan.changes)
    whole = ("changes", "events consumed", "effects", "counted", "messages")
    expected = {name: changes if name in whole else 0 for name in books}
    expected["slots run"] = max(books["slots run"], 1)
    return {
        name: {"is": books[name], "must be": expected[name]}
        for name in books
        if books[name] != expected[name]
    }


@asynccontextmanager
async def _cluster() -> AsyncIterator[Cluster]:
    async with scratch_cluster(ROOT, "mentalspace-chaos", find_memory()) as cluster:
        await bootstrap(cluster.url(SUPERUSER))
        async with connect(cluster.url()) as connection:
            await workspace.migrate(connection, ROOT)
            await connection.execute(SETUP)
        yield cluster


async def _write(url: str, plan: Plan) -> None:
    """Make the changes, spread over the time; what a restart interrupts is done again."""
    random = Random(plan.seed)  # noqa: S311  (repeats itself)
    batches = [random.sample(range(THINGS), 10) for _ in range(plan.changes // 10)]
    pause = plan.seconds * 0.9 / max(len(batches), 1)
    done = 0
    while done < len(batches):
        try:
            async with connect(url) as connection:
                while done < len(batches):
                    # Sorted, so that two writers would not deadlock; one row twice in a batch is impossible.
                    await connection.execute(CHANGE, (sorted(map(str, batches[done])),))
                    done += 1
                    await asyncio.sleep(pause)
        except MentalspaceError:
            await asyncio.sleep(0.05)


async def _trouble(plan: Plan, crew: Crew, cluster: Cluster, network: Network, trouble: Counter[str]) -> None:
    random = Random(plan.seed)  # noqa: S311  (repeats itself)
    deadline = monotonic() + plan.seconds
    # At least one restart, whatever the dice say.
    due = ["restart Postgres", "silence sockets", "drop sockets"]
    while monotonic() < deadline:
        await asyncio.sleep(random.uniform(0.2, plan.seconds / 12))
        kind = due.pop() if due and random.random() < 0.4 else random.choice(_KINDS)
        trouble[kind] += 1
        match kind:
            case "restart Postgres":
                await cluster.stop(discard=random.random() < 0.7)
                await cluster.start()
            case "drop sockets":
                network.drop()
            case "silence sockets":
                await network.silence(random, random.uniform(1, 8))
            case "jump a clock":
                crew.jump(random)
            case _:
                await crew.kill(random)


_KINDS = (
    *("kill a worker",) * 6,
    *("drop sockets",) * 2,
    *("jump a clock",) * 3,
    "silence sockets",
)


async def _settle(url: str) -> float:
    """Wait until the outbox is empty, or nothing of it moves any more; return for how long."""
    began = moved = monotonic()
    left = None
    async with connect(url) as connection:
        while left != 0 and monotonic() - moved < SETTLE_SECONDS:
            row = await (await connection.execute("select count(*) as n from governance.events")).fetchone()
            if row and row["n"] != left:
                left, moved = row["n"], monotonic()
            await asyncio.sleep(0.1)
    return round(monotonic() - began, 1)


async def _catch_up(url: str) -> dict[str, int]:
    """Wait until every slot of the time so far was run; return how many never were."""
    began, row = monotonic(), {"skipped": 0, "passed_over": 0}
    async with connect(url) as connection:
        until = (await (await connection.execute("select clock_timestamp() as now")).fetchone() or {})["now"]
        while monotonic() - began < SETTLE_SECONDS:
            row = await (await connection.execute(SKIPPED, (until,))).fetchone() or {}
            if row["skipped"] == 0:
                break
            await asyncio.sleep(0.1)
    return dict(row)


async def _check(url: str) -> dict[str, int]:
    books = {}
    async with connect(url) as connection:
        for name, query in BOOKS.items():
            row = await (await connection.execute(query.encode())).fetchone()
            books[name] = int(next(iter((row or {}).values())))
    return books
