"""Databases for tests: one server per session, one database per test, cloned from a template.

The server is the embedded PostgreSQL, or the one that MENTALSPACE_TEST_DATABASE_URL names (a superuser of a
server whose role `postgres` has the password `postgres`; its databases `mentalspace_*` are dropped).
"""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
import structlog
from hypothesis import settings as hypothesis_settings

from mentalspace.database.connection import Connection, connect
from mentalspace.devstack import workspace
from mentalspace.devstack.bootstrap import bootstrap
from mentalspace.devstack.ports import free_ports
from mentalspace.devstack.processes import make_scratch
from mentalspace.devstack.scratch import find_memory, scratch_cluster
from mentalspace.devstack.stack import PASSWORD, SUPERUSER, Stack
from mentalspace.devstack.supervisor import running

# How long an example takes says how busy the machine is.
hypothesis_settings.register_profile("mentalspace", deadline=None)
hypothesis_settings.load_profile("mentalspace")
ROOT = Path(__file__).resolve().parents[1]
SCRATCH = "mentalspace-test"
END_SLOTS = """
select pg_terminate_backend(active_pid, 5000) from pg_replication_slots
where database = %s and active_pid is not null
"""
LONG_FIRST = ("acceptance", "chaos", "integration", "database")
EMPTY, MIGRATED, SEEDED = "mentalspace_empty", "mentalspace_migrated", "mentalspace_seeded"


@dataclass
class Server:
    """A PostgreSQL server that makes databases for tests."""

    superuser_url: str
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def url(self, database: str, role: str = "postgres") -> str:
        parts = urlsplit(self.superuser_url)
        address = f"{parts.hostname}:{parts.port or 5432}"
        return parts._replace(netloc=f"{role}:{PASSWORD}@{address}", path=f"/{database}").geturl()

    def superuser(self, database: str) -> str:
        return urlsplit(self.superuser_url)._replace(path=f"/{database}").geturl()

    async def create(self, name: str, template: str) -> str:
        async with connect(self.superuser("template1")) as connection:
            await connection.execute(f"drop database if exists {name} with (force)".encode())
            await connection.execute(
                f"create database {name} template {template} strategy file_copy".encode()
            )
            if template != "template0":
                await connection.execute(f"alter database {name} owner to postgres".encode())
        return self.url(name)

    async def clone(self, template: str) -> str:
        return await self.create(f"mentalspace_test_{next(self._numbers)}", template)

    @asynccontextmanager
    async def cloned(self, template: str) -> AsyncIterator[str]:
        """The URL of a clone that goes with the block."""
        url = await self.clone(template)
        try:
            yield url
        finally:
            await self.drop(url)

    async def drop(self, url: str) -> None:
        name = urlsplit(url).path.lstrip("/")
        async with connect(self.superuser("template1")) as connection:
            # `force` ends sessions, but not a replication slot that one of them is still giving up.
            await connection.execute(END_SLOTS, (name,))
            await connection.execute(f"drop database {name} with (force)".encode())


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server() -> AsyncIterator[Server]:
    """The session's PostgreSQL server."""
    async with open_server() as opened:
        yield opened


@asynccontextmanager
async def open_server() -> AsyncIterator[Server]:
    """A PostgreSQL server, ended with the block; or the one that is given, which stays."""
    if given := os.environ.get("MENTALSPACE_TEST_DATABASE_URL"):
        yield Server(given)
        return
    async with scratch_cluster(ROOT, SCRATCH, find_memory()) as cluster:
        yield Server(cluster.url(SUPERUSER))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def empty_template(server: Server) -> str:
    """A database as hosted Supabase gives it."""
    return await make_empty(server)


async def make_empty(server: Server) -> str:
    await server.create(EMPTY, "template0")
    await bootstrap(server.superuser(EMPTY))
    return EMPTY


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated_template(server: Server, empty_template: str) -> str:
    """The same with every migration of this workspace."""
    return await make_migrated(server, empty_template)


async def make_migrated(server: Server, empty: str) -> str:
    url = await server.create(MIGRATED, empty)
    async with connect(url) as connection:
        await workspace.migrate(connection, ROOT)
    return MIGRATED


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def seeded_template(server: Server, migrated_template: str) -> str:
    """The same with `supabase/seed.sql` loaded."""
    url = await server.create(SEEDED, migrated_template)
    async with connect(url) as connection:
        if not await workspace.seed(connection, ROOT):
            pytest.fail("supabase/seed.sql is missing")
        await connection.execute("analyze")
    return SEEDED


@pytest_asyncio.fixture(loop_scope="session")
async def empty_database_url(server: Server, empty_template: str) -> AsyncIterator[str]:
    """A database of its own with nothing in it but what hosted Supabase has, as the role `postgres`."""
    async with server.cloned(empty_template) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def database_url(server: Server, migrated_template: str) -> AsyncIterator[str]:
    """A migrated database of its own, as the role `postgres`."""
    async with server.cloned(migrated_template) as url:
        yield url


@pytest_asyncio.fixture(loop_scope="session")
async def seeded_database_url(server: Server, seeded_template: str) -> AsyncIterator[str]:
    """A migrated and seeded database of its own, as the role `postgres`."""
    async with server.cloned(seeded_template) as url:
        yield url


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Connection]:
    """Autocommit, rows as dicts, on a migrated database of its own."""
    async with connect(database_url) as opened:
        yield opened


@pytest.fixture
async def seeded_connection(seeded_database_url: str) -> AsyncIterator[Connection]:
    """Autocommit, rows as dicts, on a seeded database of its own."""
    async with connect(seeded_database_url) as opened:
        yield opened


@dataclass(frozen=True)
class RunningStack:
    """The embedded Supabase of this session, seeded. Tests share it: leave it as it was found."""

    url: str
    publishable_key: str
    secret_key: str
    jwt_secret: str
    database_url: str
    folder: Path
    environment: Mapping[str, str]

    @property
    def mail_file(self) -> Path:
        return self.folder / "mail.jsonl"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def stack() -> AsyncIterator[RunningStack]:
    """The embedded Supabase, started once per session in a folder and on ports of its own."""
    folder = make_scratch(find_memory() or Path(tempfile.gettempdir()), SCRATCH)
    planned = Stack(ROOT, free_ports(), named_folder=folder)
    try:
        async with running(planned):
            yield RunningStack(
                planned.url,
                planned.keys.publishable,
                planned.keys.secret,
                planned.keys.jwt_secret,
                planned.database_url,
                folder,
                planned.client_environment(),
            )
    finally:
        shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A command that ran in this process says where logs go: for its own test, not for those after it."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    root.handlers[:] = handlers
    structlog.reset_defaults()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for the stack is marked `stack`; files that take long come first.

    So the last that runs beside others is a short one, and nobody waits long for it.
    """
    for item in items:
        if isinstance(item, pytest.Function) and "stack" in item.fixturenames:
            item.add_marker(pytest.mark.stack)
    items.sort(key=lambda item: _turn(item.path))


def _turn(path: Path) -> int:
    folder = path.relative_to(ROOT / "tests").parts[0]
    return LONG_FIRST.index(folder) if folder in LONG_FIRST else len(LONG_FIRST)
