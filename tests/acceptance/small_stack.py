"""A small workspace with a stack of its own, and the command line pointed at it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from mentalspace.devstack.packages import node_folder
from mentalspace.devstack.ports import Ports, free_ports
from mentalspace.devstack.processes import is_running
from mentalspace.devstack.stack import Stack
from mentalspace.devstack.state import State, StateFile

ROOT = Path(__file__).parents[2]
MIGRATION = "create table public.things (id integer primary key); grant select on public.things to anon;"
HEADER = "-- Purpose: a table for this test\n"


@dataclass(frozen=True)
class Workspace:
    """A folder with one migration and a seed, and `mentalspace stack` on ports of its own."""

    folder: Path
    ports: Ports

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            env=self.environment(environment),
            capture_output=True,
            text=True,
            timeout=90,
        )

    def command(self, *arguments: str) -> Sequence[str]:
        return [sys.executable, str(ROOT / "cli.py"), "stack", *arguments]

    def environment(self, more: dict[str, str]) -> dict[str, str]:
        own = {
            "MENTALSPACE_WORKSPACE": str(self.folder),
            "MENTALSPACE_NODE_FOLDER": str(node_folder(ROOT)),
            "PYTHONPATH": str(ROOT / "src"),
        }
        return os.environ | own | more

    def on_port(self, task: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run(task, "--port", str(self.ports.gateway), *arguments, **environment)

    def up(self) -> dict[str, Any]:
        answer = self.on_port("up", "--json")
        assert answer.returncode == 0, answer.stderr
        report: dict[str, Any] = json.loads(answer.stdout)
        return report

    @property
    def state(self) -> State:
        return StateFile(Stack(self.folder, self.ports).folder).read()

    def migrate(self, version: str, sql: str) -> None:
        path = self.folder / "supabase" / "migrations" / f"{version}_things_change.sql"
        path.write_text(HEADER + sql)

    @contextmanager
    def holding(self, version: str, sql: str, then: str) -> Iterator[None]:
        """A migration that says `sql`, and `then` whatever happens: those after it find what they know."""
        self.migrate(version, sql)
        try:
            yield
        finally:
            self.migrate(version, then)

    @contextmanager
    def started(self, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        """A command that runs beside the test, and not a moment longer."""
        process = subprocess.Popen(
            self.command(*arguments, "--port", str(self.ports.gateway)),
            env=self.environment({}),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate(timeout=30)

    def query(self, report: dict[str, Any], sql: str) -> list[Any]:
        with psycopg.connect(report["database_url"], autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []


@contextmanager
def make_workspace(folder: Path) -> Iterator[Workspace]:
    workspace = Workspace(folder, free_ports())
    (folder / "supabase" / "migrations").mkdir(parents=True)
    workspace.migrate("20260101000000", MIGRATION)
    (folder / "supabase" / "seed.sql").write_text("insert into public.things values (1);")
    try:
        yield workspace
    finally:
        workspace.on_port("reset", "--yes")


def until(true: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def all_gone(pids: Iterable[int]) -> bool:
    return not any(is_running(pid) for pid in pids)
