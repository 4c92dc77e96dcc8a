"""Every kind of rule passes, fails and errs; on empty tables and on nulls; by predicate and by query."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conftest import Server
from tests.database.quality.scratch import READER, check, register, summary
from tests.small_contracts import write_contract, write_metric, write_rule

from mentalspace.database.connection import Connection, connect

TABLES = """
create table public.guests (id integer primary key, code text, is_away boolean);
create table public.visits (
  id integer primary key, guest_id integer, status text, level integer, "order" text,
  starts timestamptz, ends timestamptz, made timestamptz, gone timestamptz
);
create table public.pairs (a integer, b text, word text, primary key (a, b));
"""
RULES = (
    write_rule("complete", "complete: [status, starts, order]"),
    write_metric("missing", "metric: missingValues, arguments: {missingValues: ['', n/a]}, mustBe: 0"),
    write_metric("listed", 'metric: invalidValues, arguments: {validValues: [Done, "It\'s"]}, mustBe: 0'),
    write_metric("shaped", "metric: invalidValues, arguments: {pattern: '^[A-Z]'}, mustBe: 0"),
    write_metric("numbered", "metric: invalidValues, arguments: {validValues: [1, 2]}, mustBe: 0"),
    write_metric("null_values", "metric: nullValues, mustBeLessOrEqualTo: 1"),
    write_rule("predicate", "fails_when: level < 0"),
    write_rule("clock", "fails_when: starts > now()"),
    write_rule("today", "fails_when: starts::date > current_date"),
    write_rule("half", "fails_when: level < 0", more="unit: percent\n"),
    write_rule(
        "having",
        "fails_when: level < 0\nhaving: {table: guests, match: {id: guest_id}, where: guests.is_away}",
    ),
    write_rule("without", "fails_when: level < 0\nwithout: {table: guests, match: {id: guest_id}}"),
    write_rule(
        "both",
        """
        fails_when: 'true'
        having: {table: visits, as: other, match: {guest_id: guest_id}, where: other.level > visits.level}
        without: {table: guests, match: {id: guest_id}, where: guests.code = visits.status}
        """,
    ),
    write_rule(
        "foreign", "fails_when: is_away\nrows: guests\nwithout: {table: visits, match: {guest_id: id}}"
    ),
    write_rule("unique", "unique: {columns: [guest_id, level], where: status is distinct from 'Void'}"),
    write_rule("refers", "refers: {column: guest_id, to: guests.id}"),
    write_rule("overlap", "no_overlap: {within: [guest_id], start: starts, end: ends, where: level > 0}"),
    write_rule("fresh", "fresh: {column: made, within: PT1H}"),
    write_metric("volume", "metric: rowCount, mustBeBetween: [1, 9]"),
    write_metric("query", "type: sql, query: 'select count(*) from public.guests', mustBeLessThan: 2"),
    write_metric("nothing", "type: sql, query: 'select min(level) from public.visits', mustBe: 0"),
)
AT_STATUS = ("missing", "listed", "shaped", "null_values")


def visits() -> str:
    text = write_contract(
        "visits",
        "id integer, guest_id integer, status text, level integer, order text, starts timestamptz, "
        "ends timestamptz, made timestamptz, gone timestamptz",
        "".join(
            rule for rule in RULES if not rule.startswith(tuple(f"- {{name: {n}," for n in COLUMN_RULES))
        ),
        live="gone is null",
    )
    for name, column in COLUMN_RULES.items():
        rule = next(rule for rule in RULES if rule.startswith(f"- {{name: {name},"))
        text = _at_column(text, column, rule)
    return text


COLUMN_RULES = dict.fromkeys(AT_STATUS, "status") | {"numbered": "level"}


def _at_column(text: str, column: str, rule: str) -> str:
    """The contract with a rule at one of its columns."""
    lines = text.splitlines(keepends=True)
    place = next(n for n, line in enumerate(lines) if f"{{name: {column}, logicalType" in line)
    inner = rule.removeprefix("- ").strip()
    line = lines[place].rstrip()
    if "quality: [" in line:
        lines[place] = line.replace("quality: [", f"quality: [{inner}, ") + "\n"
    else:
        lines[place] = line.removesuffix("}") + f", quality: [{inner}]}}\n"
    return "".join(lines)


GUESTS = write_contract("guests", "id integer, code text, is_away boolean")
PAIRS = write_contract(
    "pairs", "a integer, b text, word text", write_rule("bad", "fails_when: word = 'bad'")
).replace(
    "name: b, logicalType: string", "name: b, primaryKey: true, primaryKeyPosition: 2, logicalType: string"
)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def scratch_url(server: Server, migrated_template: str) -> AsyncIterator[str]:
    async with server.cloned(migrated_template) as url:
        async with connect(url) as connection:
            await connection.execute(TABLES.encode())
            await register(connection, visits(), GUESTS, PAIRS)
        yield url


@pytest.fixture
async def scratch(scratch_url: str) -> AsyncIterator[Connection]:
    async with connect(scratch_url) as connection:
        yield connection
        await connection.execute("truncate public.visits, public.guests, public.pairs")


async def fill(connection: Connection, *rows: str) -> None:
    for row in rows:
        await connection.execute(f"insert into public.{row}".encode())


async def test_an_empty_table_passes_unless_rows_are_demanded(scratch: Connection) -> None:
    results = await check(scratch, "visits", "pairs")
    wrong = {name: count for name, count in summary(results).items() if count}
    assert wrong == {"volume": 1, "nothing": "22004"}
    assert results["nothing"].outcome == "error"


async def test_right_rows_pass(scratch: Connection) -> None:
    await fill(
        scratch,
        "guests values (1, 'Done', false)",
        "visits values (1, 1, 'Done', 1, 'a', now() - interval '2 h', now() - interval '1 h', now(), null)",
        "visits values (2, 1, 'It''s', 2, 'a', now() - interval '1 h', now(), now(), null)",
    )
    results = summary(await check(scratch, "visits"))
    assert {name for name, count in results.items() if count} == {"query", "nothing"}
    assert results["query"] == 1  # within its limit


async def test_wrong_rows_fail_and_are_named(scratch: Connection) -> None:
    await fill(
        scratch,
        "guests values (1, 'x', true), (2, 'y', true)",
        "visits values (1, 1, null, -1, null, now() + '2 d', now() + '3 d', now() - interval '2 h')",
        "visits values (2, 9, 'n/a', -1, 'a', now(), now() + interval '1 h', null)",
        "visits values (3, 1, 'done', 3, 'a', now() - interval '3 h', now() - interval '1 h', null)",
        "visits values (4, 1, 'Done', 3, 'a', now() - interval '2 h', now() - interval '30 min', null)",
        "visits values (5, 1, 'Done', -9, null, null, null, null, now())",
    )
    results = await check(scratch, "visits")
    failed = {name: set(r.failing_keys) for name, r in results.items() if r.outcome == "failed"}
    assert failed == {
        "complete": {"1"},
        "missing": {"1", "2"},
        "listed": {"2", "3"},
        "shaped": {"2", "3"},
        "numbered": {"1", "2", "3", "4"},
        "predicate": {"1", "2"},
        "clock": {"1"},
        "today": {"1"},
        "having": {"1"},
        "without": {"2"},
        "both": {"1"},
        "foreign": {"2"},
        "unique": {"3", "4"},
        "refers": {"2"},
        "overlap": {"3", "4"},
        "fresh": set(),
        "query": set(),
    }
    assert results["null_values"].passed  # one is allowed
    assert results["half"].passed  # 2 of 4 are 50 %
    assert results["predicate"].row_count == 4  # what is not live is not judged


async def test_nulls_are_neither_wrong_nor_equal(scratch: Connection) -> None:
    await fill(scratch, "visits (id) values (1), (2)", "guests (id) values (1)")
    results = await check(scratch, "visits")
    assert {name for name, result in results.items() if not result.passed} == {
        "complete",
        "missing",
        "null_values",
        "nothing",
    }


async def test_keys_of_several_columns_are_joined(scratch: Connection) -> None:
    await fill(scratch, "pairs values (1, 'x', 'bad'), (1, 'y', 'bad'), (2, 'x', 'good')")
    assert (await check(scratch, "pairs"))["bad"].failing_keys == ("1,x", "1,y")


async def test_keys_are_bounded_and_counts_are_not(scratch: Connection) -> None:
    await fill(
        scratch,
        "visits (id, guest_id, level) select n, n, -1 from generate_series(1, 12000) as n",
    )
    results = await check(scratch, "visits", keys=3)
    for name in ("predicate", "without"):
        assert (results[name].failures, len(results[name].failing_keys)) == (12000, 3)
    assert (await check(scratch, "visits", keys=0))["without"].failing_keys == ()


async def test_as_many_keys_are_found_as_are_asked_for(scratch: Connection) -> None:
    """Up to a hundred come with the count; more take a reading of their own."""
    await fill(scratch, "visits (id, guest_id, level) select n, n, -1 from generate_series(1, 300) as n")
    for wanted in (100, 101, 299, 301):
        results = await check(scratch, "visits", keys=wanted)
        for name in ("predicate", "without"):
            keys = results[name].failing_keys
            assert (len(set(keys)), len(keys)) == (min(wanted, 300), min(wanted, 300)), (name, wanted)


async def test_workers_of_one_reading_find_what_one_finds(scratch: Connection) -> None:
    await fill(
        scratch, "visits (id, guest_id, level) select n, n, n % 2 - 1 from generate_series(1, 300) as n"
    )
    statement = """
    select (tally).failures, cardinality((tally).keys) as keys
    from (
      select governance.tally(id::text, 100) filter (where level < 0) as tally from public.visits
    ) as found
    """
    eager = """
    select set_config(name, value, true) from (
      values ('debug_parallel_query', 'on'), ('parallel_setup_cost', '0'), ('parallel_tuple_cost', '0'),
        ('min_parallel_table_scan_size', '0')
    ) as given (name, value)
    """
    async with scratch.transaction():
        await scratch.execute(eager.encode())
        plan = await (await scratch.execute(f"explain (costs off) {statement}".encode())).fetchall()
        row = await (await scratch.execute(statement.encode())).fetchone()
    assert any("Partial Aggregate" in line["QUERY PLAN"] for line in plan)
    assert row == {"failures": 150, "keys": 100}


@pytest.mark.parametrize("trust", [True, False])
async def test_a_result_says_how_it_came_about(scratch: Connection, trust: bool) -> None:
    methods = {name: result.method for name, result in (await check(scratch, "visits", trust=trust)).items()}
    assert methods["predicate"] == "scan"
    assert methods["unique"] == methods["overlap"] == methods["refers"] == methods["foreign"] == "cross"
    assert methods["fresh"] == methods["volume"] == methods["query"] == "value"


RULE_NAMES = {rule.split("name: ")[1].split(",")[0].split("\n")[0] for rule in RULES}
# Its rule reads another table alone.
ELSEWHERE = {"query"}


async def test_every_kind_errs_where_its_table_is_missing(scratch: Connection) -> None:
    await scratch.execute("alter table public.visits rename to moved")
    try:
        results = summary(await check(scratch, "visits"))
    finally:
        await scratch.execute("alter table public.moved rename to visits")
    assert results == dict.fromkeys(RULE_NAMES, "42P01")


async def test_every_kind_errs_where_its_table_may_not_be_read(scratch: Connection) -> None:
    async with scratch.transaction(force_rollback=True):
        await scratch.execute(READER.encode())
        await scratch.execute("grant select on public.guests to quality_reader")
        await scratch.execute("set local role quality_reader")
        rows = await scratch.execute(
            "select name, outcome, error_code from governance.evaluate_quality_checks('public.visits')"
        )
        found = {row["name"]: (row["outcome"], row["error_code"]) for row in await rows.fetchall()}
    assert found == dict.fromkeys(RULE_NAMES - ELSEWHERE, ("error", "42501")) | {"query": ("passed", None)}


async def test_every_kind_errs_where_it_takes_too_long(scratch: Connection, scratch_url: str) -> None:
    async with connect(scratch_url) as other, other.transaction():
        await other.execute("lock table public.visits, public.guests in access exclusive mode")
        results = await check(scratch, "visits", seconds=0.02)
    assert summary(results) == dict.fromkeys(RULE_NAMES, "57014")
    assert {result.outcome for result in results.values()} == {"error"}


ROWS = st.lists(
    st.tuples(st.sampled_from([1, 2, None]), st.integers(0, 9), st.integers(0, 4), st.sampled_from([-1, 1])),
    max_size=8,
)


INSERT = """
insert into public.visits (id, guest_id, level, starts, ends)
select %s, %s, %s, now() + %s * interval '1 h', now() + %s * interval '1 h'
"""


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
async def test_a_query_of_a_whole_table_finds_what_the_predicate_finds(
    scratch: Connection, rows: list[tuple[int | None, int, int, int]]
) -> None:
    values = [
        (number, guest, level, start, start + length)
        for number, (guest, start, length, level) in enumerate(rows)
    ]
    async with scratch.transaction(), scratch.cursor() as cursor:
        await cursor.execute("truncate public.visits")
        await cursor.executemany(INSERT, values)
    for name in ("unique", "overlap"):
        assert await _keys(scratch, name, "failing") == await _keys(scratch, name, "predicate"), name


async def _keys(connection: Connection, name: str, part: str) -> set[str]:
    row = await (
        await connection.execute(
            "select * from governance.quality_checks where table_name = 'public.visits' and name = %s",
            (name,),
        )
    ).fetchone()
    assert row
    statement = (
        row["failing"]
        if part == "failing"
        else (
            f"select id::text as key from public.visits as visits where gone is null and ({row['predicate']})"
        )
    )
    return {each["key"] for each in await (await connection.execute(statement.encode())).fetchall()}
