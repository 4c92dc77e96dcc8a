"""From contracts to rules to SQL: children first, the same every time; the impossible is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.small_contracts import write_contract

from mentalspace.contracts.contract import FOLDER
from mentalspace.contracts.parse import parse_contracts, read_contracts
from mentalspace.documents import Document, parse_document
from mentalspace.errors import DocumentError
from mentalspace.retention.compiling import compile_rules
from mentalspace.retention.migration import find_current, write_migration
from mentalspace.retention.rendering import NAME, render_migration
from mentalspace.retention.rule import RetentionRule

ROOT = Path(__file__).resolve().parents[3]


RULE = {"months": 84, "method": "soft_delete", "basis": {"columns": ["day"]}, "reason": "because"}


def contract(table: str, columns: dict[str, str], refers: str = "", **retention: Any) -> Document:
    """A small contract; a column `parent_id` refers to `refers`."""
    kinds = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    data = yaml.safe_load(write_contract(table, kinds, owner="billing_manager"))
    (described,) = data["schema"]
    for column in described["properties"]:
        if column["name"] == "parent_id":
            column["relationships"] = [{"to": f"{refers}.id"}]
    rule = RULE | {"data_type": table} | retention
    described["customProperties"] = [{"property": "retention", "value": rule}]
    return parse_document(yaml.safe_dump(data, sort_keys=False), Path(f"{table}.odcs.yaml"))


COLUMNS = {"id": "uuid", "day": "date", "deleted_at": "timestamptz"}
CHILD = COLUMNS | {"parent_id": "uuid"}


def compile_all(*documents: Document) -> tuple[RetentionRule, ...]:
    return compile_rules(parse_contracts(list(documents)))


def problems(*documents: Document) -> str:
    with pytest.raises(DocumentError) as caught:
        compile_all(*documents)
    return str(caught.value)


def test_children_come_before_their_parents() -> None:
    rules = compile_all(
        contract("aaa", COLUMNS, waits_for=["*"]),
        contract("bbb", CHILD, refers="aaa", waits_for=["ccc"]),
        contract("ccc", CHILD, refers="bbb"),
    )
    assert [(rule.table_name, rule.apply_order) for rule in rules] == [("ccc", 0), ("bbb", 1), ("aaa", 2)]


def test_a_hard_delete_comes_after_every_child_without_saying_so() -> None:
    rules = compile_all(
        contract("aaa", COLUMNS, method="hard_delete"),
        contract("bbb", CHILD, refers="aaa", method="hard_delete"),
    )
    assert [rule.table_name for rule in rules] == ["bbb", "aaa"]


def test_the_plans_defaults_and_the_five_tables_are_there() -> None:
    rules = {rule.data_type: rule for rule in compile_rules(read_contracts(ROOT / FOLDER))}
    facts = {
        name: (rule.table_name, rule.retention_period_months, rule.deletion_method.value)
        for name, rule in rules.items()
    }
    assert facts == {
        "clinical_notes": ("clinical_notes", 84, "soft_delete"),
        "client_records": ("clients", 84, "soft_delete"),
        "audit_logs": ("phi_access_logs", 120, "hard_delete"),
        "session_data": ("api_logs", 1, "hard_delete"),
        "appointments": ("appointments", 84, "soft_delete"),
        "charge_entries": ("charge_entries", 120, "soft_delete"),
        "insurance_claims": ("insurance_claims", 120, "soft_delete"),
        "payment_records": ("payment_records", 120, "soft_delete"),
        "quality_results": ("data_quality_results", 72, "hard_delete"),
        "role_history": ("user_role_history", 120, "hard_delete"),
        "user_roles": ("user_roles", 120, "hard_delete"),
        "notification_preferences": ("notification_preferences", 1, "hard_delete"),
    }
    minors = {name for name, rule in rules.items() if rule.until_age == 25 and rule.under_age == 18}
    assert minors == {"clinical_notes", "client_records"}


def test_the_latest_migration_says_what_the_contracts_say() -> None:
    current = find_current(ROOT / "supabase" / "migrations")
    assert current
    expected = render_migration(compile_rules(read_contracts(ROOT / FOLDER)))
    assert current.read_text(encoding="utf-8") == expected, "run `mentalspace retention compile --write`"


def test_a_migration_is_written_only_when_something_changed(tmp_path: Path) -> None:
    rules = compile_all(contract("aaa", COLUMNS))
    first = write_migration(tmp_path, render_migration(rules))
    assert first
    assert first.name.endswith(f"_{NAME}.sql")
    assert write_migration(tmp_path, render_migration(rules)) is None
    first.rename(tmp_path / f"20200101000000_{NAME}.sql")
    changed = write_migration(tmp_path, render_migration(compile_all(contract("aaa", COLUMNS, months=96))))
    assert changed == find_current(tmp_path)


def test_quotes_in_a_reason_stay_text() -> None:
    rules = compile_all(contract("aaa", COLUMNS, reason="counsel's word; drop table clients"))
    assert "'counsel''s word; drop table clients'" in render_migration(rules)


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        ([contract("aaa", COLUMNS, method="anonymize")], "anonymize cannot be carried out"),
        ([contract("aaa", {"id": "uuid", "day": "date"})], "aaa has no column deleted_at"),
        (
            [contract("aaa", COLUMNS, data_type="same"), contract("bbb", COLUMNS, data_type="same")],
            "data_type same is used twice",
        ),
        (
            [contract("aaa", COLUMNS, waits_for=["bbb"]), contract("bbb", COLUMNS)],
            "bbb has no foreign key to aaa",
        ),
        (
            [contract("aaa", COLUMNS, method="hard_delete"), contract("bbb", CHILD, refers="aaa")],
            "aaa would wait for ever: soft-deleted rows of bbb still refer to it",
        ),
        (
            [
                contract("aaa", CHILD, refers="bbb", waits_for=["bbb"]),
                contract("bbb", CHILD, refers="aaa", waits_for=["aaa"]),
            ],
            "break the circle",
        ),
    ],
    ids=["anonymize", "no deleted_at", "twice", "stranger", "for ever", "circle"],
)
def test_what_cannot_be_carried_out_is_refused_with_its_line(documents: list[Document], message: str) -> None:
    text = problems(*documents)
    assert message in text
    place = text.splitlines()[0].split(":")
    assert place[0].endswith(".odcs.yaml")
    assert int(place[1]) > 1
