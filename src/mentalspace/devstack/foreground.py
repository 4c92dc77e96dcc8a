"""Run a stack until a signal ends it, alone or around one command."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from mentalspace.devstack.ports import free_ports
from mentalspace.devstack.processes import make_scratch
from mentalspace.devstack.stack import Stack
from mentalspace.devstack.supervisor import running
from mentalspace.errors import InputError

INTERRUPTED = 130


async def serve(
    stack: Stack,
    on_step: Callable[[str], None] = lambda _: None,
    on_ready: Callable[[], None] = lambda: None,
) -> None:
    """Keep a stack until a signal ends it, which is a normal end. Raises when a part of it ends by itself."""
    with _cancelled_by_signals(), suppress(asyncio.CancelledError):
        async with running(stack, on_step) as supervisor:
            on_ready()
            await supervisor.watch()


async def run_inside(workspace: Path, command: Sequence[str], on_step: Callable[[str], None]) -> int:
    """Run a command on a stack of its own, in a fresh folder and on free ports; return its exit code.

    The command finds the stack by MENTALSPACE_* variables. Stack and folder are gone afterwards.
    """
    if not shutil.which(command[0]):
        raise InputError(f"{command[0]}: no such command; write one that the PATH has")
    try:
        with _cancelled_by_signals(), _fresh_stack(workspace) as stack:
            async with running(stack, on_step):
                return await _run(command, os.environ | stack.client_environment())
    except asyncio.CancelledError:
        return INTERRUPTED


async def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    process = await asyncio.create_subprocess_exec(*command, env=environment)
    try:
        return await process.wait()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


@contextmanager
def _cancelled_by_signals() -> Iterator[None]:
    """Let Ctrl-C, `kill` and a closed terminal end the current task, which stops what it started."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, lambda: task and task.cancel())
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


@contextmanager
def _fresh_stack(workspace: Path) -> Iterator[Stack]:
    parent = workspace / ".mentalspace"
    parent.mkdir(exist_ok=True)
    folder = make_scratch(parent, "fresh")
    try:
        yield Stack(workspace, free_ports(), named_folder=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
