"""SQL in contracts is read-only, over known columns, with listed functions; all else is refused."""

from __future__ import annotations

import pytest
from tests.small_contracts import read_small, write_contract, write_rule

from mentalspace.contracts.guard import check_predicate, check_query, find_columns, reads_clock
from mentalspace.errors import DocumentError

COLUMNS = {"visits": ("id", "status", "start_time", "phones"), "notes": ("id", "visit_id")}
VISITS = write_contract("visits", "id uuid, status text, start_time timestamptz, phones jsonb")


@pytest.mark.parametrize(
    "text",
    [
        "status = 'Done' and start_time > now() - interval '3 days'",
        "coalesce(btrim(status), '') = '' or char_length(status) not between 1 and 5",
        "visits.status not in ('a', 'b') and status !~ '^[a-z]+$'",
        "(start_time at time zone 'America/New_York')::time not between '07:00' and '21:00'",
        "jsonb_typeof(phones) <> 'array' or not governance.are_phone_numbers(phones)",
        "case when status = 'a' then start_time is null else false end",
        "start_time::date < current_date - 30",
        "status = 'a;b -- c /* d */ $$'",
    ],
)
def test_sound_predicates_pass(text: str) -> None:
    assert list(check_predicate(text, "visits", COLUMNS)) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("statsu = 'a'", "visits has no column statsu; write status"),
        ("note.id is null", "no such table here; write one of notes, visits"),
        ("status = 'a'; delete from visits", "no semicolon"),
        ("status = 'a' -- why", "no comments"),
        ("status = 'a' /* why */", "no comments"),
        ("true) or (true", "not SQL"),
        ("status = ", "not SQL"),
        ("status = 'a", "not SQL"),
        ("pg_sleep(1) is null", "pg_sleep() is not on the list"),
        ("public.are_evil(status)", "are_evil() is not on the list"),
        ("governance.read_quality('x') is null", "read_quality() is not on the list"),
        ("start_time > clock_timestamp()", "not on the list"),
        ("start_time > localtimestamp", "not on the list"),
        ("id in (select id from secrets)", "no select inside a predicate"),
        ("exists (select 1)", "no select inside a predicate"),
        ("status = $1", "no parameter"),
        ("status = $$a$$", "no dollar-quoted string"),
        ("select 1", "no select inside a predicate"),
        ("delete from visits", "write a condition"),
    ],
)
def test_unsound_predicates_are_refused(text: str, said: str) -> None:
    assert said in "; ".join(check_predicate(text, "visits", COLUMNS))


def test_beside_another_table_every_column_says_whose_it_is() -> None:
    assert list(check_predicate("status = 'a'", "visits", COLUMNS, qualified=True)) == [
        "write visits.status or <other table>.status, so that it is clear whose it is"
    ]
    assert list(check_predicate("notes.visit_id = visits.id", "visits", COLUMNS, qualified=True)) == []


@pytest.mark.parametrize(
    "text",
    [
        "select count(*) from public.visits where status = 'a'",
        "with done as (select id from public.visits) select count(*) from done",
        "select case when count(*) = 0 then 1 else 0 end from public.visits as v where v.start_time > now()",
        "select 1 union all select count(*) from public.visits",
    ],
)
def test_selects_over_contracted_tables_pass(text: str) -> None:
    assert list(check_query(text, read_small(VISITS))) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("delete from public.visits", "write one select"),
        (
            "with gone as (delete from public.visits returning id) select count(*) from gone",
            "write one select",
        ),
        ("select count(*) into public.loot from public.visits", "write one select"),
        ("select count(*) from public.visits for update", "write one select"),
        ("select 1; select 2", "no semicolon"),
        ("copy public.visits to program 'x'", "write one select"),
        ("set role postgres", "write one select"),
        ("select count(*) from visits", "visits is not a table with a contract; write one of public.visits"),
        ("select count(*) from auth.users", "auth.users is not a table with a contract"),
        ("select count(*) from pg_catalog.pg_class", "is not a table with a contract"),
        ("select count(*) from dblink('x', 'y')", "not on the list"),
        ("select pg_read_file('x')", "not on the list"),
        ("select query_to_xml('select 1', true, true, '')", "not on the list"),
        ("select count(*) from public.visits where statsu = 'a'", "could not be resolved"),
    ],
)
def test_other_queries_are_refused(text: str, said: str) -> None:
    assert said in "; ".join(check_query(text, read_small(VISITS)))


def test_a_problem_has_the_line_of_its_rule() -> None:
    text = write_contract("visits", "id uuid, status text", write_rule("odd", "fails_when: statsu = 'a'"))
    with pytest.raises(DocumentError) as caught:
        read_small(text)
    [problem] = caught.value.problems
    line = next(n for n, each in enumerate(text.splitlines(), 1) if "fails_when" in each)
    assert (problem.line, str(problem.path)) == (line, "visits.odcs.yaml")
    assert "odd: visits has no column statsu; write status" in problem.message


def test_rows_of_the_same_table_need_another_name() -> None:
    rule = write_rule("alone", "fails_when: 'true'\nhaving: {table: visits, match: {id: id}}")
    with pytest.raises(DocumentError, match="call the other one `as: other`"):
        read_small(write_contract("visits", "id uuid, status text", rule))


def test_live_is_guarded_too() -> None:
    with pytest.raises(DocumentError, match="live: visits has no column gone"):
        read_small(write_contract("visits", "id uuid, status text", live="gone is null"))


def test_who_looks_at_the_clock_is_known() -> None:
    assert reads_clock("start_time > now()")
    assert reads_clock("start_time::date > current_date")
    assert not reads_clock("status = 'now()'")


def test_columns_are_found() -> None:
    assert find_columns("b > 1 and visits.a = 'c' and b < 2") == ("a", "b")
