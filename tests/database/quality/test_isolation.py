"""An error is an error: not a pass, not a failure, and nobody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psycopg
import pytest
import pytest_asyncio
from tests.conftest import Server
from tests.database.quality.scratch import READER, check, register
from tests.small_contracts import write_contract, write_metric, write_rule

from mentalspace.database.connection import Connection, connect
from mentalspace.quality.describe import describe_results
from mentalspace.quality.result import CheckResult
from mentalspace.quality.score import score_check

SECRET = "Zebulon-Marker-4711"
TABLES = f"""
create table public.guests (id integer primary key, code text);
create table public.visits (id integer primary key, guest_id integer, level integer, word text);
insert into public.visits values (1, 7, 1, 'good'), (2, 7, -1, '{SECRET}');
create function governance.is_slow(number integer) returns boolean language plpgsql as
  $$ begin perform pg_sleep(2); return false; end $$;
"""
VISITS = write_contract(
    "visits",
    "id integer, guest_id integer, level integer, word text",
    write_rule("sound", "fails_when: level < 0")
    + write_rule("sound_too", "fails_when: level > 5")
    + write_rule("sound_cross", "fails_when: level < 0\nwithout: {table: guests, match: {id: guest_id}}")
    + write_rule("quoting", "fails_when: word::integer > 1")
    + write_rule("dividing", "fails_when: level / (level - 1) > 1")
    + write_metric("several", "type: sql, query: 'select id from public.visits', mustBe: 0"),
)
GUESTS = write_contract("guests", "id integer, code text", write_rule("odd", "fails_when: code = 'x'"))
SLOW = write_contract(
    "visits",
    "id integer, guest_id integer, level integer, word text",
    write_rule("sound", "fails_when: level < 0")
    + write_rule("slow", "fails_when: governance.is_slow(level)")
    + write_rule(
        "slow_cross", "fails_when: governance.is_slow(level)\nwithout: {table: guests, match: {id: guest_id}}"
    ),
)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def scratch_url(server: Server, migrated_template: str) -> AsyncIterator[str]:
    async with server.cloned(migrated_template) as url:
        async with connect(url) as connection:
            await connection.execute(TABLES.encode())
        yield url


@pytest.fixture
async def scratch(scratch_url: str) -> AsyncIterator[Connection]:
    async with connect(scratch_url) as connection:
        await register(connection, VISITS, GUESTS)
        yield connection


def codes(results: dict[str, CheckResult]) -> dict[str, str | None]:
    return {name: result.error_code for name, result in results.items() if result.outcome == "error"}


async def test_an_error_hides_no_other_result(scratch: Connection) -> None:
    results = await check(scratch, "visits")
    assert codes(results) == {"quoting": "22P02", "dividing": "22012", "several": "21000"}
    assert {name for name, result in results.items() if result.outcome == "failed"} == {
        "sound",
        "sound_cross",
    }
    assert results["sound_too"].passed
    assert results["sound"].failing_keys == ("2",)


async def test_an_error_is_neither_a_pass_nor_a_count(scratch: Connection) -> None:
    result = (await check(scratch, "visits"))["quoting"]
    assert (result.passed, result.failures, result.failing_keys) == (False, None, ())
    assert score_check(result) == 0
    [finding] = describe_results([result])
    assert finding.key == "quality_error:public.visits:quoting"
    assert SECRET not in finding.model_dump_json()


async def test_a_missing_table_is_an_error_of_its_checks(scratch: Connection) -> None:
    async with scratch.transaction(force_rollback=True):
        await scratch.execute("drop table public.guests")
        rows = await _rows(scratch, "guests") | await _rows(scratch, "visits")
    assert rows["odd"] == rows["sound_cross"] == ("error", "42P01")
    assert rows["sound"] == ("failed", None)


async def test_a_missing_column_is_an_error_of_its_checks(scratch: Connection) -> None:
    async with scratch.transaction(force_rollback=True):
        await scratch.execute("alter table public.visits rename column word to letters")
        rows = await _rows(scratch, "visits")
    assert rows["quoting"] == ("error", "42703")
    assert rows["sound"] == ("failed", None)


async def test_rows_hidden_by_policies_are_an_error(scratch: Connection) -> None:
    async with scratch.transaction(force_rollback=True):
        await scratch.execute(READER.encode())
        await scratch.execute("grant select on public.visits, public.guests to quality_reader")
        await scratch.execute("alter table public.guests enable row level security")
        await scratch.execute("set local role quality_reader")
        rows = await _rows(scratch, "guests") | await _rows(scratch, "visits")
    assert rows["odd"] == rows["sound_cross"] == ("error", "42501")
    assert rows["sound"] == ("failed", None)


async def test_no_right_to_read_is_an_error(scratch: Connection) -> None:
    async with scratch.transaction(force_rollback=True):
        await scratch.execute(READER.encode())
        await scratch.execute("grant select on public.visits to quality_reader")
        await scratch.execute("set local role quality_reader")
        rows = await _rows(scratch, "guests") | await _rows(scratch, "visits")
    assert rows["odd"] == rows["sound_cross"] == ("error", "42501")
    assert rows["sound"] == ("failed", None)


async def test_a_timeout_is_an_error_of_the_slow_ones(scratch: Connection) -> None:
    await register(scratch, SLOW, GUESTS)
    results = await check(scratch, "visits", seconds=0.2)
    assert codes(results) == {"slow": "57014", "slow_cross": "57014"}
    assert results["sound"].failing_keys == ("2",)
    assert results["slow"].duration_ms > 150


async def test_a_check_that_writes_is_refused_twice(scratch: Connection) -> None:
    insert = "insert into public.guests values (9) returning to_jsonb(1)"
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="not allowed in a non-volatile"):
        await scratch.execute("select governance.read_quality(%s, 'UTC')", (insert,))
    await scratch.execute(
        "create or replace function governance.is_writing(number integer) returns boolean language sql as "
        "$$ insert into public.guests values (number) returning false $$"
    )
    await register(
        scratch,
        write_contract(
            "visits", "id integer, word text", write_rule("evil", "fails_when: governance.is_writing(id)")
        ),
    )
    assert codes(await check(scratch, "visits")) == {"evil": "25006"}
    row = await (await scratch.execute("select count(*) as n from public.guests")).fetchone()
    assert row == {"n": 0}


async def _rows(connection: Connection, table: str) -> dict[str, tuple[str, str | None]]:
    """Outcomes, inside the test's own transaction."""
    rows = await (
        await connection.execute("select * from governance.evaluate_quality_checks(%s)", (f"public.{table}",))
    ).fetchall()
    return {row["name"]: (row["outcome"], row["error_code"]) for row in rows}
