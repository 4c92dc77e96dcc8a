"""What the catalog proves is not read; what it no longer proves is."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.conftest import Server
from tests.database.quality.scratch import check, register
from tests.small_contracts import write_contract, write_metric, write_rule

from mentalspace.database.connection import Connection, connect

GUESTS = write_contract("guests", "id integer, code text")
TABLES = """
create table public.guests (id integer primary key, code text);
create table public.visits (
  id integer primary key,
  guest_id integer constraint visits_guest_fkey references public.guests,
  status text not null constraint visits_status_check check (status in ('a', 'b', 'c')),
  level integer constraint visits_level_check check (level between 1 and 10),
  word text constraint visits_word_check check (word ~ '^[a-z]+$'),
  starts timestamptz not null,
  ends timestamptz not null,
  gone timestamptz,
  constraint visits_times_check check (ends > starts),
  constraint visits_length_check check (ends - starts <= interval '8 hours'),
  constraint visits_guest_level_key unique (guest_id, level),
  constraint visits_no_overlap exclude using gist (guest_id with =, tstzrange(starts, ends) with &&)
    where (status in ('a', 'b') and gone is null)
);
create unique index visits_word_key on public.visits (word) where gone is null;
"""
VISIT = """
insert into public.visits (id, guest_id, status, starts, ends) values (7, {}, '{}', now(), now() + '1 h')
"""
COLUMNS = (
    "id integer, guest_id integer, status text, level integer, word text, starts timestamptz, "
    "ends timestamptz, gone timestamptz"
)


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def scratch_url(server: Server, migrated_template: str) -> AsyncIterator[str]:
    async with server.cloned(migrated_template) as url:
        async with connect(url) as connection:
            await connection.execute(TABLES.encode())
        yield url


@pytest.fixture
async def scratch(scratch_url: str) -> AsyncIterator[Connection]:
    """In a transaction that is rolled back, with its own constraints put back by that."""
    async with connect(scratch_url) as connection:
        yield connection


async def prove(connection: Connection, rule: str, *changes: str) -> str | None:
    """The proof of one rule after changes to the tables, which are undone."""
    await register(connection, write_contract("visits", COLUMNS, rule, live="gone is null"), GUESTS)
    async with connection.transaction(force_rollback=True):
        for change in changes:
            await connection.execute(change.encode())
        row = await (
            await connection.execute(
                "select method, outcome, proof from governance.evaluate_quality_checks('public.visits')"
            )
        ).fetchone()
    assert row
    assert row["outcome"] == "passed"
    assert (row["method"] == "proved") == (row["proof"] is not None)
    return row["proof"]


def overlap(within: str, where: str, end: str = "ends") -> str:
    spec = f'no_overlap: {{within: [{within}], start: starts, end: {end}, where: "{where}"}}'
    return write_rule("rule", spec)


REFERS = write_rule("rule", "refers: {column: guest_id, to: guests.id}")
WORD = write_rule("rule", "unique: {columns: [word]}")
RANGE = "tstzrange(starts, ends) with &&"
REINDEX = "drop index public.visits_word_key; create unique index visits_word_key on public.visits {}"
REPLACE = "alter table public.visits drop constraint {0}, add constraint {0} {1}"


def fails(predicate: str) -> str:
    return write_rule("rule", f"fails_when: {predicate}")


@pytest.mark.parametrize(
    ("rule", "proof"),
    [
        (write_rule("rule", "complete: [status, starts]"), "not null"),
        (fails("status not in ('a', 'b', 'c', 'd')"), "visits_status_check"),
        (fails("status = 'z'"), "visits_status_check"),
        (fails("ends <= starts"), "visits_times_check"),
        (fails("ends - starts > interval '9 hours'"), "visits_length_check"),
        (
            fails("ends <= starts or ends - starts > interval '8 hours'"),
            "visits_length_check, visits_times_check",
        ),
        (fails("level < 1"), "visits_level_check"),
        (fails("word !~ '^[a-z]+$'"), "visits_word_check"),
        (write_rule("rule", "unique: {columns: [guest_id, level]}"), "visits_guest_level_key"),
        (write_rule("rule", "unique: {columns: [guest_id, level, status]}"), "visits_guest_level_key"),
        (write_rule("rule", "unique: {columns: [id]}"), "visits_pkey"),
        (write_rule("rule", "unique: {columns: [word]}"), "visits_word_key"),
        (REFERS, "visits_guest_fkey"),
        (overlap("guest_id", "status = 'a'"), "visits_no_overlap"),
        (overlap("guest_id, level", "status in ('b', 'a')"), "visits_no_overlap"),
    ],
)
async def test_a_constraint_that_implies_the_rule_proves_it(
    scratch: Connection, rule: str, proof: str
) -> None:
    assert await prove(scratch, rule) == proof


@pytest.mark.parametrize(
    "rule",
    [
        write_rule("rule", "complete: [status, level]"),
        fails("status = 'a'"),
        fails("ends - starts > interval '7 hours'"),
        fails("level < 2"),
        fails("level is null"),
        fails("starts > now() + interval '1 year' and ends <= now()"),
        write_rule("rule", "unique: {columns: [guest_id]}"),
        write_rule("rule", "unique: {columns: [level, status], where: word > 'a'}"),
        overlap("guest_id", "true"),
        overlap("level", "status = 'a'"),
        overlap("guest_id", "status = 'a'", end="gone"),
        write_rule("rule", "fails_when: 'true'\nwithout: {table: guests, match: {id: guest_id}}"),
        write_metric("rule", "metric: rowCount, mustBeLessThan: 5"),
    ],
)
async def test_a_constraint_that_does_not_imply_the_rule_does_not_prove_it(
    scratch: Connection, rule: str
) -> None:
    assert await prove(scratch, rule) is None


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        (fails("status = 'z'"), "alter table public.visits drop constraint visits_status_check"),
        (
            fails("status = 'z'"),
            REPLACE.format("visits_status_check", "check (status in ('a', 'b', 'c')) not valid"),
        ),
        (
            write_rule("rule", "complete: [status]"),
            "alter table public.visits alter column status drop not null",
        ),
        (REFERS, "alter table public.visits drop constraint visits_guest_fkey"),
        (
            REFERS,
            REPLACE.format("visits_guest_fkey", "foreign key (guest_id) references public.guests not valid"),
        ),
        (
            write_rule("rule", "unique: {columns: [guest_id, level]}"),
            "alter table public.visits drop constraint visits_guest_level_key",
        ),
        (WORD, REINDEX.format("(word) where status = 'a'")),
        (WORD, REINDEX.format("(lower(word))")),
        (
            overlap("guest_id", "status = 'a'"),
            REPLACE.format(
                "visits_no_overlap", f"exclude using gist (guest_id with =, {RANGE}) where (level > 1)"
            ),
        ),
        (
            overlap("guest_id", "status = 'a'"),
            REPLACE.format(
                "visits_no_overlap", f"exclude using gist (guest_id with =, level with =, {RANGE})"
            ),
        ),
    ],
)
async def test_what_is_dropped_or_not_validated_proves_nothing(
    scratch: Connection, rule: str, change: str
) -> None:
    assert await prove(scratch, rule) is not None
    assert await prove(scratch, rule, change) is None


async def test_a_constraint_that_looks_at_the_clock_proves_nothing(scratch: Connection) -> None:
    change = "alter table public.visits add constraint visits_clock_check check (starts < now() + '1 year')"
    assert await prove(scratch, fails("starts > now() + interval '1 year'"), change) is None


async def test_a_dropped_constraint_turns_a_proof_into_a_reading_that_finds_the_row(
    scratch: Connection,
) -> None:
    rule = fails("status not in ('a', 'b', 'c')")
    await register(scratch, write_contract("visits", COLUMNS, rule, live="gone is null"), GUESTS)
    assert (await check(scratch, "visits"))["rule"].method == "proved"
    await scratch.execute("alter table public.visits drop constraint visits_status_check")
    await scratch.execute(
        "insert into public.visits (id, status, starts, ends) values (7, 'z', now(), now() + '1 h')"
    )
    result = (await check(scratch, "visits"))["rule"]
    assert (result.method, result.outcome, result.failing_keys) == ("scan", "failed", ("7",))
    await scratch.execute("delete from public.visits")
    await scratch.execute(
        "alter table public.visits add constraint visits_status_check check (status in ('a', 'b', 'c'))"
    )
    assert (await check(scratch, "visits"))["rule"].method == "proved"


async def test_a_foreign_key_that_was_bypassed_is_found_when_proofs_are_not_trusted(
    server: Server, migrated_template: str
) -> None:
    async with server.cloned(migrated_template) as url:
        async with connect(server.superuser(url.rpartition("/")[2])) as superuser:
            await superuser.execute(TABLES.encode())
            await superuser.execute("alter table public.visits owner to postgres")
            await superuser.execute("alter table public.guests owner to postgres")
            await superuser.execute("set session_replication_role = replica")
            await superuser.execute(VISIT.format("9", "a").encode())
        async with connect(url) as connection:
            await register(connection, write_contract("visits", COLUMNS, REFERS), GUESTS)
            assert (await check(connection, "visits"))["rule"].passed
            assert (await check(connection, "visits", trust=False))["rule"].failing_keys == ("7",)


async def test_switched_off_triggers_prove_nothing(server: Server, migrated_template: str) -> None:
    async with (
        server.cloned(migrated_template) as url,
        connect(server.superuser(url.rpartition("/")[2])) as superuser,
    ):
        await superuser.execute(TABLES.encode())
        await register(superuser, write_contract("visits", COLUMNS, REFERS), GUESTS)
        assert (await check(superuser, "visits"))["rule"].method == "proved"
        await superuser.execute("alter table public.visits disable trigger all")
        assert (await check(superuser, "visits"))["rule"].method == "cross"
