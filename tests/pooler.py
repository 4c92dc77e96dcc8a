"""pgbouncer in transaction mode in front of the tests' server, where Debian's package is installed."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from mentalspace.devstack.processes import find_account, free_port

# Fewer sessions than clients, so that they have to be shared.
SESSIONS = 3
SETTINGS = """
[databases]
{database} = host={host} port={server_port} pool_size={sessions}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
logfile = {folder}/log
pidfile = {folder}/pid
"""


def find_pgbouncer() -> str | None:
    """Where it is; None if it is not installed."""
    return shutil.which(
        "pgbouncer", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin"
    )


@asynccontextmanager
async def pooler(url: str) -> AsyncIterator[str]:
    """The address of a pooler in front of a database, which says that it is one."""
    parts = urlsplit(url)
    account, port = find_account(), free_port()
    folder = Path(tempfile.mkdtemp(prefix="mentalspace-pooler-"))
    settings = SETTINGS.format(
        database=parts.path.lstrip("/"),
        host=parts.hostname,
        server_port=parts.port,
        port=port,
        folder=folder,
        sessions=SESSIONS,
    )
    (folder / "settings").write_text(settings)
    (folder / "users").write_text(f'"{parts.username}" "{parts.password}"\n')
    account.give(folder)
    process = await asyncio.create_subprocess_exec(
        *account.prefix,
        str(find_pgbouncer()),
        str(folder / "settings"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        **account.options,
    )
    pooled = parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}").geturl()
    try:
        await _until_it_answers(pooled, process, folder)
        yield f"{pooled}?pgbouncer=true"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        shutil.rmtree(folder)


async def _until_it_answers(url: str, process: asyncio.subprocess.Process, folder: Path) -> None:
    async with asyncio.timeout(60):
        while process.returncode is None:
            try:
                connection = await psycopg.AsyncConnection.connect(url, autocommit=True)
            except psycopg.OperationalError:
                await asyncio.sleep(0.02)
            else:
                await connection.close()
                return
    log = folder / "log"
    raise AssertionError(f"pgbouncer did not start: {log.read_text() if log.exists() else 'no log'}")
