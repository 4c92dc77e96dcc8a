"""`mentalspace raci` as people run it: answers, exit codes, and mistakes that write nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from tests.acceptance.conftest import Cli

ROOT = Path(__file__).parents[2]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of this workspace's documents and migrations, to be changed."""
    for folder in ("docs/raci", "docs/data-contracts", "supabase/migrations"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.setenv("MENTALSPACE_WORKSPACE", str(tmp_path))
    return tmp_path


def edit(workspace: Path, old: str, new: str) -> None:
    path = workspace / "docs" / "raci" / "scheduling.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def files(workspace: Path) -> dict[str, str]:
    return {path.as_posix(): path.read_text() for path in workspace.rglob("*.*") if path.is_file()}


async def test_explain_says_what_and_why(cli: Cli) -> None:
    ended = await cli("raci", "explain", "cancel_appointment", "--as", "therapist")
    assert ended.code == 0
    for words in (
        "Therapist may do this on rows in scope own, and is refused on every other.",
        "own, narrowed from caseload",
        "governance.guard_appointments",
        "appointments_update reaches rows in scope caseload",
        "governance.each_reachable_client('appointments', 'update')",
    ):
        assert words in ended.out
    answer = json.loads((await cli("raci", "explain", "cancelAppointment", "--as", "client", "--json")).out)
    assert (answer["cell"], answer["may_perform"]) == ("I", False)


async def test_a_mistake_is_named_with_its_line_and_writes_nothing(cli: Cli, workspace: Path) -> None:
    edit(workspace, "      supervisor: C\n", '      supervisor: "R,A"\n')
    edit(workspace, "with: [cancellation_reason, notes]", "with: [cancel_reason, notes]")
    before = files(workspace)
    ended = await cli("raci", "compile", "--write")
    assert (ended.code, ended.out) == (2, "")
    assert "2 Accountables (front_desk, supervisor); keep A for one, the others R" in ended.err
    assert "write cancellation_reason" in ended.err
    lines = (workspace / "docs/raci/scheduling.yaml").read_text().splitlines()
    for line in ended.err.strip().splitlines():
        path, number, _ = line.split(":", 2)
        assert Path(path).name == "scheduling.yaml"
        assert any(word in lines[int(number) - 1] for word in ("R,A", "cancel_reason"))
    assert files(workspace) == before


async def test_a_changed_cell_is_stale_until_it_is_compiled(cli: Cli, workspace: Path) -> None:
    assert (await cli("raci", "check", "--offline")).code == 0
    edit(workspace, "      administrator: C\n", "      administrator: I\n")
    assert (await cli("raci", "check", "--offline")).code == 1
    stale = await cli("raci", "compile", "--json")
    assert stale.code == 1
    names = [Path(path).name for path in json.loads(stale.out)]
    assert names[0] == "SCHEDULING_RACI.md"
    assert [name[15:] for name in names[1:]] == ["raci_scheduling_load.sql"]
    assert (await cli("raci", "compile", "--write")).code == 0
    assert (await cli("raci", "check", "--offline")).code == 0


async def test_check_and_coverage_of_a_database(cli: Cli, database_url: str) -> None:
    where = ("--database-url", database_url)
    checked = await cli("raci", "check", "--json", *where)
    assert (checked.code, json.loads(checked.out)) == (0, [])
    covered = json.loads((await cli("raci", "coverage", "--json", *where)).out)
    assert (covered["tasks_percent"], covered["commands_percent"]) == (100, 100)


async def test_the_matrix_is_shown(cli: Cli) -> None:
    shown = await cli("raci", "matrix", "scheduling")
    assert "Cancel Appointment" in shown.out
    cells = json.loads((await cli("raci", "matrix", "--json")).out)
    assert {cell["module"] for cell in cells} >= {"scheduling", "administration"}
    assert (await cli("raci", "matrix", "schedulling")).code == 2
