"""Hand-written functions are what the migrations say, and every way of changing one is found."""

from __future__ import annotations

from pathlib import Path

from mentalspace.database.connection import Connection
from mentalspace.raci.function_drift import find_function_drift, read_definitions

MIGRATIONS = Path(__file__).parents[3] / "supabase" / "migrations"
LIVE = """
select distinct proname::text as name from pg_catalog.pg_proc
where pronamespace = 'governance'::regnamespace and prokind = 'f' and prosqlbody is null
  and proname not like 'guard\\_%'
"""
TAMPERED = {
    "create or replace function governance.reaches_all(p_table text, p_command text) returns boolean "
    "language plpgsql stable security definer set search_path = '' "
    "as 'begin return true; end'": "reaches_all",
    "alter function governance.find_reach(text, text) security invoker": "find_reach",
    "alter function governance.actor_id() reset search_path": "actor_id",
    "alter function governance.may_perform(text) set search_path = public": "may_perform",
    "drop function governance.keep_administrator() cascade": "keep_administrator",
    "create role raci_test_owner; grant raci_test_owner to postgres with set true; "
    "grant create on schema governance to raci_test_owner; "
    "alter function governance.acts_as_system() owner to raci_test_owner": "acts_as_system",
}


async def test_a_migrated_database_has_the_functions_of_its_migrations(connection: Connection) -> None:
    assert await find_function_drift(connection, MIGRATIONS) == []
    cursor = await connection.execute(LIVE.encode())
    live = {row["name"] for row in await cursor.fetchall()}
    assert "find_reach" in live
    assert live <= read_definitions(MIGRATIONS).keys(), "none is left out"


async def test_every_way_of_changing_one_is_found(connection: Connection) -> None:
    for statement, name in TAMPERED.items():
        async with connection.transaction(force_rollback=True):
            await connection.execute(statement.encode())
            keys = [finding.key for finding in await find_function_drift(connection, MIGRATIONS)]
        assert keys == [f"raci:governance.{name}:function"], statement


def test_what_a_later_migration_drops_is_not_missed(tmp_path: Path) -> None:
    text = "create function governance.one() returns int language sql as $$ select 1 $$;\n"
    (tmp_path / "20260101000000_one_create.sql").write_text(text)
    assert read_definitions(tmp_path).keys() == {"one"}
    (tmp_path / "20260102000000_one_drop.sql").write_text("drop function if exists governance.one();\n")
    assert read_definitions(tmp_path) == {}
