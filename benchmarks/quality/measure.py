"""What is measured, each beside the floor in the same run, by turns."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from benchmarks.quality.floor import CROSS, SCANS, count_by_hand
from benchmarks.quality.practice import queries

from mentalspace.database.connection import Connection, connect
from mentalspace.quality.passes import check_changes
from mentalspace.quality.runner import Evaluation, evaluate, find_tables

ROOT = Path(__file__).resolve().parents[2]
# Soda tells its makers of every run, Great Expectations too, unless told not to.
QUIET = {"SODA_TELEMETRY_DISABLED": "true", "GX_ANALYTICS_ENABLED": "false", "DATACONTRACT_TELEMETRY": "0"}
PACKAGES = {
    "soda-postgres": ("soda-postgres",),
    "datacontract-cli": ("datacontract-cli[postgres]",),
    "great-expectations": ("great-expectations", "psycopg2-binary"),
}


class DifferentCountsError(AssertionError):
    """Ours and the floor do not count the same."""


async def measure_full(url: str, rounds: int) -> dict[str, float]:
    """Seconds of the floor and of a full pass of ours, by turns, medians; the counts must be the same."""
    by_hand, ours = [], []
    async with connect(url) as connection:
        await connection.execute("select set_config('work_mem', '64MB', false)")
        tables = await find_tables(connection)
        for _ in range(rounds):
            began = perf_counter()
            counts = await count_by_hand(connection)
            by_hand.append(perf_counter() - began)
            began = perf_counter()
            evaluation = await evaluate(connection, tables)
            ours.append(perf_counter() - began)
            compare(counts, evaluation)
    return {"floor": median(by_hand), "ours": median(ours)}


async def measure_incremental(url: str) -> dict[str, float]:
    """Seconds of a pass after 0.5 % of the rows of the large tables changed; the counts must be the same."""
    async with connect(url) as connection:
        tables = await find_tables(connection)
        await check_changes(connection, tables)
        changed = await _change(connection)
        began = perf_counter()
        evaluation = await check_changes(connection, tables)
        seconds = perf_counter() - began
        began = perf_counter()
        counts = await count_by_hand(connection)
        floor = perf_counter() - began
    compare(counts, evaluation)
    return {"changed": changed, "ours": seconds, "floor": floor}


def compare(counts: dict[str, int], evaluation: Evaluation) -> None:
    """Raise unless both say the same of every rule."""
    found = {result.key: result.failures for result in evaluation.results}
    if found != counts:
        different = [rule for rule in counts if counts[rule] != found.get(rule)]
        raise DifferentCountsError(f"counted differently: {', '.join(different) or 'more rules'}")


async def measure_process(command: list[str], environment: dict[str, str] | None = None) -> dict[str, Any]:
    """Seconds and peak memory (MiB) of a process, and its last line."""
    began = perf_counter()
    process = await asyncio.to_thread(_run, command, {**os.environ, **(environment or {})})
    return {"seconds": perf_counter() - began, **process}


async def measure_ours(url: str) -> dict[str, Any]:
    """`mentalspace quality run --full`, with start-up, results recorded."""
    command = [sys.executable, "cli.py", "quality", "run", "--full", "--json", "--database-url", url]
    quiet = {"PYTHONPATH": str(ROOT / "src"), "MENTALSPACE_LOG_LEVEL": "error"}
    ran = await measure_process(command, quiet)
    return {"seconds": ran["seconds"], "memory": ran["memory"]}


async def measure_peer(name: str, url: str, folder: Path) -> dict[str, Any]:
    """The same rules by another tool; installs it under `folder`, in a venv of its own, if it is missing."""
    python = folder / name / "bin" / "python"
    if not python.exists():
        await asyncio.to_thread(_install, name, folder)
    rules = folder / "rules.json"
    rules.write_text(json.dumps({"scans": SCANS, "cross": CROSS}))
    script = str(Path(__file__).parent / "peers.py")
    ran = await measure_process([str(python), script, name, str(rules), url], QUIET)
    answer = json.loads(ran["last"])
    return {"seconds": answer["seconds"], "failed": answer["failed"], "memory": ran["memory"]}


async def _change(connection: Connection) -> int:
    changed = 0
    for name in ("touch_clients", "touch_appointments", "touch_notes", "touch_charges"):
        changed += (await connection.execute(queries[name])).rowcount
    return changed


def _run(command: list[str], environment: dict[str, str]) -> dict[str, Any]:
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (output, errors):
            file.seek(0)
            texts.append(file.read().decode())
    if process.returncode not in (0, 1) or not texts[0].strip():
        raise RuntimeError(f"{command[:3]} ended with {process.returncode}: {texts[1][-500:]}")
    return {"last": texts[0].strip().splitlines()[-1], "memory": usage.ru_maxrss / 1024}


def _install(name: str, folder: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", str(folder / name)], check=True)
    pip = [str(folder / name / "bin" / "python"), "-m", "pip", "install", "-q", *PACKAGES[name]]
    subprocess.run(pip, check=True)
