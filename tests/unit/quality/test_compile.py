"""Rules become SQL: every kind, exactly, and the same every time."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.small_contracts import compile_small, read_small, write_contract, write_metric, write_rule

from mentalspace.quality.capture import compile_captures, render_captures
from mentalspace.quality.check import Kind
from mentalspace.quality.predicates import interval, quote
from mentalspace.quality.render_sql import render_registration

GOLDEN = Path(__file__).parents[2] / "golden" / "quality"
RULES = (
    write_rule("complete", "complete: [status, starts]"),
    write_rule("simple", "fails_when: status = 'Done' and starts > now()", severity="low"),
    write_rule("today", "fails_when: starts::date > current_date", more="unit: percent\n"),
    write_rule(
        "missing",
        """
        fails_when: status = 'Done'
        having: {table: guests, match: {id: guest_id}, where: not guests.is_away}
        without:
          - {table: visits, as: next, match: {previous_id: id}}
        """,
    ),
    write_rule(
        "foreign", "fails_when: is_away\nrows: guests\nwithout: {table: visits, match: {guest_id: id}}"
    ),
    write_rule("twice", "unique: {columns: [guest_id, starts], where: status <> 'Void'}"),
    write_rule("orphan", "refers: {column: guest_id, to: guests.id}"),
    write_rule(
        "overlap", "no_overlap: {within: [guest_id], start: starts, end: ends, where: status = 'Done'}"
    ),
    write_rule("fresh", "fresh: {column: starts, within: P1DT2H}", severity="medium"),
    write_metric("volume", "metric: rowCount, mustBeGreaterThan: 2"),
    write_metric("query", "type: sql, query: 'select count(*) from public.visits', mustBeLessOrEqualTo: 9"),
    write_metric("twins", "metric: duplicateValues, arguments: {properties: [status]}, mustBe: 0"),
)
VISITS = write_contract(
    "visits",
    "id uuid, guest_id uuid, previous_id uuid, status text, starts timestamptz, ends timestamptz, gone date",
    "".join(RULES),
    live="gone is null",
)
GUESTS = write_contract("guests", "id uuid, code text, is_away boolean", owner="billing_manager")


def test_the_registration_is_as_expected() -> None:
    checks = compile_small(VISITS, GUESTS)
    captures = compile_captures(read_small(VISITS, GUESTS), checks)
    assert render_registration(checks, captures) == (GOLDEN / "registration.sql").read_text(encoding="utf-8")
    assert render_captures(captures) == (GOLDEN / "captures.sql").read_text(encoding="utf-8")


def test_the_order_of_files_and_rules_changes_nothing() -> None:
    other = VISITS.replace("".join(RULES[:1]), "")
    assert compile_small(VISITS, GUESTS) == compile_small(GUESTS, VISITS)
    assert len(compile_small(other, GUESTS)) <= len(RULES)


def test_a_digest_changes_with_the_question_only() -> None:
    [before, *_] = compile_small(VISITS, GUESTS)
    [words, *_] = compile_small(VISITS.replace("description: D.", "description: E."), GUESTS)
    [question, *_] = compile_small(VISITS.replace("complete: [status, starts]", "complete: [status]"), GUESTS)
    assert words.description != before.description
    assert words.digest == before.digest != question.digest


def test_each_rule_is_counted_in_its_own_way() -> None:
    kinds = {
        check.name: (check.kind, check.proof and check.proof.kind) for check in compile_small(VISITS, GUESTS)
    }
    assert kinds == {
        "complete": (Kind.scan, "predicate"),
        "simple": (Kind.scan, "predicate"),
        "today": (Kind.scan, "predicate"),
        "missing": (Kind.cross, None),
        "foreign": (Kind.cross, None),
        "twice": (Kind.cross, "unique"),
        "twins": (Kind.cross, "unique"),
        "orphan": (Kind.cross, "foreign_key"),
        "overlap": (Kind.cross, "exclusion"),
        "fresh": (Kind.value, None),
        "volume": (Kind.value, None),
        "query": (Kind.value, None),
    }


def test_who_looks_at_the_clock_is_registered() -> None:
    clocks = {check.name for check in compile_small(VISITS, GUESTS) if check.reads_clock}
    assert clocks == {"simple", "today", "fresh"}


def test_rows_of_another_contract_are_judged_by_its_rules() -> None:
    foreign = next(check for check in compile_small(VISITS, GUESTS) if check.name == "foreign")
    assert (foreign.table_name, foreign.relation, foreign.live) == ("public.visits", "public.guests", None)
    assert foreign.owner == "scheduling_manager"


@pytest.mark.parametrize(
    ("value", "text"),
    [("it's", "'it''s'"), (True, "true"), (3, "3"), (None, "null"), (1.5, "1.5"), ("\\", r"'\'")],
)
def test_values_are_quoted(value: object, text: str) -> None:
    assert quote(value) == text


@pytest.mark.parametrize(
    ("span", "text"), [("P14D", "14 days"), ("PT36H", "36 hours"), ("P1DT2H3M", "1 days 2 hours 3 minutes")]
)
def test_spans_are_intervals(span: str, text: str) -> None:
    assert interval(span) == text
