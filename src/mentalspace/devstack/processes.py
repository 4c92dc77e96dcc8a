"""Start child processes that die with this one, and become an ordinary user where root is refused."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mentalspace.errors import MentalspaceError

PR_SET_PDEATHSIG = 1
NOBODY = 65534


@dataclass(frozen=True)
class Account:
    """How to run a program that refuses root: a command put before it, and a user to become."""

    prefix: tuple[str, ...] = ()
    user: str | None = None

    @property
    def options(self) -> dict[str, Any]:
        """Arguments for `subprocess.Popen`."""
        if self.user is None:
            return {}
        return {"user": self.user, "group": pwd.getpwnam(self.user).pw_gid, "extra_groups": []}

    def give(self, folder: Path) -> None:
        """Let the account own a new folder of its own."""
        if self.user is not None:
            shutil.chown(folder, self.user, pwd.getpwnam(self.user).pw_gid)


def find_account() -> Account:
    """Who Postgres runs as: the caller, unless it refuses the caller: root, or a user without a name.

    Those become `nobody`: in a user namespace, where the files still are the caller's own, so that it works
    below a folder that nobody else may enter; or really, where the kernel forbids that.
    """
    uid = os.getuid()
    if uid != 0 and _has_name(uid):
        return Account()
    mapped = ("unshare", "-U", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
    if shutil.which("unshare"):
        tried = subprocess.run([*mapped, "true"], capture_output=True, check=False)  # noqa: S603  (no shell)
        if tried.returncode == 0:
            return Account(prefix=mapped)
    return Account(user="nobody") if uid == 0 else Account()


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def spawn(
    command: Sequence[str | Path],
    log: Path,
    *,
    environment: Mapping[str, str] | None = None,
    account: Account | None = None,
    folder: str | None = None,
    last_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a program that gets `last_signal` when this process ends, even by kill -9; it writes to `log`.

    Call it from the main thread: Linux ties the child's life to the thread that made it.
    """
    account = account or Account()
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603  (no shell)
            [*account.prefix, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=dict(environment) if environment is not None else None,
            start_new_session=True,
            preexec_fn=partial(_die_with, os.getpid(), last_signal) if sys.platform == "linux" else None,  # noqa: PLW1509  (two calls)
            **account.options,
        )


def python_environment() -> dict[str, str]:
    """The environment in which a Python child imports the toolkit that this process has, installed or not."""
    here = str(Path(__file__).resolve().parents[2])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))}


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_scratch(base: Path, name: str) -> Path:
    """A new folder for as long as this process lives; what killed processes left is removed first.

    Another account may enter it: PostgreSQL refuses to run as root.
    """
    for old in base.glob(f"{name}-*-*"):
        if not is_running(int(old.name.split("-")[-2])):
            shutil.rmtree(old, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-{os.getpid()}-", dir=base))
    folder.chmod(0o755)
    return folder


def last_words(log: Path) -> str:
    """The last line of a log, for an error message; granian's own `[ERROR] …` only says that it ended."""
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    told = [line for line in lines if not line.startswith("[")]
    return (told or lines or ["it said nothing"])[-1]


def is_running(pid: int) -> bool:
    """Whether a process of this id exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _die_with(parent: int, number: signal.Signals) -> None:
    if ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number) != 0:
        raise MentalspaceError("the kernel refused to tie a child process to its parent")
    if os.getppid() != parent:  # it ended before the tie
        os._exit(1)
