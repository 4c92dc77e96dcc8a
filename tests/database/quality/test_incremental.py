"""After any history, judging what changed comes to the same as reading everything."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, Phase, given, settings
from tests.conftest import Server
from tests.database.quality.histories import NOW, Player, World, histories
from tests.database.quality.test_rules import GUESTS, PAIRS, TABLES, visits
from tests.small_contracts import ZONE, compile_small, read_small, write_contract, write_rule

from mentalspace.contracts.contract import Contracts
from mentalspace.contracts.parse import read_contracts
from mentalspace.database.connection import Connection, connect
from mentalspace.quality.capture import compile_captures, render_captures
from mentalspace.quality.check import CheckSpec, Kind
from mentalspace.quality.compile import compile_checks
from mentalspace.quality.passes import check_changes
from mentalspace.quality.render_sql import render_registration
from mentalspace.quality.result import CheckResult, Way
from mentalspace.quality.runner import Reading, evaluate

ROOT = Path(__file__).parents[3]
LONG = bool(os.environ.get("MENTALSPACE_FULL"))
CRITICAL = ("clients", "appointments", "clinical_notes", "charge_entries", "user_roles")
EVERYTHING = Reading(trust=False, key_limit=1000)
STAYS = write_contract(
    "stays",
    "id integer, guest_id integer, level integer, starts timestamptz, day date",
    write_rule("within", "fails_when: now() between starts and starts + interval '2 hours'")
    + write_rule("not_today", "fails_when: not (day = current_date)")
    + write_rule(
        "guest_came",
        """
        fails_when: level >= 0
        having:
          table: visits
          match: {guest_id: guest_id}
          where: visits.starts <= now() - interval '24 hours'
        """,
    )
    + write_rule("no_other", "fails_when: 'true'\nwithout: {table: stays, as: next, match: {level: id}}")
    + write_rule("one_of_a_day", "unique: {columns: [guest_id, day]}", more="unit: percent\n"),
)
MORE = """
create table public.stays (
  id integer primary key, guest_id integer, level integer, starts timestamptz, day date
);
"""
PAIR = PAIRS.replace("    quality:\n", "    quality:\n      " + "PLACE").replace(
    "PLACE", write_rule("alone", "unique: {columns: [word]}").replace("\n", "\n      ").rstrip() + "\n"
)
# What would refuse wrong rows, or answer by itself.
_FREE = """
do $$
declare
  each record;
begin
  for each in
    select conrelid::regclass as relation, conname from pg_constraint
    where contype = 'f' and connamespace in ('public'::regnamespace, 'governance'::regnamespace)
      and confrelid in (
        select oid from pg_class where relnamespace in ('public'::regnamespace, 'auth'::regnamespace)
      )
  loop
    execute format('alter table %s drop constraint %I', each.relation, each.conname);
  end loop;
  for each in
    select conrelid::regclass as relation, conname from pg_constraint
    where connamespace = 'public'::regnamespace and contype in ('c', 'u', 'x') and conrelid <> 0
  loop
    execute format('alter table %s drop constraint %I cascade', each.relation, each.conname);
  end loop;
  for each in
    select indexrelid::regclass as name from pg_index join pg_class on pg_class.oid = indrelid
    where relnamespace = 'public'::regnamespace and indisunique and not indisprimary
  loop
    execute format('drop index %s', each.name);
  end loop;
  for each in
    select attrelid::regclass as relation, attname from pg_attribute join pg_class on pg_class.oid = attrelid
    where relnamespace = 'public'::regnamespace and relkind = 'r' and attnotnull and attnum > 0
      and attidentity = '' and not attisdropped and not exists (
        select from pg_index where indrelid = attrelid and indisprimary and attnum = any (indkey)
      )
  loop
    execute format('alter table %s alter column %I drop not null', each.relation, each.attname);
  end loop;
  for each in
    select tgrelid::regclass as relation, tgname from pg_trigger join pg_class on pg_class.oid = tgrelid
    where relnamespace = 'public'::regnamespace and not tgisinternal and tgname not like 'quality_capture_%'
  loop
    execute format('alter table %s disable trigger %I', each.relation, each.tgname);
  end loop;
end
$$;
"""


def practice() -> tuple[Contracts, tuple[CheckSpec, ...]]:
    contracts = read_contracts(ROOT / "docs" / "data-contracts")
    checks = compile_checks(contracts, ZONE)
    return contracts, tuple(c for c in checks if c.table_name.removeprefix("public.") in CRITICAL)


def small() -> tuple[Contracts, tuple[CheckSpec, ...]]:
    texts = (visits(), GUESTS, PAIR, STAYS)
    return read_small(*texts), compile_small(*texts)


async def install(connection: Connection, contracts: Contracts, checks: tuple[CheckSpec, ...]) -> World:
    captures = compile_captures(contracts, checks)
    await connection.execute(render_captures(captures).encode())
    await connection.execute(render_registration(checks, captures).encode())
    rows = await connection.execute("""
        select attrelid::regclass::text as relation, attname from pg_attribute
        join pg_class on pg_class.oid = attrelid
        where relnamespace = 'public'::regnamespace and (attgenerated <> '' or attidentity <> '')
    """)
    generated = {(row["relation"].removeprefix("public."), row["attname"]) for row in await rows.fetchall()}
    enums = await connection.execute("""
        select enumtypid::regtype::text as name, array_agg(enumlabel::text) as labels from pg_enum group by 1
    """)
    return World(
        tables=[contracts[capture.relation].table for capture in captures],
        checks=checks,
        generated=frozenset(generated),
        enums={
            f"public.{row['name'].removeprefix('public.')}": row["labels"] for row in await enums.fetchall()
        },
    )


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def practice_world(server: Server, migrated_template: str) -> AsyncIterator[tuple[str, World]]:
    """The practice's tables without what keeps wrong rows out."""
    async with server.cloned(migrated_template) as url:
        async with connect(url) as connection:
            await connection.execute(_FREE.encode())
            world = await install(connection, *practice())
        yield url, world


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def small_world(server: Server, migrated_template: str) -> AsyncIterator[tuple[str, World]]:
    """Small tables with a rule of every kind."""
    async with server.cloned(migrated_template) as url:
        async with connect(url) as connection:
            await connection.execute((TABLES + MORE).encode())
            world = await install(connection, *small())
        yield url, world


def random_histories(examples: int) -> settings:
    return settings(
        max_examples=examples * (40 if LONG else 1),
        deadline=None,
        phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if LONG else [])],
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@given(history=histories)
@random_histories(3)
@pytest.mark.timeout(3600 if LONG else 120)
async def test_the_critical_contracts(
    practice_world: tuple[str, World], history: list[tuple[str, int]]
) -> None:
    await prove(*practice_world, history)


@given(history=histories)
@random_histories(5)
@pytest.mark.timeout(3600 if LONG else 120)
async def test_every_kind_of_rule(small_world: tuple[str, World], history: list[tuple[str, int]]) -> None:
    await prove(*small_world, history)


async def prove(url: str, world: World, history: list[tuple[str, int]]) -> None:
    """Plays the history, and compares after every pass."""
    world.clock = NOW
    async with connect(url) as ours, connect(url) as theirs:
        await ours.execute(f"truncate {', '.join(table.qualified_name for table in world.tables)}".encode())
        player = Player(world, ours, theirs)
        await compare(ours, world)
        emptied = False
        for place, (kind, number) in enumerate(history):
            await player.play(kind, number)
            emptied |= kind in ("truncate", "undone")
            if kind in ("pass", "commit") or place % 4 == 3:
                await compare(ours, world, known=not emptied)
                emptied = False
        await player.end()
        await compare(ours, world)


async def compare(connection: Connection, world: World, *, known: bool = False) -> None:
    """Both ways say the same of each check; with `known`, no row was read but those that may have changed."""
    await connection.execute("select set_config('governance.quality_clock', %s, false)", (str(world.clock),))
    tables = sorted({check.table_name for check in world.checks})
    changed = await check_changes(connection, tables, Reading(key_limit=1000))
    full = await evaluate(connection, tables, EVERYTHING)
    assert {r.key: said(r) for r in changed.results} == {r.key: said(r) for r in full.results}
    if known:
        sound = {c.key for c in world.checks if not c.incremental.full_because and c.kind is not Kind.value}
        assert {r.key for r in changed.results if r.key in sound and r.way is Way.full} == set()
    counted = {r.key: r.row_count for r in full.results if r.row_count is not None}
    assert {r.key: r.row_count for r in changed.results if r.key in counted and r.way is Way.incremental} == {
        r.key: counted[r.key] for r in changed.results if r.key in counted and r.way is Way.incremental
    }


def said(result: CheckResult) -> tuple[object, ...]:
    return result.outcome, result.failures, sorted(result.failing_keys), result.error_code
