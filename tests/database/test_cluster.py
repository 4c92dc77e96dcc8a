"""The cluster runs as whoever starts it, with a password, and says why it does not start."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mentalspace.database.connection import connect
from mentalspace.devstack.packages import binaries, install_packages, node_folder
from mentalspace.devstack.postgres import Cluster
from mentalspace.devstack.processes import Account, find_account, free_port, make_scratch
from mentalspace.devstack.stack import SUPERUSER
from mentalspace.errors import MentalspaceError, UnavailableError

ROOT = Path(__file__).parents[2]
ACCOUNTS = [find_account(), Account(user="nobody")] if os.getuid() == 0 else [Account()]


@pytest.fixture
async def programs() -> Path:
    folder = node_folder(ROOT)
    await install_packages(folder)
    return binaries(folder)


@pytest.fixture
def folder() -> AsyncIterator[Path]:
    scratch = make_scratch(Path("/tmp"), "mentalspace-cluster")  # noqa: S108  (short: a socket lies there)
    yield scratch
    shutil.rmtree(scratch)


def may_run(account: Account, program: Path) -> bool:
    try:
        subprocess.run(
            [*account.prefix, program, "--version"], capture_output=True, check=True, **account.options
        )
    except (PermissionError, subprocess.CalledProcessError):
        return False
    return True


@pytest.mark.parametrize("account", ACCOUNTS, ids=lambda account: account.user or "mapped")
async def test_it_runs_as_an_account_that_postgres_accepts(
    programs: Path, folder: Path, account: Account
) -> None:
    if not may_run(account, programs / "postgres"):
        pytest.skip("the work tree is below a folder that nobody else may enter")
    cluster = Cluster(programs, folder, free_port(), account)
    await cluster.create()
    await cluster.start()
    try:
        async with connect(cluster.url(SUPERUSER)) as connection:
            row = await (await connection.execute("show wal_level")).fetchone()
            assert row == {"wal_level": "logical"}
        with pytest.raises(UnavailableError, match="refused user or password"):
            async with connect(cluster.url(SUPERUSER).replace(":postgres@", ":wrong@")):
                pass
    finally:
        await cluster.stop()
    assert cluster.process is None
    # stopped in order: nothing to recover at the next start
    await cluster.start()
    await cluster.stop()
    assert "not properly shut down" not in cluster.log.read_text()


def test_a_user_without_a_name_becomes_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 987654)
    account = find_account()
    # where the kernel forbids user namespaces there is nothing to become
    assert account == Account() or account.prefix[:2] == ("unshare", "-U")


async def test_a_damaged_folder_says_why_and_where(programs: Path, folder: Path) -> None:
    cluster = Cluster(programs, folder, free_port())
    await cluster.create()
    (cluster.data / "global" / "pg_control").unlink()
    with pytest.raises(MentalspaceError, match=r"did not start: .*control.*postgres\.log"):
        await cluster.start()


async def test_what_cannot_be_created_says_why(programs: Path, folder: Path) -> None:
    cluster = Cluster(programs, folder, free_port())
    cluster.data.mkdir()
    (cluster.data / "something").touch()
    with pytest.raises(MentalspaceError, match=r"initdb failed: .*postgres\.log"):
        await cluster.create()
    assert not (folder / "password").exists()
