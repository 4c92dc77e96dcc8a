"""Named queries and migration files, without a database."""

from __future__ import annotations

from pathlib import Path

import pytest

from mentalspace.database.migrations import EditedMigrationError, Migration, find_migrations, refuse_edited
from mentalspace.database.queries import Queries, load_queries
from mentalspace.errors import InputError


def test_blocks_by_name() -> None:
    queries = Queries("-- name: one\nselect 1;\n\n-- name: two\n-- why\nselect 2\n")
    assert dict(queries) == {"one": "select 1", "two": "-- why\nselect 2"}
    with pytest.raises(KeyError, match="one, two"):
        queries["three"]


def test_own_queries_load() -> None:
    assert "record" in load_queries("mentalspace.database")


def test_a_name_used_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        Queries("-- name: one\nselect 1;\n-- name: one\nselect 2;")


def test_files_in_order(tmp_path: Path) -> None:
    for name in ("20260102000000_b.sql", "20260101000000_a.sql"):
        (tmp_path / name).write_text("select 1;")
    assert [migration.name for migration in find_migrations(tmp_path)] == ["a", "b"]


@pytest.mark.parametrize("name", ["first.sql", "2026_a.sql", "20260101000000_A.sql"])
def test_a_misnamed_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("select 1;")
    with pytest.raises(InputError, match="name it"):
        find_migrations(tmp_path)


def test_a_version_used_twice_is_refused(tmp_path: Path) -> None:
    for name in ("20260101000000_a.sql", "20260101000000_b.sql"):
        (tmp_path / name).write_text("select 1;")
    with pytest.raises(InputError, match="give it its own"):
        find_migrations(tmp_path)


@pytest.mark.parametrize(
    "applied", [["select 1;\nselect 2;\n"], ["select 1", "select 2"], None, ["select  1;", "select 2;"]]
)
def test_same_text_however_stored(tmp_path: Path, applied: list[str] | None) -> None:
    path = tmp_path / "20260101000000_a.sql"
    path.write_text("select 1;\nselect 2;\n")
    refuse_edited([Migration("20260101000000", "a", path)], {"20260101000000": applied})


def test_an_edited_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "20260101000000_a.sql"
    path.write_text("select 3;")
    with pytest.raises(EditedMigrationError, match="edited after it was applied"):
        refuse_edited([Migration("20260101000000", "a", path)], {"20260101000000": ["select 1;"]})
