"""`./run`: what it says when it is not told a task, finds no usable Python, or cannot download."""

from __future__ import annotations

import shutil
import stat
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = ("bash", "cat", "cksum", "dirname", "env", "rm", "mktemp")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of a clone as `./run` needs before it has an environment."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in ("run", "requirements.lock", "requirements-node.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH with what any system has, and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        (folder / name).symlink_to(shutil.which(name) or name)
    return folder


def plant(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def run(checkout: Path, tools: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "run", *arguments], env={"PATH": str(tools)}, capture_output=True, text=True, timeout=30
    )


def test_without_a_task_it_says_what_there_is(checkout: Path, tools: Path) -> None:
    answer = run(checkout, tools)
    assert answer.returncode == 0
    for task in ("demo", "test", "lint", "docs", "up", "down", "status", "reset"):
        assert f"./run {task} " in answer.stdout


def test_an_unknown_task_is_a_usage_error(checkout: Path, tools: Path) -> None:
    answer = run(checkout, tools, "dance")
    assert answer.returncode == 2
    assert "./run demo" in answer.stderr


def test_no_python_at_all(checkout: Path, tools: Path) -> None:
    answer = run(checkout, tools, "status")
    assert answer.returncode == 3
    assert "install Python 3.11 or newer" in answer.stderr


def test_a_python_that_is_too_old(checkout: Path, tools: Path) -> None:
    plant(
        tools,
        "python3",
        'case "$*" in *version_info*) exit 1 ;; --version) echo Python 3.9.2 ;; esac',
    )
    answer = run(checkout, tools, "status")
    assert answer.returncode == 3
    assert "Python 3.9.2 is too old; install Python 3.11 or newer" in answer.stderr


def test_a_python_without_venv(checkout: Path, tools: Path) -> None:
    plant(tools, "python3", 'case "$*" in *ensurepip*) exit 1 ;; esac')
    answer = run(checkout, tools, "status")
    assert answer.returncode == 3
    assert "apt install python3-venv" in answer.stderr


def test_a_download_that_fails(checkout: Path, tools: Path) -> None:
    pip = 'case "$*" in *"pip install"*) echo "no route to host" >&2; exit 1 ;; esac'
    made = 'mkdir -p "$3/bin"; cp "$0" "$3/bin/python"'
    plant(tools, "python3", f'{pip}\ncase "$*" in "-m venv"*) {made} ;; esac')
    for name in ("mkdir", "cp"):
        (tools / name).symlink_to(shutil.which(name) or name)
    answer = run(checkout, tools, "status")
    assert answer.returncode == 3
    assert "no route to host" in answer.stderr
    assert "a download failed (see above); check the network" in answer.stderr
    # nothing half made is taken for whole at the next try
    assert run(checkout, tools, "status").returncode == 3
