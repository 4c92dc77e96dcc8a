"""`mentalspace contracts` and `mentalspace quality`, as people call them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import psycopg
import pytest
from typer.testing import CliRunner, Result

from mentalspace.cli import app
from mentalspace.errors import MentalspaceError

ROOT = Path(__file__).parents[2]


def call(*words: str) -> Result:
    """Run a command; an error of ours is its exit code and its message, as `main` makes it."""
    result = CliRunner().invoke(app, list(words))
    if isinstance(result.exception, MentalspaceError):
        result.exit_code = result.exception.exit_code
        result.stderr_bytes = str(result.exception).encode()
    return result


def read(result: Result) -> Any:
    return json.loads(result.stdout)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of this workspace's documents and migrations."""
    for folder in ("docs/data-contracts", "supabase/migrations"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.setenv("MENTALSPACE_WORKSPACE", str(tmp_path))
    return tmp_path


def test_a_run_finds_records_and_says_so_by_its_exit_code(seeded_database_url: str) -> None:
    result = call("quality", "run", "--json", "--database-url", seeded_database_url)
    assert result.exit_code == 1
    answer = read(result)
    outcomes = {f"{each['table_name']}.{each['name']}": each["outcome"] for each in answer["results"]}
    assert outcomes["public.appointments.completed_without_note"] == "failed"
    assert outcomes["public.appointments.double_booking"] == "passed"
    assert {finding["check"] for finding in answer["findings"]} == {"quality"}
    shown = call("quality", "show", "--database-url", seeded_database_url)
    assert shown.exit_code == 0
    assert "all tables" in shown.stdout
    assert "Completed without note" in shown.stdout


def test_one_table_can_be_asked_for(seeded_database_url: str) -> None:
    answer = read(
        call("quality", "run", "--table", "clients", "--json", "--database-url", seeded_database_url)
    )
    assert {each["table_name"] for each in answer["results"]} == {"public.clients"}


def test_junit_is_for_programs(seeded_database_url: str) -> None:
    result = call("quality", "run", "--table", "user_roles", "--junit", "--database-url", seeded_database_url)
    suite = ElementTree.fromstring(result.stdout)  # noqa: S314  (our own output)
    assert suite.get("failures") == "2"


def test_an_unknown_table_is_a_mistake(seeded_database_url: str) -> None:
    result = call("quality", "run", "--table", "apointments", "--database-url", seeded_database_url)
    assert result.exit_code == 2
    assert "apointments has no checks; tables with checks: appointment" in str(result.exception)


def test_a_proof_is_explained(seeded_database_url: str) -> None:
    result = call("quality", "explain", "appointments.double_booking", "--database-url", seeded_database_url)
    assert result.exit_code == 0
    assert "proved by appointments_no_double_booking" in result.stdout


def test_a_reading_is_explained(seeded_database_url: str) -> None:
    answer = read(
        call("quality", "explain", "appointments.late_note", "--json", "--database-url", seeded_database_url)
    )
    assert answer["proof"] is None
    assert "clinical_notes" in answer["plan"]
    assert answer["statement"].startswith("select")


def test_an_unknown_check_is_a_mistake_with_a_suggestion(seeded_database_url: str) -> None:
    result = call("quality", "explain", "late_note", "--database-url", seeded_database_url)
    assert result.exit_code == 2
    assert "did you mean appointments.late_note?" in str(result.exception)


def test_everything_is_current(workspace: Path) -> None:
    assert call("contracts", "check").exit_code == 0


def test_a_changed_contract_is_told_then_written(workspace: Path) -> None:
    contract = workspace / "docs/data-contracts/appointments.odcs.yaml"
    text = contract.read_text(encoding="utf-8")
    hours = "interval '{} hours'\n          without"
    contract.write_text(text.replace(hours.format(72), hours.format(48)))
    assert call("contracts", "check").exit_code == 1
    told = read(call("contracts", "compile", "--json"))
    assert [each["written"] for each in told] == [False]
    [written] = read(call("contracts", "compile", "--write", "--json"))
    path = workspace / written["path"]
    assert "48 hours" in path.read_text(encoding="utf-8")
    assert path.name > "20261107000100"
    assert call("contracts", "compile").exit_code == 0
    assert call("contracts", "render", "--write").exit_code == 0
    assert call("contracts", "check").exit_code == 0


def test_a_mistake_has_its_line_and_nothing_is_written(workspace: Path) -> None:
    contract = workspace / "docs/data-contracts/clients.odcs.yaml"
    text = contract.read_text(encoding="utf-8").replace("btrim(first_name) = ''", "btrim(frist_name) = ''")
    contract.write_text(text, encoding="utf-8")
    before = sorted((workspace / "supabase/migrations").iterdir())
    result = call("contracts", "compile", "--write")
    line = next(n for n, each in enumerate(text.splitlines(), 1) if "frist_name" in each)
    assert result.exit_code == 2
    assert f"clients.odcs.yaml:{line}: blank_name: clients has no column frist_name" in str(result.exception)
    assert sorted((workspace / "supabase/migrations").iterdir()) == before


def test_a_version_that_is_taken_is_refused(workspace: Path) -> None:
    contract = workspace / "docs/data-contracts/clients.odcs.yaml"
    contract.write_text(contract.read_text(encoding="utf-8").replace("severity: high", "severity: low", 1))
    result = call("contracts", "compile", "--write", "--version", "20261102000500")
    assert result.exit_code == 2
    assert "clients_create.sql; give another" in str(result.exception)


def test_drift_is_told_by_the_exit_code(seeded_database_url: str) -> None:
    at = ("--database-url", seeded_database_url)
    result = call("contracts", "check", "--json", *at)
    assert (result.exit_code, {each["level"] for each in read(result)}) == (0, {"info"})
    with psycopg.connect(seeded_database_url) as connection:
        connection.execute("alter table public.client_statements add column extra text")
    result = call("contracts", "check", "--table", "client_statements", "--json", *at)
    assert result.exit_code == 1
    assert "drift:public.client_statements:column.extra" in {each["key"] for each in read(result)}
    assert call("contracts", "check", "--table", "nothing", *at).exit_code == 2


def test_a_draft_is_printed_and_written_once(workspace: Path, database_url: str) -> None:
    words = ("contracts", "import", "--table", "feed_canaries", "--owner", "release_manager", "--write")
    written = workspace / "docs" / "data-contracts" / "feed_canaries.odcs.yaml"
    written.unlink()
    result = call(*words, "--database-url", database_url)
    assert result.exit_code == 0
    assert written.read_text() == result.stdout
    assert call(*words, "--database-url", database_url).exit_code == 2


def test_a_breaking_change_is_told_by_the_exit_code(workspace: Path) -> None:
    old = ROOT / "docs" / "data-contracts"
    assert call("contracts", "diff", str(old)).exit_code == 0
    path = workspace / "docs" / "data-contracts" / "appointments.odcs.yaml"
    text = path.read_text()
    path.write_text(text.replace("physicalType: timestamptz", "physicalType: timestamp", 1))
    result = call("contracts", "diff", str(old), "--json")
    assert result.exit_code == 1
    assert read(result)[0]["key"].split(":")[2].startswith("type.")


def test_history_and_proposals_are_shown(seeded_database_url: str) -> None:
    at = ("--database-url", seeded_database_url)
    assert "never ran" in call("quality", "history", *at).stdout
    call("quality", "run", "--table", "appointments", *at)
    assert read(call("quality", "history", "appointments.late_note", "--json", *at))[0]["failures"] == 3
    assert "manual" in call("quality", "history", *at).stdout
    assert call("quality", "history", "appointments.late", *at).exit_code == 2
    result = call("quality", "suggest", "--table", "appointments", *at)
    assert "fails_when: end_time < start_time" in result.stdout
    assert read(call("quality", "suggest", "--table", "clients", "--json", *at))
