"""What a pass knows, when it forgets it, and what it says about that."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.conftest import Server
from tests.small_contracts import compile_small, read_small, write_contract, write_metric, write_rule

from mentalspace.database.connection import Connection, connect
from mentalspace.quality.capture import compile_captures, render_captures
from mentalspace.quality.describe import find_all
from mentalspace.quality.explain import explain_check
from mentalspace.quality.passes import check_changes
from mentalspace.quality.render_sql import render_registration
from mentalspace.quality.result import CheckResult, Way
from mentalspace.quality.runner import record, record_news

TABLES = """
create table public.guests (id integer primary key, code text);
create table public.visits (id integer primary key, guest_id integer, level integer, word text);
"""
CONTRACTS = (
    write_contract("guests", "id integer, code text", write_rule("coded", "complete: [code]")),
    write_contract(
        "visits",
        "id integer, guest_id integer, level integer, word text",
        write_rule("low", "fails_when: level < 0")
        + write_rule("number", "fails_when: word::integer > 1")
        + write_rule("alone", "unique: {columns: [word]}")
        + write_rule("orphan", "refers: {column: guest_id, to: guests.id}")
        + write_metric("few", "metric: rowCount, mustBeLessThan: 9")
        + write_metric("aged", "type: sql, query: 'select count(now()) from public.guests', mustBe: 0"),
    ),
)
NAMES = ["public.guests", "public.visits"]


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def scratch_url(server: Server, migrated_template: str) -> AsyncIterator[str]:
    checks = compile_small(*CONTRACTS)
    captures = compile_captures(read_small(*CONTRACTS), checks)
    async with server.cloned(migrated_template) as url:
        async with connect(url) as connection:
            for text in (TABLES, render_captures(captures), render_registration(checks, captures)):
                await connection.execute(text.encode())
        yield url


@pytest.fixture
async def scratch(scratch_url: str) -> AsyncIterator[Connection]:
    """Two guests and a visit, of which everything is known."""
    async with connect(scratch_url) as connection:
        await connection.execute("truncate public.guests, public.visits")
        await connection.execute("insert into public.guests values (1, 'a'), (2, 'b')")
        await connection.execute("insert into public.visits values (1, 1, 1, '1')")
        await results(connection)
        yield connection


async def results(connection: Connection, *, whole: bool = False) -> dict[str, CheckResult]:
    evaluation = await check_changes(connection, NAMES, whole=whole)
    return {result.name: result for result in evaluation.results}


async def test_a_change_is_judged_and_nothing_else(scratch: Connection) -> None:
    await scratch.execute("insert into public.visits values (2, 1, -1, '1')")
    found = await results(scratch)
    assert (found["low"].failures, found["low"].failing_keys, found["low"].row_count) == (1, ("2",), 2)
    assert (found["low"].way, found["low"].rows_read) == (Way.incremental, 1)
    assert (found["coded"].way, found["coded"].rows_read) == (Way.incremental, 0)


async def test_what_commits_late_is_not_missed(scratch: Connection, scratch_url: str) -> None:
    async with connect(scratch_url) as other:
        await other.execute("begin")
        await other.execute("insert into public.visits values (2, 1, -1, '1')")
        await scratch.execute("insert into public.visits values (3, 1, -1, '1')")
        assert (await results(scratch))["low"].failing_keys == ("3",)
        await other.execute("commit")
    found = await results(scratch)
    assert (found["low"].failing_keys, found["low"].way) == (("2", "3"), Way.incremental)


async def test_who_referred_to_a_row_that_is_gone_is_judged(scratch: Connection) -> None:
    await scratch.execute("delete from public.guests where id = 1")
    found = (await results(scratch))["orphan"]
    assert (found.failing_keys, found.way) == (("1",), Way.incremental)


async def test_who_loses_its_twin_is_right_again(scratch: Connection) -> None:
    await scratch.execute("insert into public.visits values (2, 1, 1, '1'), (3, 1, 1, '0')")
    assert (await results(scratch))["alone"].failing_keys == ("1", "2")
    await scratch.execute("update public.visits set word = '0' where id = 2")
    assert (await results(scratch))["alone"].failing_keys == ("2", "3")
    await scratch.execute("delete from public.visits where id = 3")
    found = (await results(scratch))["alone"]
    assert (found.failures, found.way) == (0, Way.incremental)


async def test_a_check_that_cannot_judge_a_row_is_an_error_alone(scratch: Connection) -> None:
    await scratch.execute("insert into public.visits values (2, 1, -1, 'no number')")
    found = await results(scratch)
    assert (found["number"].outcome, found["number"].error_code) == ("error", "22P02")
    assert (found["low"].failures, found["low"].way) == (1, Way.incremental)


async def test_a_disabled_trigger_has_all_rows_read(scratch: Connection) -> None:
    await scratch.execute("alter table public.visits disable trigger quality_capture_insert")
    try:
        await scratch.execute("insert into public.visits values (2, 1, -1, '1')")
        found = (await results(scratch))["low"]
        said = await explain_check(scratch, "visits.low")
    finally:
        await scratch.execute("alter table public.visits enable always trigger quality_capture_insert")
    assert (found.failures, found.way) == (1, Way.full)
    assert said.because == "all rows each time: nothing captures every change of public.visits"


async def test_what_went_past_the_triggers_is_told(scratch: Connection) -> None:
    await scratch.execute("alter table public.visits disable trigger quality_capture_insert")
    await scratch.execute("insert into public.visits values (2, 1, -1, '1')")
    await scratch.execute("alter table public.visits enable always trigger quality_capture_insert")
    assert (await results(scratch))["low"].failures == 0
    evaluation = await check_changes(scratch, NAMES, whole=True)
    async with scratch.transaction(force_rollback=True):
        run = await record(scratch, evaluation)
    told = {finding.key: finding.level for finding in find_all(run)}
    assert told["quality_disagreement:public.visits:low"] == "error"
    assert (await results(scratch, whole=True))["low"].disagreement == 0


async def test_a_changed_rule_is_read_whole_once(scratch: Connection) -> None:
    await scratch.execute("update governance.quality_checks set digest = 'other' where name = 'low'")
    assert (await results(scratch))["low"].way is Way.full
    assert (await results(scratch))["low"].way is Way.incremental


async def test_a_number_is_read_again_when_its_table_changed(scratch: Connection) -> None:
    assert (await results(scratch))["few"].way is Way.incremental
    await scratch.execute("delete from public.visits")
    assert (await results(scratch))["few"].way is Way.full
    assert (await results(scratch))["aged"].way is Way.full


async def test_only_news_are_recorded(scratch: Connection) -> None:
    async def record_pass() -> bool:
        evaluation = await check_changes(scratch, NAMES)
        async with scratch.transaction():
            return await record_news(scratch, evaluation, "test") is not None

    await record_pass()
    assert not await record_pass()
    await scratch.execute("update public.visits set level = -1")
    assert await record_pass()
    await scratch.execute("update public.visits set level = 1")
    assert await record_pass()


@pytest.mark.parametrize(
    ("check", "because"),
    [
        ("visits.low", "rows that changed"),
        ("visits.orphan", "rows that changed, rows that match changed guests by id"),
        ("visits.few", "read again when visits changed"),
        ("visits.aged", "all rows each time: it is one number, and it depends on the time"),
    ],
)
async def test_explain_says_which_rows_and_why(scratch: Connection, check: str, because: str) -> None:
    assert (await explain_check(scratch, check)).because == because
