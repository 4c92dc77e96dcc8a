"""A draft agrees with the table it was drafted from, and each difference is told once, where it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from mentalspace.catalog.table import LiveColumn, LiveForeignKey, LiveIndex, LiveTable
from mentalspace.contracts.contract import Contracts
from mentalspace.contracts.draft import UNDESCRIBED, draft_contract, draft_file, scalar
from mentalspace.contracts.drift import find_drift
from mentalspace.contracts.parse import parse_contract
from mentalspace.documents import parse_document
from mentalspace.errors import DocumentError
from mentalspace.findings import Level

OWNER, DAY = "scheduling_manager", "2026-11-22"
NAMES = ("id", "client_id", "provider_id", "kind", "amount", "tags", "created_at", "deleted_at")
TABLE = LiveTable(
    "public",
    "visits",
    "postgres",
    True,
    "Visits: one row for each, and no more.",
    (
        LiveColumn("id", "uuid", False, "gen_random_uuid()"),
        LiveColumn("client_id", "uuid", False, comment="Whose it is: a client's."),
        LiveColumn("provider_id", "uuid", False),
        LiveColumn("kind", "text", True, "'None'::text"),
        LiveColumn("amount", "numeric(10,2)", True, None, True),
        LiveColumn("tags", "text[]", False, "'{}'::text[]"),
        LiveColumn("created_at", "timestamp with time zone", False, "now()"),
        LiveColumn("deleted_at", "timestamp with time zone", True),
    ),
    (
        LiveForeignKey("a", ("client_id",), "public.clients", ("id",), "restrict"),
        LiveForeignKey("b", ("provider_id",), "public.profiles", ("id",), "no action"),
        LiveForeignKey("c", ("id",), "auth.users", ("id",), "cascade"),
    ),
    (
        LiveIndex("visits_pkey", ("id",), is_unique=True, constraint="p"),
        LiveIndex("visits_kind_key", ("kind",), is_unique=True, constraint="u"),
        LiveIndex("visits_day_idx", ("created_at desc", "lower(kind)"), where="(deleted_at IS NULL)"),
    ),
    {"postgres": ("select",), "service_role": ("select", "insert")},
)


def drafted(table: LiveTable = TABLE, more: str = "") -> Contracts:
    document = parse_document(draft_contract(table, OWNER, DAY) + more, Path("visits.odcs.yaml"))
    return Contracts({"visits": parse_contract(document)}, {"visits": document})


def keys(table: LiveTable, contracts: Contracts | None = None) -> list[str]:
    findings = find_drift(contracts or drafted(), {table.qualified_name: table})
    assert all(finding.owner == OWNER for finding in findings)
    return [f"{finding.level}:{finding.key.removeprefix('drift:public.visits:')}" for finding in findings]


def column(name: str, **changes: Any) -> LiveTable:
    return replace(
        TABLE, columns=tuple(replace(c, **changes) if c.name == name else c for c in TABLE.columns)
    )


def without_index(name: str) -> LiveTable:
    return replace(TABLE, indexes=tuple(index for index in TABLE.indexes if index.name != name))


def key(name: str, **changes: Any) -> LiveTable:
    return replace(
        TABLE, foreign_keys=tuple(replace(k, **changes) if k.name == name else k for k in TABLE.foreign_keys)
    )


def index(name: str, **changes: Any) -> LiveTable:
    return replace(
        TABLE, indexes=tuple(replace(i, **changes) if i.name == name else i for i in TABLE.indexes)
    )


def test_a_draft_says_what_the_catalog_says() -> None:
    table = drafted()["visits"].table
    assert table.column_names == NAMES
    assert table.primary_key == ("id",)
    assert table.live == "deleted_at is null"
    assert table.ownership
    assert (table.ownership.owner, table.ownership.client) == (("provider_id",), "client_id")
    assert table.description == TABLE.comment
    assert [c.classification for c in table.columns] == [
        *("internal", "phi", "pii", "phi", "phi", "phi", "internal", "internal")
    ]
    described = {c.name: c.description for c in table.columns}
    assert described["client_id"] == "Whose it is: a client's."
    assert described["kind"] == UNDESCRIBED
    assert table.columns[0].relationships[0].table == "auth.users"


def test_a_draft_agrees_with_its_table() -> None:
    assert keys(TABLE) == []


ADDED = LiveColumn("extra", "text", True)
CASES = {
    "error:column.kind": replace(TABLE, columns=tuple(c for c in TABLE.columns if c.name != "kind")),
    "warning:column.extra": replace(TABLE, columns=(*TABLE.columns, ADDED)),
    "error:type.kind": column("kind", type="integer"),
    "error:type.amount": column("amount", type="numeric(12,2)"),
    "error:null.client_id": column("client_id", is_nullable=True),
    "warning:null.kind": column("kind", is_nullable=False),
    "warning:default.kind": column("kind", default=None),
    "error:generated.amount": column("amount", is_generated=False),
    "error:foreign_key.client_id": key("a", on_delete="cascade"),
    "warning:foreign_key.client_id": key("a", is_validated=False),
    "error:foreign_key.provider_id": replace(
        TABLE, foreign_keys=(TABLE.foreign_keys[0], TABLE.foreign_keys[2])
    ),
    "warning:foreign_key.kind": replace(
        TABLE,
        foreign_keys=(
            *TABLE.foreign_keys,
            LiveForeignKey("d", ("kind",), "public.kinds", ("id",), "restrict"),
        ),
    ),
    "warning:index.visits_day_idx": without_index("visits_day_idx"),
    "warning:index.visits_day_idx ": index("visits_day_idx", where="(kind IS NULL)"),
    "warning:index.visits_day_idx  ": index("visits_day_idx", is_valid=False),
    "info:index.another": replace(TABLE, indexes=(*TABLE.indexes, LiveIndex("another", ("kind",)))),
    "error:row_security": replace(TABLE, has_row_security=False),
    "error:grant.anon": replace(TABLE, grants={"anon": ("select",)}),
    "error:grant.public": replace(TABLE, grants={"public": ("select",)}),
}


@pytest.mark.parametrize("expected", CASES)
def test_one_difference_is_one_finding(expected: str) -> None:
    assert keys(CASES[expected]) == [expected.strip()]


def test_what_two_sides_keep_unique_is_told_of_both() -> None:
    assert keys(without_index("visits_kind_key")) == ["error:index.visits_kind_key", "error:unique.kind"]


def test_a_primary_key_is_compared() -> None:
    changed = index("visits_pkey", columns=("client_id",))
    assert keys(changed) == ["error:primary_key"]


ROLES = "roles:\n  - {role: therapist, access: read}\n"


@pytest.mark.parametrize(
    ("granted", "expected"),
    [
        (("select",), []),
        (("select", "update"), ["error:grant.authenticated"]),
        (("truncate",), ["error:grant.authenticated"]),
        ((), ["info:grant.authenticated"]),
    ],
)
def test_privileges_are_those_of_the_roles(granted: tuple[str, ...], expected: list[str]) -> None:
    table = replace(TABLE, grants={"authenticated": granted})
    assert keys(table, drafted(more=ROLES)) == expected


def test_a_table_that_is_not_there_and_one_without_a_contract() -> None:
    stranger = replace(TABLE, name="strangers")
    findings = find_drift(drafted(), {stranger.qualified_name: stranger})
    assert [(f.level, f.key) for f in findings] == [
        (Level.error, "drift:public.visits:table"),
        (Level.info, "drift:public.strangers:contract"),
    ]
    assert [f.key for f in find_drift(drafted(), {}, "visits")] == ["drift:public.visits:table"]


def test_a_table_that_no_contract_can_describe_is_refused() -> None:
    with pytest.raises(DocumentError, match="no primary key"):
        draft_file(without_index("visits_pkey"), OWNER, DAY)
    with pytest.raises(DocumentError, match="unknown type"):
        draft_file(column("kind", type="box"), OWNER, DAY)


@pytest.mark.parametrize(
    "text",
    ["no", "a: b", "- a", "'a'", "a # b", "{a}", "a, b", 'say "a"', "42", "é", "a\nb", "null", "x]", ""],
)
def test_text_stays_what_it_is(text: str) -> None:
    words = " ".join(text.split())
    assert yaml.safe_load(f"key: {scalar(text)}") == {"key": words}
    assert yaml.safe_load(f"key: [{scalar(text, inside=True)}]") == {"key": [words]}
