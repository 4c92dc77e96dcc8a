"""Start a stack that outlives the command, and stop one from outside."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from time import monotonic

from mentalspace.devstack.ports import refuse_taken
from mentalspace.devstack.processes import python_environment
from mentalspace.devstack.stack import Stack
from mentalspace.devstack.state import Phase, State, StateFile
from mentalspace.errors import MentalspaceError

POLL_SECONDS = 0.03
# The first start downloads packages: npm itself gives up on a dead network long before this.
START_SECONDS = 600
STOP_SECONDS = 30


async def start(stack: Stack, on_step: Callable[[str], None]) -> tuple[State, bool]:
    """Start a detached supervisor and wait until it is ready; return how it fares and whether it is new.

    A running stack is left alone. Raises with the supervisor's own reason when it fails; Ctrl-C stops it.
    """
    file = StateFile(stack.folder)
    if file.is_held():
        return await _follow(stack, None, on_step), False
    refuse_taken(stack.ports)
    stack.folder.mkdir(parents=True, exist_ok=True)
    file.write(State())
    process = _launch(stack)
    try:
        return await _follow(stack, process, on_step), True
    except BaseException:
        await stop(stack)
        raise


async def stop(stack: Stack) -> bool:
    """Stop the stack, by force if it does not end in time; return whether it was running."""
    file = StateFile(stack.folder)
    if not file.is_held():
        return False
    deadline = monotonic() + STOP_SECONDS
    told = False
    while file.is_held():
        pid = file.read().pid
        if pid and not told:
            os.kill(pid, signal.SIGTERM)
            told = True
        if pid and monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(POLL_SECONDS)
    return True


async def reset(stack: Stack) -> bool:
    """Stop the stack and delete its folder; return whether there was one."""
    await stop(stack)
    if not stack.folder.exists():
        return False
    await asyncio.to_thread(shutil.rmtree, stack.folder)
    return True


def _launch(stack: Stack) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "mentalspace.devstack", str(stack.workspace), str(stack.ports.gateway)]
    with (stack.folder / "supervisor.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603  (no shell)
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=python_environment(),
        )


async def _follow(
    stack: Stack, process: subprocess.Popen[bytes] | None, on_step: Callable[[str], None]
) -> State:
    file, said = StateFile(stack.folder), ""
    deadline = monotonic() + START_SECONDS
    while True:
        # Asked before the state is read: what a supervisor writes last, it writes before it ends.
        ended = _has_ended(file, process)
        if (state := file.read()).phase is Phase.ready:
            return state
        if state.step and state.step != said:
            on_step(said := state.step)
        if state.phase is Phase.failed:
            raise MentalspaceError(state.error)
        if ended:
            raise MentalspaceError(f"the stack ended while starting; see {stack.folder / 'supervisor.log'}")
        if monotonic() > deadline:
            raise MentalspaceError(f"the stack is not ready after {START_SECONDS} s; see {stack.folder}")
        await asyncio.sleep(POLL_SECONDS)


def _has_ended(file: StateFile, process: subprocess.Popen[bytes] | None) -> bool:
    # A second `up` at the same moment: the other one's supervisor is the one to follow.
    return (process is None or process.poll() is not None) and not file.is_held()
