"""`mentalspace retention` on the seeded practice."""

from __future__ import annotations

import json
from pathlib import Path

from tests.acceptance.conftest import Cli
from tests.conftest import ROOT


async def test_plan_apply_plan(cli: Cli, seeded_database_url: str) -> None:
    where = ("--database-url", seeded_database_url)
    planned = await cli("retention", "plan", "--json", *where)
    assert planned.code == 1, "clients discharged without a date are findings"
    plan = json.loads(planned.out)
    assert plan["findings"][0]["key"] == "retention:public.clients:undated"
    keys = {rule["data_type"]: rule["keys"] for rule in plan["rules"]}
    assert [key[-3:] for key in keys["client_records"]["undated"]] == ["291", "292", "300"]
    due = {rule["data_type"]: rule["due"] for rule in plan["rules"]}
    assert {name: len(each["due"]) for name, each in keys.items()} == due

    refused = await cli("retention", "apply", *where)
    assert (refused.code, refused.out) == (2, "")
    assert "--yes" in refused.err

    applied = json.loads((await cli("retention", "apply", "--yes", "--json", *where)).out)
    removed = {removal["data_type"]: removal["removed"] for removal in applied["removals"]}
    # What waited for what was removed goes in the same run.
    parents = {name: removed[name] for name in ("appointments", "client_records")}
    assert removed == due | parents
    assert all(number > due[name] for name, number in parents.items())

    again = await cli("retention", "apply", "--yes", *where)
    assert "0 rows removed" in again.out
    after = await cli("retention", "plan", *where)
    assert "0 rows due" in after.out
    assert "clients discharged" not in after.out


async def test_a_day_to_come(cli: Cli, seeded_database_url: str) -> None:
    where = ("--database-url", seeded_database_url)
    soon, later = [
        json.loads((await cli("retention", "plan", "--json", "--as-of", day, *where)).out)
        for day in ("2027-01-01", "2060-01-01")
    ]
    assert soon["as_of"] == "2027-01-01"
    assert sum(rule["due"] for rule in later["rules"]) > sum(rule["due"] for rule in soon["rules"])
    wrong = await cli("retention", "plan", "--as-of", "tomorrow", *where)
    assert wrong.code == 2


async def test_compile_writes_only_what_changed(cli: Cli, tmp_path: Path) -> None:
    current = max((ROOT / "supabase" / "migrations").glob("*_data_retention_policies_load.sql"))
    printed = await cli("retention", "compile", MENTALSPACE_WORKSPACE=str(ROOT))
    assert printed.out == current.read_text(encoding="utf-8")
    unchanged = await cli("retention", "compile", "--write", MENTALSPACE_WORKSPACE=str(ROOT))
    assert (unchanged.code, unchanged.out) == (0, "")
    assert "did not change" in unchanged.err
    empty = await cli("retention", "compile", MENTALSPACE_WORKSPACE=str(tmp_path))
    assert empty.code == 2
    assert "MENTALSPACE_WORKSPACE" in empty.err


async def test_no_migrations_yet(cli: Cli, empty_database_url: str) -> None:
    ended = await cli("retention", "plan", "--database-url", empty_database_url)
    assert ended.code == 3
    assert "mentalspace database migrate" in ended.err
