"""Start a stack in order, watch its processes, stop them. Whatever ends this process ends them too."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from mentalspace.database.connection import connect
from mentalspace.database.migrations import EditedMigrationError
from mentalspace.devstack import workspace
from mentalspace.devstack.bootstrap import bootstrap
from mentalspace.devstack.packages import binaries, find_node, install_packages, is_installed, node_folder
from mentalspace.devstack.ports import refuse_taken
from mentalspace.devstack.postgres import Cluster
from mentalspace.devstack.processes import last_words, python_environment, spawn
from mentalspace.devstack.services import Service, answers, plan_services
from mentalspace.devstack.stack import SUPERUSER, Stack
from mentalspace.devstack.state import Phase, State, StateFile
from mentalspace.errors import MentalspaceError

READY_SECONDS = 60
STOP_SECONDS = 8
TELL_SECONDS = 0.5
WATCH_SECONDS = 0.2
POLL_SECONDS = 0.02
SEEDED = "seeded"


class Supervisor:
    """One running stack. Use `running`, which stops it however the block ends."""

    def __init__(self, stack: Stack, on_step: Callable[[str], None]) -> None:
        self.stack = stack
        self._on_step = on_step
        self._began = monotonic()
        self._file = StateFile(stack.folder)
        self._state = State(Phase.starting, os.getpid(), started_at=datetime.now(UTC).isoformat())
        self._packages = node_folder(stack.workspace)
        self._cluster: Cluster | None = None
        self._services: dict[str, subprocess.Popen[bytes]] = {}

    async def start(self) -> None:
        """Packages, PostgreSQL, migrations, seed, services: in this order, each announced."""
        refuse_taken(self.stack.ports)
        if not is_installed(self._packages):
            self._step("npm packages")
            await install_packages(self._packages)
        cluster = await self._start_postgres()
        await self._bring_up_to_date(cluster)
        await self._start_services()
        self._write(phase=Phase.ready, step="ready", seconds=round(monotonic() - self._began, 2))

    async def watch(self) -> None:
        """Return never; raise when a process of the stack ends by itself."""
        while True:
            self._refuse_dead()
            await asyncio.sleep(WATCH_SECONDS)

    async def stop(self, failure: MentalspaceError | None = None) -> None:
        """Services first, then PostgreSQL, which writes everything down. `status` finds the failure."""
        services, self._services = self._services, {}
        await asyncio.gather(*(end_group(process) for process in services.values()))
        if self._cluster:
            await self._cluster.stop()
        phase = Phase.failed if failure else Phase.stopped
        self._write(phase=phase, pid=0, processes={}, error=str(failure or ""))

    async def _start_postgres(self) -> Cluster:
        stack = self.stack
        cluster = Cluster(binaries(self._packages), stack.folder, stack.ports.postgres)
        cluster.log.unlink(missing_ok=True)
        if not cluster.exists:
            self._step("a new database cluster")
            await cluster.create()
        self._step("PostgreSQL")
        self._cluster = cluster
        await cluster.start()
        return cluster

    async def _bring_up_to_date(self, cluster: Cluster) -> None:
        await bootstrap(cluster.url(SUPERUSER))
        self._step("migrations")
        async with connect(self.stack.database_url) as connection:
            try:
                await workspace.migrate(connection, self.stack.workspace)
            except EditedMigrationError as error:
                raise MentalspaceError(f"{error}; or give up this stack's data: ./run reset") from error
            if not (self.stack.folder / SEEDED).exists():
                self._step("seed")
                await workspace.seed(connection, self.stack.workspace)
                (self.stack.folder / SEEDED).touch()

    async def _start_services(self) -> None:
        services = plan_services(self.stack, find_node(), self._packages)
        self._step(", ".join(service.name for service in services))
        for service in services:
            self._services[service.name] = self._spawn(service)
        try:
            async with asyncio.timeout(READY_SECONDS):
                for service in services:
                    await self._wait_for(service)
        except TimeoutError:
            raise MentalspaceError(
                f"the stack was not ready after {READY_SECONDS} s; see the logs in {self.stack.folder}"
            ) from None

    async def _wait_for(self, service: Service) -> None:
        while not await answers(service):
            self._refuse_dead()
            await asyncio.sleep(POLL_SECONDS)

    def _spawn(self, service: Service) -> subprocess.Popen[bytes]:
        environment = python_environment() | dict(service.environment)
        log = self.stack.folder / f"{service.name}.log"
        log.unlink(missing_ok=True)
        return spawn(service.command, log, environment=environment)

    def _processes(self) -> dict[str, subprocess.Popen[bytes]]:
        server = self._cluster.process if self._cluster else None
        return ({"postgres": server} if server else {}) | self._services

    def _refuse_dead(self) -> None:
        for name, process in self._processes().items():
            if process.poll() is not None:
                log = self.stack.folder / f"{name}.log"
                raise MentalspaceError(f"{name} ended: {last_words(log)} (see {log})")

    def _step(self, step: str) -> None:
        self._on_step(step)
        self._write(step=step)

    def _write(self, **changes: Any) -> None:
        pids = {name: process.pid for name, process in self._processes().items()}
        self._state = replace(self._state, **{"processes": pids, **changes})
        self._file.write(self._state)


@asynccontextmanager
async def running(stack: Stack, on_step: Callable[[str], None] = lambda _: None) -> AsyncIterator[Supervisor]:
    """Start the stack, yield its supervisor, stop it. Call it from the main thread.

    Raises `RunningError` when the folder has one, `PortTakenError` when a port is in use, and
    `MentalspaceError` with the last words of whatever would not start.
    """
    with StateFile(stack.folder).hold():
        supervisor = Supervisor(stack, on_step)
        failure: MentalspaceError | None = None
        try:
            await supervisor.start()
            yield supervisor
        except MentalspaceError as error:
            failure = error
            raise
        finally:
            await supervisor.stop(failure)


async def end_group(process: subprocess.Popen[bytes]) -> None:
    """Ask a service and its workers to end, again and again, and kill those that do not.

    Once is not enough: a worker of granian hears no signal while it loads its application.
    """
    deadline, told = monotonic() + STOP_SECONDS, 0.0
    while process.poll() is None:
        now = monotonic()
        if now > deadline:
            _signal(process, signal.SIGKILL)
        elif now > told + TELL_SECONDS:
            _signal(process, signal.SIGTERM)
            told = now
        await asyncio.sleep(0.01)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """To the whole group: a service may have workers of its own."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        process.poll()
