"""How long the checks take on a large practice, beside SQL written by hand, and beside other tools.

    PYTHONPATH=src:. python -m benchmarks.quality [--json] [--appointments 1000000] [--peers FOLDER]

Starts a PostgreSQL of its own. FOLDER is where soda-postgres, datacontract-cli and great-expectations are, or
get, a venv each. `--bare` and `--whole` name databases made before. Exit code 1 if a target is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.quality.measure import (
    PACKAGES,
    ROOT,
    measure_full,
    measure_incremental,
    measure_ours,
    measure_peer,
)
from benchmarks.quality.practice import Scale, constrain, keep_checks, load, plant
from benchmarks.quality.rules import RULES
from rich.console import Console
from rich.table import Table

from mentalspace.database.connection import connect
from mentalspace.devstack import workspace
from mentalspace.devstack.bootstrap import bootstrap
from mentalspace.devstack.postgres import SUPERUSER, Cluster
from mentalspace.devstack.scratch import scratch_cluster

BARE, WHOLE = "practice_bare", "practice_whole"


@dataclass(frozen=True)
class Figure:
    """What came out, and what it must be: at most or at least `target`; nothing is asked without one."""

    name: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False

    @property
    def missed(self) -> bool:
        if self.target is None:
            return False
        return self.value < self.target if self.at_least else self.value > self.target


async def build(cluster: Cluster, scale: Scale) -> tuple[str, str]:
    """The practice without constraints, and with those of the schema; return their addresses."""
    bare, whole = cluster.url(database=BARE), cluster.url(database=WHOLE)
    async with connect(cluster.url(SUPERUSER, "template1")) as connection:
        await connection.execute(f"create database {BARE}".encode())
        await connection.execute(f"alter database {BARE} owner to postgres".encode())
    await bootstrap(cluster.url(SUPERUSER, BARE))
    async with connect(bare) as connection:
        await workspace.migrate(connection, ROOT)
        await keep_checks(connection, RULES)
    forbidden = await load(bare, cluster.url(SUPERUSER, BARE), scale)
    async with connect(cluster.url(SUPERUSER, "template1")) as connection:
        await connection.execute(f"create database {WHOLE} template {BARE} strategy file_copy".encode())
        await connection.execute(f"alter database {WHOLE} owner to postgres".encode())
    await plant(bare)
    await constrain(whole, forbidden)
    return bare, whole


@asynccontextmanager
async def practices(arguments: argparse.Namespace) -> AsyncIterator[tuple[str, str]]:
    """The two databases: given, or made and taken away again."""
    if arguments.bare and arguments.whole:
        yield arguments.bare, arguments.whole
        return
    async with scratch_cluster(ROOT, "mentalspace-quality", Path(arguments.scratch)) as cluster:
        yield await build(cluster, Scale(arguments.appointments))


async def measure(arguments: argparse.Namespace) -> AsyncIterator[Figure]:
    async with practices(arguments) as (bare, whole):
        without = await measure_full(bare, arguments.rounds)
        yield Figure("floor without constraints", without["floor"], "s")
        yield Figure("full pass without constraints", without["ours"] / without["floor"], "x floor", 1.1)
        within = await measure_full(whole, arguments.rounds)
        yield Figure("floor with constraints", within["floor"], "s")
        yield Figure("full pass with constraints", within["ours"] / within["floor"], "x floor", 0.6)
        after = await measure_incremental(whole)
        yield Figure("rows changed", after["changed"], "rows")
        yield Figure("incremental pass", after["ours"] / after["floor"], "x floor", 0.05)
        yield Figure("peak memory of quality run", (await measure_ours(whole))["memory"], "MiB", 80)
        for name in PACKAGES if arguments.peers else ():
            for figure in await measure_beside(name, whole, Path(arguments.peers), within["ours"]):
                yield figure


async def collect(arguments: argparse.Namespace) -> list[Figure]:
    """All figures; each is told on stderr as soon as it is there."""
    figures = []
    async for figure in measure(arguments):
        sys.stderr.write(f"{figure.name}: {figure.value:,.3g} {figure.unit}\n")
        figures.append(figure)
    return figures


async def measure_beside(name: str, url: str, folder: Path, ours: float) -> list[Figure]:
    """A peer's seconds without its start-up, beside a full pass of ours."""
    peer: dict[str, Any] = await measure_peer(name, url, folder)
    return [
        Figure(name, peer["seconds"] / ours, "x ours", 2, at_least=True),
        Figure(f"peak memory of {name}", peer["memory"], "MiB"),
    ]


def show(figures: list[Figure]) -> None:
    """A table for people."""
    table = Table("figure", "value", "", "target", "")
    for figure in figures:
        bound = "at least" if figure.at_least else "at most"
        target = "" if figure.target is None else f"{bound} {figure.target:g}"
        verdict = "" if figure.target is None else ("missed" if figure.missed else "met")
        table.add_row(figure.name, f"{figure.value:,.3g}", figure.unit, target, verdict)
    Console().print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--appointments", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peers", default="", help="folder with a venv for each peer; made if missing")
    parser.add_argument("--scratch", default="/var/tmp", help="where the databases are kept while it runs")  # noqa: S108  (on disk)
    parser.add_argument("--bare", default="", help="a database made before, without constraints")
    parser.add_argument("--whole", default="", help="a database made before, with constraints")
    arguments = parser.parse_args()
    figures = asyncio.run(collect(arguments))
    if arguments.json:
        sys.stdout.write(json.dumps([asdict(f) | {"missed": f.missed} for f in figures], indent=2) + "\n")
    else:
        show(figures)
    raise SystemExit(any(figure.missed for figure in figures))


if __name__ == "__main__":
    main()
