"""A PostgreSQL 17 of our own, with the roles and schemas of hosted Supabase. Listens on 127.0.0.1 only."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from pathlib import Path
from time import monotonic

from psycopg import pq

from mentalspace.devstack.processes import Account, find_account, last_words, spawn
from mentalspace.devstack.stack import PASSWORD, SUPERUSER
from mentalspace.errors import MentalspaceError

START_SECONDS = 30
STOP_SECONDS = 15

# What hosted Supabase sets and clients can see, then what makes a local server quick and its log silent about
# rows. fsync off: a power cut may cost the folder, which is synthetic; synchronous_commit stays on, because
# logical decoding sees only what is flushed.
PARAMETERS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "wal_level": "logical",
    "max_wal_senders": "10",
    "max_replication_slots": "10",
    "max_connections": "100",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "password_encryption": "scram-sha-256",
    "fsync": "off",
    "full_page_writes": "off",
    # a refusal may quote what was given (invalid input syntax for type integer: "…"), and the caller has it
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
}


class Cluster:
    """One data folder and its server. `create` and `start` are no-ops on what is there or running."""

    def __init__(self, binaries: Path, folder: Path, port: int, account: Account | None = None) -> None:
        self.binaries = binaries
        self.data = folder / "data"
        self.log = folder / "postgres.log"
        self.port = port
        self._account = account or find_account()
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def exists(self) -> bool:
        return (self.data / "PG_VERSION").exists()

    @property
    def process(self) -> subprocess.Popen[bytes] | None:
        """The running server, for who supervises it."""
        return self._server

    def url(self, role: str = "postgres", database: str = "postgres") -> str:
        return f"postgresql://{role}:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    async def create(self) -> None:
        """Initialize the data folder, unless it is."""
        if self.exists:
            return
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        password = self.data.parent / "password"
        password.write_text(PASSWORD)
        self._account.give(self.data)
        try:
            await self._initdb(password)
        finally:
            password.unlink()

    async def start(self) -> None:
        """Start the server and wait until it answers. Raises with the log's last line if it does not."""
        parameters = [f"-c{name}={value}" for name, value in PARAMETERS.items()]
        command: list[str | Path] = [self.binaries / "postgres", "-D", self.data, "-p", str(self.port)]
        # SIGINT, for SIGTERM waits until every client has left.
        self._server = spawn(
            [*command, *parameters], self.log, account=self._account, folder="/", last_signal=signal.SIGINT
        )
        deadline = monotonic() + START_SECONDS
        # The user is named because libpq would look up the name of ours, who may have none.
        address = f"host=127.0.0.1 port={self.port} user={SUPERUSER} dbname=postgres".encode()
        while pq.PGconn.ping(address) != pq.Ping.OK:
            if self._server.poll() is not None or monotonic() > deadline:
                raise MentalspaceError(f"PostgreSQL did not start: {last_words(self.log)} (see {self.log})")
            await asyncio.sleep(0.02)

    async def stop(self, *, discard: bool = False) -> None:
        """Stop the server; `discard` skips the shutdown checkpoint of a folder about to be deleted."""
        server, self._server = self._server, None
        if server is None or server.poll() is not None:
            return
        server.send_signal(signal.SIGQUIT if discard else signal.SIGINT)
        deadline = monotonic() + STOP_SECONDS
        while server.poll() is None:
            if monotonic() > deadline:
                server.kill()
            await asyncio.sleep(0.01)

    async def _initdb(self, password: Path) -> None:
        command = [
            *(self.binaries / "initdb", "-D", self.data, "-U", SUPERUSER, f"--pwfile={password}"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"),
            *("--no-sync", "--no-instructions"),
        ]
        with self.log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *self._account.prefix,
                *map(str, command),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                **self._account.options,
            )
            if await process.wait():
                raise MentalspaceError(f"initdb failed: {last_words(self.log)} (see {self.log})")
