"""Every migration file is named, explained and ordered as the conventions say. Reads files only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mentalspace.database.migrations import Migration, find_migrations

MIGRATIONS = find_migrations(Path(__file__).parents[2] / "supabase" / "migrations")
HEADER = ("Purpose", "Affects", "Source", "Reversal", "Locks")
# Statements begin in the first column; the bodies of functions are indented or stand between $$.
_BODY = re.compile(r"(\$\w*\$).*?\1", re.DOTALL)
_DDL = re.compile(r"^(create|alter|drop) (?!or replace)", re.MULTILINE)
# A table of one row is part of the schema, and so is its row.
_DATA = re.compile(
    r"^(insert into (?!\S+ default values)|update \S+ set|delete from|with \w+ as|copy|truncate)",
    re.MULTILINE,
)
_STEPS = (
    ("create table", r"^create table "),
    ("comment", r"^comment on table "),
    ("index", r"^create (unique )?index "),
    ("enable row level security", r"^alter table \S+ enable row level security"),
    ("revoke all", r"^revoke all on table "),
    ("grant", r"^grant [a-z, ]+ on table "),
    ("trigger", r"^create trigger "),
)
each = pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda migration: migration.path.name)
each_table = pytest.mark.parametrize(
    "migration",
    [migration for migration in MIGRATIONS if re.search(r"^create table public\.", migration.sql, re.M)],
    ids=lambda migration: migration.path.name,
)


def test_there_are_migrations() -> None:
    assert len(MIGRATIONS) > 40


@each
def test_header_says_what_why_and_how_to_undo(migration: Migration) -> None:
    header = migration.sql.split("\n\n", 1)[0]
    said = re.findall(r"^-- (\w+): +\S", header, re.MULTILINE)
    assert tuple(said) == HEADER
    assert all(line.startswith("--") for line in header.splitlines())


@each
def test_name_is_of_an_object_and_what_happens_to_it(migration: Migration) -> None:
    assert len(migration.name.split("_")) >= 2


@each
def test_schema_and_data_do_not_mix(migration: Migration) -> None:
    statements = _BODY.sub("", migration.sql)
    assert not (_DDL.search(statements) and _DATA.search(statements))


@each
def test_nothing_belongs_to_supabase(migration: Migration) -> None:
    """Schemas that Supabase owns hold nothing of ours; triggers on auth.users would be allowed."""
    owned = r"(auth|storage|realtime|vault|supabase_\w+)\."
    assert not re.search(
        rf"^(create|alter|drop) (or replace )?(table|function|view|index|type) (\S+ )*{owned}",
        migration.sql,
        re.M,
    )


@each
def test_text_is_tidy(migration: Migration) -> None:
    assert migration.sql.endswith("\n")
    assert not migration.sql.endswith("\n\n")
    assert "\t" not in migration.sql
    assert not re.search(r"[ \t]$", migration.sql, re.MULTILINE)


@each_table
def test_a_table_is_made_in_order(migration: Migration) -> None:
    found = [
        (match.start(), step)
        for step, pattern in _STEPS
        if (match := re.search(pattern, migration.sql, re.MULTILINE))
    ]
    assert [step for _, step in sorted(found)] == [step for _, step in found]
    assert {"create table", "comment", "enable row level security", "revoke all"} <= {s for _, s in found}
