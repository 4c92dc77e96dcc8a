"""The schema that editors use is the model's, takes every document and refuses what is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema_rs import Draft202012Validator
from tests.unit.raci.documents import BILLING
from typer.testing import CliRunner

from mentalspace.raci.commands import app
from mentalspace.raci.schema import FILE, render_schema, write_schema

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(render_schema()))


def test_the_checked_in_schema_is_current() -> None:
    assert (ROOT / FILE).read_text(encoding="utf-8") == render_schema(), (
        "run `mentalspace raci schema --write`"
    )


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "raci").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_document_conforms(validator: Draft202012Validator, path: Path) -> None:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert [f"{list(e.instance_path)}: {e.message}" for e in validator.iter_errors(data)] == []


def test_both_forms_of_a_cell_conform(validator: Draft202012Validator) -> None:
    assert validator.is_valid(yaml.safe_load(BILLING))


REFUSED = {
    "a role nobody knows": ("      client_user: I\n", "      wizard: I\n"),
    "a role of the module nobody knows": ("  client_user: {scope: own}", "  wizard: {scope: own}"),
    "no duty": ("      client_user: I\n", "      client_user: X\n"),
    "no scope": ("{duty: R, scope: own}", "{duty: R, scope: mine}"),
    "a key too many": ("        with: reason\n", "        along: reason\n"),
    "no command": ("        command: insert\n", "        command: upsert\n"),
    "no key": ("  write_off:\n", "  Write-Off:\n"),
    "no column": ("        with: reason\n", "        with: The Reason\n"),
    "no value": ("status: [Draft, Billed]", "status: []"),
    "no stamp": ("{written_off_at: now}", "{written_off_at: tomorrow}"),
    "no title": ("    title: Write Off\n", ""),
    "no duration": ("    title: Write Off\n", "    title: Write Off\n    sla: {title: Fast, within: soon}\n"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_document_does_not_conform(validator: Draft202012Validator, name: str) -> None:
    old, new = REFUSED[name]
    assert BILLING.count(old) == 1
    assert not validator.is_valid(yaml.safe_load(BILLING.replace(old, new)))


def test_every_key_of_the_model_is_known(validator: Draft202012Validator) -> None:
    schema: dict[str, Any] = json.loads(render_schema())
    assert {"with", "from", "not_by"} <= schema["$defs"]["Enforcement"]["properties"].keys()
    assert "title" in schema["properties"]
    assert schema["$defs"]["Task"]["properties"]["duties"]["propertyNames"] == {"$ref": "#/$defs/AppRole"}


def test_it_is_written_once(tmp_path: Path) -> None:
    assert write_schema(tmp_path)
    assert not write_schema(tmp_path)
    assert (tmp_path / FILE).read_text(encoding="utf-8") == render_schema()


def test_the_command_prints_or_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENTALSPACE_WORKSPACE", str(tmp_path))
    assert CliRunner().invoke(app, ["schema"]).stdout == render_schema()
    assert not (tmp_path / FILE).exists()
    assert CliRunner().invoke(app, ["schema", "--write"]).stdout == f"wrote {FILE}\n"
