"""Migrations on a real database: once, whole, in order, and never an edited one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mentalspace.database.connection import connect
from mentalspace.database.migrations import (
    EditedMigrationError,
    apply_migrations,
    fetch_applied,
    fetch_status,
)
from mentalspace.errors import InputError, MentalspaceError, UnavailableError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "20260101000000_one_create.sql").write_text("create table public.one (id int);\n")
    (tmp_path / "20260102000000_two_create.sql").write_text(
        "create table public.two (id int);\nset search_path = '';\n"
    )
    return tmp_path


async def tables(url: str) -> set[str]:
    async with connect(url) as connection:
        cursor = await connection.execute("select tablename from pg_tables where schemaname = 'public'")
        return {row["tablename"] for row in await cursor.fetchall()}


async def test_applied_once_in_order_and_recorded(empty_database_url: str, folder: Path) -> None:
    async with connect(empty_database_url) as connection:
        assert await fetch_applied(connection) == {}
        seen: list[str] = []
        await apply_migrations(connection, folder, lambda migration: seen.append(migration.name))
        assert seen == ["one_create", "two_create"]
        assert await apply_migrations(connection, folder) == []
        assert [status.applied for status in await fetch_status(connection, folder)] == [True, True]
        cursor = await connection.execute(
            "select version, name, cardinality(statements) as parts "
            "from supabase_migrations.schema_migrations order by version"
        )
        assert [tuple(row.values()) for row in await cursor.fetchall()] == [
            ("20260101000000", "one_create", 1),
            ("20260102000000", "two_create", 1),
        ]


async def test_what_a_migration_sets_does_not_outlive_it(empty_database_url: str, folder: Path) -> None:
    async with connect(empty_database_url) as connection:
        cursor = await connection.execute("show search_path")
        before = await cursor.fetchone()
        await apply_migrations(connection, folder)
        cursor = await connection.execute("show search_path")
        assert await cursor.fetchone() == before


async def test_a_failing_file_names_its_line_and_leaves_nothing(
    empty_database_url: str, folder: Path
) -> None:
    (folder / "20260103000000_three_create.sql").write_text(
        "create table public.three (id int);\n\nselect absent from public.three;\n"
    )
    async with connect(empty_database_url) as connection:
        with pytest.raises(MentalspaceError, match=r"three_create.sql:3: .*absent.*42703") as caught:
            await apply_migrations(connection, folder)
        assert caught.value.exit_code == 3
    assert await tables(empty_database_url) == {"one", "two"}


async def test_an_edited_file_stops_everything(empty_database_url: str, folder: Path) -> None:
    async with connect(empty_database_url) as connection:
        await apply_migrations(connection, folder)
        (folder / "20260101000000_one_create.sql").write_text("create table public.one (id bigint);\n")
        (folder / "20260103000000_three_create.sql").write_text("create table public.three (id int);\n")
        with pytest.raises(EditedMigrationError, match="one_create"):
            await apply_migrations(connection, folder)
    assert await tables(empty_database_url) == {"one", "two"}


async def test_two_callers_apply_each_file_once(empty_database_url: str, folder: Path) -> None:
    async def caller() -> int:
        async with connect(empty_database_url) as connection:
            return len(await apply_migrations(connection, folder))

    assert sorted(await asyncio.gather(caller(), caller(), caller())) == [0, 0, 2]


async def test_history_of_the_supabase_cli_is_understood(empty_database_url: str, folder: Path) -> None:
    async with connect(empty_database_url) as connection:
        await apply_migrations(connection, folder)
        await connection.execute(
            "update supabase_migrations.schema_migrations set statements = "
            "array['create table public.two (id int)', 'set search_path = '''''] "
            "where version = '20260102000000'"
        )
        assert await apply_migrations(connection, folder) == []


async def test_nothing_listens() -> None:
    with pytest.raises(UnavailableError, match=r"127.0.0.1:1/postgres; start the embedded stack"):
        async with connect("postgresql://postgres:secret@127.0.0.1:1/postgres"):
            pytest.fail("connected")


async def test_wrong_password_is_not_repeated(empty_database_url: str) -> None:
    url = empty_database_url.replace("postgres:postgres@", "postgres:wrong-secret@")
    with pytest.raises(UnavailableError, match="refused user or password") as caught:
        async with connect(url):
            pytest.fail("connected")
    assert "wrong-secret" not in str(caught.value)


async def test_not_a_url() -> None:
    with pytest.raises(InputError, match="write postgresql://"):
        async with connect("nonsense here"):
            pytest.fail("connected")


async def test_missing_table_says_migrate(empty_database_url: str) -> None:
    with pytest.raises(MentalspaceError, match="mentalspace database migrate"):
        async with connect(empty_database_url) as connection:
            await connection.execute("select from public.appointments")
