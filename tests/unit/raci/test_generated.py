"""Compilation is deterministic and pure; a new migration is written only for what changed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.raci.documents import BILLING, parse_text

from mentalspace.contracts.parse import read_contracts
from mentalspace.errors import InputError
from mentalspace.raci.generated import find_frozen, find_outdated, find_stale, render_migrations, write_files
from mentalspace.raci.literals import one_of, quote, quote_array
from mentalspace.raci.matrix import Matrix
from mentalspace.raci.parse import parse_matrix

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def workspace_matrix() -> Matrix:
    return parse_matrix(ROOT / "docs" / "raci", read_contracts(ROOT / "docs" / "data-contracts"))


def test_what_is_checked_in_is_current(workspace_matrix: Matrix) -> None:
    assert find_outdated(workspace_matrix, ROOT) == []


def test_the_same_documents_give_the_same_text() -> None:
    assert render_migrations(parse_text(BILLING)) == render_migrations(parse_text(BILLING))


def test_comments_and_layout_change_nothing() -> None:
    text = "# a comment\n" + BILLING.replace("{duty: R, scope: own}", "{scope: own, duty: R}")
    assert render_migrations(parse_text(text)) == render_migrations(parse_text(BILLING))


def test_first_everything_is_written_then_nothing(tmp_path: Path) -> None:
    matrix = parse_text(BILLING)
    files = find_outdated(matrix, tmp_path, "20261105000100")
    assert [file.path.as_posix() for file in files] == [
        "docs/raci/BILLING_RACI.md",
        "supabase/migrations/20261105000100_raci_billing_load.sql",
        "supabase/migrations/20261105000101_charges_enforce_raci.sql",
        "supabase/migrations/20261105000102_charges_record_raci.sql",
    ]
    assert len(find_stale(matrix, tmp_path)) == 4
    assert list(tmp_path.iterdir()) == [], "asking writes nothing"
    write_files(files, tmp_path)
    assert find_outdated(matrix, tmp_path) == []
    assert find_stale(matrix, tmp_path) == []


def written(workspace: Path, text: str) -> list[str]:
    files = find_outdated(parse_text(text), workspace)
    write_files(files, workspace)
    return [re.sub(r"^\d{14}_", "", file.path.name) for file in files]


def test_a_changed_cell_changes_rows_and_page_and_no_policy(tmp_path: Path) -> None:
    written(tmp_path, BILLING)
    changed = BILLING.replace("      client_user: I\n", "      client_user: C\n")
    assert written(tmp_path, changed) == ["BILLING_RACI.md", "raci_billing_load.sql"]


def test_a_changed_transition_changes_guard_and_recorder(tmp_path: Path) -> None:
    written(tmp_path, BILLING)
    changed = BILLING.replace("[Draft, Billed]", "[Billed]")
    assert written(tmp_path, changed) == [
        "BILLING_RACI.md",
        "raci_billing_load.sql",
        "charges_enforce_raci.sql",
        "charges_record_raci.sql",
    ]


def test_a_migration_is_never_written_over(tmp_path: Path) -> None:
    written(tmp_path, BILLING)
    before = {path: path.read_text() for path in (tmp_path / "supabase" / "migrations").iterdir()}
    written(tmp_path, BILLING.replace("[Draft, Billed]", "[Billed]"))
    assert {path: path.read_text() for path in before} == before
    versions = sorted(path.name for path in (tmp_path / "supabase" / "migrations").iterdir())
    assert len(versions) == 6
    assert max(before).name < versions[3], "new ones come after all others"


def test_a_table_that_is_left_alone_is_closed(tmp_path: Path) -> None:
    written(tmp_path, BILLING)
    start = BILLING.index("        enforces:\n") if "        enforces:\n" in BILLING else 0
    del start
    procedural = re.sub(r"    enforces:\n(?:      .*\n)+", "    procedural: by hand\n", BILLING)
    assert "charges_enforce_raci.sql" in written(tmp_path, procedural)
    text = find_frozen(tmp_path / "supabase" / "migrations")["charges_enforce_raci"]
    assert "drop policy if exists charges_select on public.charges;" in text
    assert "revoke all on table public.charges from public, anon, authenticated;" in text
    assert "create policy" not in text
    text = find_frozen(tmp_path / "supabase" / "migrations")["charges_record_raci"]
    assert "drop trigger if exists _raci_record on public.charges;" in text
    assert "create" not in text
    assert written(tmp_path, procedural) == []


def test_a_taken_version_is_refused(tmp_path: Path) -> None:
    written(tmp_path, BILLING)
    changed = parse_text(BILLING.replace("[Draft, Billed]", "[Billed]"))
    taken = next((tmp_path / "supabase" / "migrations").iterdir()).name[:14]
    with pytest.raises(InputError, match="is taken"):
        find_outdated(changed, tmp_path, taken)
    with pytest.raises(InputError, match="14 digits"):
        find_outdated(changed, tmp_path, "soon")


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_a_literal_ends_where_it_should(text: str) -> None:
    literal = quote(text)
    assert literal[0] == literal[-1] == "'"
    assert literal[1:-1].replace("''", "") == text.replace("'", "")


def test_conditions_are_true_for_the_values_and_nothing_else() -> None:
    assert one_of("new.status", ("Scheduled", "Confirmed")) == "new.status in ('Scheduled', 'Confirmed')"
    assert one_of("new.status", ("Cancelled",)) == "new.status = 'Cancelled'"
    assert one_of("new.cancelled_at", (None,)) == "new.cancelled_at is null"
    assert (
        one_of("new.portal_enabled", (False, None))
        == "(new.portal_enabled is null or new.portal_enabled = false)"
    )
    assert quote_array(["status", "Checked In", 'a"b']) == """'{status,"Checked In","a\\"b"}'"""
