"""Old documents from a folder or from git; what is missing is said."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from tests.unit.raci.documents import BILLING
from typer.testing import CliRunner

from mentalspace.errors import InputError, MentalspaceError
from mentalspace.raci.commands import app
from mentalspace.raci.history import read_old_documents

CELL = "therapist: {duty: R, scope: own}"


def git(folder: Path, *arguments: str) -> None:
    identity = (
        "-c",
        "user.name=Test",
        "-c",
        "user.email=test@mentalspace.example",
        "-c",
        "commit.gpgsign=false",
    )
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


def write(workspace: Path, text: str) -> None:
    folder = workspace / "docs" / "raci"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "billing.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace below the top of a repository: empty first, then with one document, then edited."""
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    workspace = tmp_path / "practice"
    workspace.mkdir()
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "Begin")
    write(workspace, BILLING)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "Add billing")
    write(workspace, BILLING.replace(CELL, "therapist: R"))
    monkeypatch.setenv("MENTALSPACE_WORKSPACE", str(workspace))
    return workspace


def test_a_revision_is_read_as_it_was(workspace: Path) -> None:
    (document,) = read_old_documents(workspace, "HEAD")
    assert document.text == BILLING
    assert document.path.as_posix() == "HEAD:docs/raci/billing.yaml"
    assert read_old_documents(workspace, "HEAD~1") == []


def test_a_folder_is_read_as_it_is(workspace: Path) -> None:
    (document,) = read_old_documents(workspace, str(workspace / "docs" / "raci"))
    assert "therapist: R\n" in document.text
    with pytest.raises(InputError, match="no RACI documents"):
        read_old_documents(workspace, str(workspace))


@pytest.mark.parametrize("revision", ["no-such-branch", "--output=written", "HEAD:docs", ""])
def test_a_revision_that_is_none_is_said(workspace: Path, revision: str) -> None:
    with pytest.raises(InputError, match="neither documents nor a git revision"):
        read_old_documents(workspace, revision)
    assert not list(workspace.rglob("written"))


def test_no_repository_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(InputError, match="in no git repository"):
        read_old_documents(tmp_path, "HEAD")


def test_no_git_is_said(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(workspace))
    with pytest.raises(MentalspaceError, match="git is not installed") as raised:
        read_old_documents(workspace, "HEAD")
    assert raised.value.exit_code == 3


def test_the_command_exits_1_for_a_difference(workspace: Path) -> None:
    differs = CliRunner().invoke(app, ["diff"])
    assert differs.exit_code == 1
    assert differs.stdout.splitlines()[0].startswith(
        "billing.enter_charge: therapist R (own) -> R (caseload)  widened"
    )
    answer = json.loads(CliRunner().invoke(app, ["diff", "HEAD", "--json"]).stdout)
    assert [(each["task"], each["name"], each["effect"]) for each in answer] == [
        ("enter_charge", "therapist", "widened")
    ]
    write(workspace, "# reviewed\n" + BILLING)
    same = CliRunner().invoke(app, ["diff"])
    assert (same.exit_code, same.stdout) == (0, "nothing differs from HEAD\n")


def test_who_as_a_command(workspace: Path) -> None:
    answer = json.loads(CliRunner().invoke(app, ["who", "enter_charge", "--json"]).stdout)
    assert [(each["role"], each["scope"]) for each in answer["holders"]][1] == ("therapist", "caseload")
    reach = CliRunner().invoke(app, ["who", "--table", "charges", "--command", "insert", "--json"])
    assert list(json.loads(reach.stdout)[0]["roles"]) == ["billing_staff", "therapist"]
    for arguments in ([], ["write_off", "--table", "charges"], ["write_off", "--command", "insert"]):
        assert isinstance(CliRunner().invoke(app, ["who", *arguments]).exception, InputError)
