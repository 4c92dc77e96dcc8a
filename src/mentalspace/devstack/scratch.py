"""A PostgreSQL for as long as a block: what tests and benchmarks run on."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from mentalspace.devstack.packages import binaries, install_packages, node_folder
from mentalspace.devstack.postgres import Cluster
from mentalspace.devstack.processes import free_port, make_scratch

_MEMORY = Path("/dev/shm")  # noqa: S108  (in a folder of its own there)
_ROOM = 2 * 1024**3


@asynccontextmanager
async def scratch_cluster(workspace: Path, name: str, base: Path | None = None) -> AsyncIterator[Cluster]:
    """Start an empty server on a free port, with its data below `base`; discard both with the block."""
    packages = node_folder(workspace)
    await install_packages(packages)
    folder = make_scratch(base or Path(tempfile.gettempdir()), name)
    cluster = Cluster(binaries(packages), folder, free_port())
    try:
        await cluster.create()
        await cluster.start()
        yield cluster
    finally:
        await cluster.stop(discard=True)
        shutil.rmtree(folder)


def find_memory() -> Path | None:
    """Where files are kept in memory, if there is room: databases are cloned there ten times faster."""
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM
    return _MEMORY if roomy else None
