"""Migrations from the command line: listed, applied once, and said."""

from __future__ import annotations

import json
from pathlib import Path

from tests.acceptance.conftest import Cli

MIGRATION = "-- Purpose: a table for this test\ncreate table public.things (id integer primary key);"


async def test_what_is_missing_is_listed_then_applied_once(
    cli: Cli, empty_database_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "supabase" / "migrations"
    folder.mkdir(parents=True)
    (folder / "20260101000000_things_create.sql").write_text(MIGRATION)

    async def call(command: str, *options: str) -> tuple[object, str]:
        where = (*options, "--database-url", empty_database_url)
        ended = await cli("database", command, *where, MENTALSPACE_WORKSPACE=str(tmp_path))
        return ended.code, ended.out

    assert await call("status") == (0, "– 20260101000000 things_create\n")
    assert await call("migrate") == (0, "1 applied\n")
    assert await call("migrate") == (0, "nothing to apply\n")
    code, listed = await call("status", "--json")
    known = [{"version": "20260101000000", "name": "things_create", "applied": True}]
    assert (code, json.loads(listed)) == (0, known)
