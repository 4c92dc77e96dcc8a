"""A service is asked to end until it hears it."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from mentalspace.devstack import supervisor
from mentalspace.devstack.processes import free_port, spawn
from mentalspace.devstack.supervisor import end_group

# Says that it loads, and takes its time: until then granian's worker hears nothing.
APPLICATION = """
import pathlib, time
pathlib.Path("loading").touch()
time.sleep(0.5)
async def app(scope, receive, send):
    while scope["type"] == "lifespan":
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
"""


async def test_a_server_that_is_still_loading_ends_when_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 60)
    (tmp_path / "loads.py").write_text(APPLICATION)
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1"]
    options = ["--port", str(free_port()), "--workers", "1", "--no-access-log", "loads:app"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    process = spawn([*command, *options], tmp_path / "log", environment=environment, folder=str(tmp_path))
    try:
        async with asyncio.timeout(60):
            while not (tmp_path / "loading").exists():
                await asyncio.sleep(0.01)
            await end_group(process)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0


async def test_what_hears_nothing_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.3)
    deaf = "from signal import *; import time; signal(SIGTERM, SIG_IGN); print(flush=True); time.sleep(60)"
    process = spawn([sys.executable, "-c", deaf], tmp_path / "log")
    async with asyncio.timeout(60):
        while not (tmp_path / "log").read_text():
            await asyncio.sleep(0.01)
        await end_group(process)
    assert process.returncode == -9
