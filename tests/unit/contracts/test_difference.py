"""What is breaking, and what makes a breaking change due."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.small_contracts import read_small, write_contract, write_metric, write_rule

from mentalspace.contracts.changes import compare_contracts
from mentalspace.contracts.contract import Contract
from mentalspace.contracts.difference import find_differences
from mentalspace.contracts.revisions import read_version
from mentalspace.errors import InputError
from mentalspace.findings import Level

COLUMNS = "id uuid!, a text!, b text, n integer"
RULE = write_rule("positive", "fails_when: n < 0")
OLD = write_contract("visits", COLUMNS, RULE, live="a is not null")
ROLE = "roles: [{role: therapist, access: read}]\n"
HISTORY = """customProperties:
  - property: history
    value:
      - {version: 2.0.0, date: '2026-12-03', announced: '%s', author: scheduling_manager, changes: Second}
"""


def small(text: str) -> Contract:
    return read_small(text)["visits"]


def changes(new: str, old: str = OLD) -> dict[str, bool]:
    return {change.place: change.is_breaking for change in compare_contracts(small(old), small(new))}


def told(new: str, old: str = OLD) -> list[tuple[Level, str]]:
    return [(f.level, f.remediation) for f in find_differences(read_small(old), read_small(new))]


def replaced(old: str, new: str) -> str:
    assert old in OLD
    return OLD.replace(old, new, 1)


KEPT = "a is not null"
COLUMN_B = "name: b, logicalType: string, physicalType: 'text'"
COLUMN_A = "{name: a, logicalType: string, physicalType: 'text', classification: internal"
OURS = "customProperties: [{property: "
CASES = {
    "column.b": (write_contract("visits", "id uuid!, a text!, n integer", RULE, live=KEPT), True),
    "column.c": (write_contract("visits", f"{COLUMNS}, c text", RULE, live=KEPT), False),
    "column.d": (write_contract("visits", f"{COLUMNS}, d text!", RULE, live=KEPT), True),
    "type.b": (replaced(COLUMN_B, COLUMN_B.replace("text", "uuid")), True),
    "null.b": (write_contract("visits", "id uuid!, a text!, b text!, n integer", RULE, live=KEPT), True),
    "null.a": (write_contract("visits", "id uuid!, a text, b text, n integer", RULE, live=KEPT), True),
    "unique.a": (replaced(COLUMN_A, f"{COLUMN_A}, unique: true"), True),
    "classification.a": (replaced(COLUMN_A, COLUMN_A.replace("internal", "phi")), False),
    "foreign_key.a": (replaced(COLUMN_A, f"{COLUMN_A}, relationships: [{{to: others.id}}]"), True),
    "default.a": (replaced(COLUMN_A, f"{COLUMN_A}, {OURS}default, value: now()}}]"), False),
    "generated.a": (replaced(COLUMN_A, f"{COLUMN_A}, {OURS}generated, value: true}}]"), True),
    "live": (write_contract("visits", COLUMNS, RULE, live="b is not null"), True),
    "owner": (write_contract("visits", COLUMNS, RULE, live=KEPT, owner="billing_manager"), False),
    "role.therapist": (OLD + ROLE, True),
    "sla.latency": (OLD + "slaProperties: [{property: latency, value: 100, unit: ms}]\n", False),
}  # fmt: skip


@pytest.mark.parametrize("place", CASES)
def test_a_change_is_told_and_judged(place: str) -> None:
    new, breaking = CASES[place]
    assert changes(new) == {place: breaking}


def test_leaving_phi_is_breaking() -> None:
    phi = replaced(COLUMN_A, COLUMN_A.replace("internal", "phi"))
    assert changes(OLD, phi) == {"classification.a": True}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("", {"rule.positive": True}),
        (write_rule("positive", "fails_when: n <= 0"), {"rule.positive": True}),
        (write_rule("positive", "fails_when: n < 0", severity="low"), {"rule.positive": False}),
        (RULE + write_metric("counted", "metric: rowCount, mustBeGreaterThan: 0"), {"rule.counted": False}),
    ],
)
def test_rules_are_promises(rules: str, expected: dict[str, bool]) -> None:
    assert changes(write_contract("visits", COLUMNS, rules, live="a is not null")) == expected


def test_words_are_no_change() -> None:
    assert changes(OLD.replace("purpose: Test.", "purpose: Another.")) == {}


BROKEN = write_contract("visits", "id uuid!, a text!, n integer", RULE, live="a is not null")


def test_breaking_needs_a_major_version_and_notice() -> None:
    raised = BROKEN.replace("version: 1.0.0", "version: 2.0.0")
    assert told(BROKEN) == [(Level.error, "Raise the version to 2.0.0, and announce it.")]
    assert told(BROKEN.replace("version: 1.0.0", "version: 1.9.0"))[0][0] is Level.error
    assert told(raised) == [
        (Level.error, "Write 2.0.0 into the history, with `announced`: 3 business days before `date`.")
    ]
    # Thursday, 3 December: Monday is three business days before, Tuesday is not, Friday is.
    assert told(raised + HISTORY % "2026-12-01")[0][0] is Level.error
    assert told(raised + HISTORY % "2026-11-30") == [(Level.info, "Migrate.")]
    assert told(raised + HISTORY % "2026-11-27") == [(Level.info, "Migrate.")]
    assert told(raised + HISTORY % "2026-12-04")[0][0] is Level.error


def test_a_dropped_contract_is_breaking_and_a_new_one_is_not() -> None:
    other = write_contract("others", "id uuid!")
    both = read_small(OLD, other)
    assert [f.level for f in find_differences(both, read_small(OLD))] == [Level.error]
    assert [f.level for f in find_differences(read_small(OLD), both)] == [Level.info]


def test_versions_come_from_files_folders_and_git(tmp_path: Path) -> None:
    folder = tmp_path / "docs" / "data-contracts"
    folder.mkdir(parents=True)
    file = folder / "visits.odcs.yaml"
    file.write_text(OLD)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, *IDENTITY, "commit", "-qm", "First")
    file.write_text(BROKEN)
    for source in ("HEAD", "HEAD^{commit}"):
        assert read_version(source, tmp_path)["visits"].table.column("b")
    for source in (str(file), str(folder)):
        assert read_version(source, tmp_path)["visits"].table.column("b") is None
    for source in ("nowhere", "--output=/etc/passwd", "HEAD~7"):
        with pytest.raises(InputError, match="neither documents nor a git revision"):
            read_version(source, tmp_path)


IDENTITY = ("-c", "user.name=Test", "-c", "user.email=test@example.org")


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(folder), *words], check=True)
