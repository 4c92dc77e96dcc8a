"""Filters of subscriptions: read, refused with a remedy, and true exactly as SQL says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentalspace.devstack.realtime.filters import (
    Condition,
    FilterError,
    check_types,
    matches,
    parse_filter,
)
from mentalspace.devstack.realtime.pgoutput import UNCHANGED, Value

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@dataclass(frozen=True)
class Typed:
    base_type: str
    labels: tuple[str, ...] = ()


COLUMNS: Mapping[str, Typed] = {
    "id": Typed("int8"),
    "amount": Typed("numeric"),
    "body": Typed("text"),
    "active": Typed("bool"),
    "starts": Typed("timestamptz"),
    "status": Typed("status", ("open", "paid", "void")),
    "tags": Typed("_text"),
    "doc": Typed("jsonb"),
}
ROW: Mapping[str, Value] = {
    "id": "12",
    "amount": "9.50",
    "body": "Hello, world (1)",
    "active": "t",
    "starts": "2026-11-22 08:30:00+00",
    "status": "paid",
    "tags": "{a,b}",
    "doc": None,
}


def quote(text: str) -> str:
    """As supabase-js's filter builder quotes a value."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


@settings(max_examples=40)
@given(TEXTS)
def test_a_quoted_value_is_taken_as_it_is(value: str) -> None:
    conditions = parse_filter(f"id=gt.3,body=eq.{quote(value)},active=is.true")
    assert [condition.column for condition in conditions] == ["id", "body", "active"]
    assert conditions[1] == Condition("body", "eq", (value,))


@settings(max_examples=40)
@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_a_quoted_list_is_taken_as_it_is(values: list[str]) -> None:
    (condition,) = parse_filter(f"body=not.in.({','.join(map(quote, values))})")
    assert condition == Condition("body", "in", tuple(values), negated=True)


@settings(max_examples=40)
@given(TEXTS)
def test_any_text_is_a_filter_or_refused(text: str) -> None:
    for filter_text in (text, f"body=eq.{text}", f"body=in.({text})", f"body=like.{text}"):
        try:
            conditions = parse_filter(filter_text)
            check_types(conditions, COLUMNS)
        except FilterError:
            continue
        assert matches(conditions, ROW, COLUMNS) in (True, False)


@pytest.mark.parametrize("text", ["", "   "])
def test_a_blank_filter_is_none(text: str) -> None:
    assert parse_filter(text) == ()
    assert matches((), ROW, COLUMNS) is True


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id=eq.12", True),
        ("id=eq.012", True),
        ("id=neq.12", False),
        ("id=gt.9", True),  # as text "12" < "9"
        ("id=lt.9", False),
        ("id=gte.12", True),
        ("id=lte.11", False),
        ("id=in.(1,12,3)", True),
        ("id=in.(1,2)", False),
        ("id=not.in.(1,2)", True),
        ("id=not.in.(1,null)", False),
        ("id=in.(12,null)", True),
        ("id=in.()", False),
        ("id=isdistinct.12", False),
        ("id=not.isdistinct.12", True),
        ("amount=eq.9.5", True),
        ('body=eq."Hello, world (1)"', True),
        ("body=like.Hello%", True),
        ("body=like.hello%", False),
        ("body=ilike.hello%", True),
        ("body=like.%world%", True),
        ("body=like._ello%", True),
        (r"body=like.%\%%", False),
        ("body=not.like.%world%", False),
        ("active=eq.true", True),
        ("active=is.true", True),
        ("active=is.false", False),
        ("active=not.is.false", True),
        ("active=is.unknown", False),
        ("starts=eq.2026-11-22T09:30:00+01:00", True),
        ("starts=gt.2026-11-22T08:00:00Z", True),
        ("status=eq.paid", True),
        ("status=gt.open", True),
        ("status=lt.paid", False),
        ("doc=is.null", True),
        ("doc=not.is.null", False),
        ("doc=eq.1", False),
        ("doc=not.eq.1", False),  # unknown, and so is its negation
        ("doc=isdistinct.1", True),
        ("id=is.null", False),
        ("id=eq.12,active=is.true", True),
        ("id=eq.12,active=is.false", False),
        (" id=eq.12 , status=in.(open,paid) ", True),
    ],
)
def test_matches(text: str, expected: bool) -> None:
    conditions = parse_filter(text)
    check_types(conditions, COLUMNS)
    assert matches(conditions, ROW, COLUMNS) is expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("undefined", "column=operator.value"),
        ("id=12", "column=operator.value"),
        ("id=eq.1,,id=eq.2", "single commas"),
        ("body=eq.Hello, world (1)", "single commas"),  # an unquoted one ends the condition
        ("=eq.1", "column=operator.value"),
        ("id=foo.1", "unknown operator foo"),
        ("body=match.^a", "not served"),
        ("body=not.imatch.^a", "use like or ilike"),
        ("id=in.1,2", "in parentheses"),
        ("active=is.maybe", "null, true, false or unknown"),
        ("body=like.a\\", "must not end with a backslash"),
        (f"id=in.({','.join(map(str, range(101)))})", "at most 100"),
    ],
)
def test_what_cannot_be_read_says_what_to_write(text: str, reason: str) -> None:
    with pytest.raises(FilterError, match=re.escape(reason)):
        parse_filter(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nothing=eq.1", "invalid column for filter nothing"),
        ("id=eq.x", "not of type int8"),
        ("id=in.(1,x)", "not of type int8"),
        ("status=eq.closed", "not of type status"),
        ("id=like.1%", "requires a text column"),
        ("body=is.true", "requires a boolean column"),
        ("tags=gt.{a}", "not served for _text"),
    ],
)
def test_what_does_not_fit_the_table_says_why(text: str, reason: str) -> None:
    with pytest.raises(FilterError, match=re.escape(reason)):
        check_types(parse_filter(text), COLUMNS)


def test_a_missing_value_leaves_the_verdict_open() -> None:
    conditions = parse_filter("id=eq.12,body=eq.x")
    assert matches(conditions, {"id": "12", "body": UNCHANGED}, COLUMNS) is None
    assert matches(conditions, {"id": "12"}, COLUMNS) is None
    assert matches(conditions, {"id": "13", "body": UNCHANGED}, COLUMNS) is False


def test_a_column_that_may_not_be_read_never_matches() -> None:
    readable = {name: column for name, column in COLUMNS.items() if name != "id"}
    assert matches(parse_filter("id=not.eq.99"), ROW, readable) is False


def test_a_column_that_changed_its_type_does_not_match() -> None:
    assert matches(parse_filter("id=eq.x"), ROW, COLUMNS) is False


@settings(max_examples=40)
@given(st.text("ab%_", max_size=10), st.text("ab", max_size=10))
def test_like_agrees_with_a_naive_reading(pattern: str, text: str) -> None:
    naive = re.fullmatch(pattern.replace("%", ".*").replace("_", "."), text) is not None
    assert matches(parse_filter(f'body=like."{pattern}"'), {"body": text}, COLUMNS) is naive


@pytest.mark.timeout(30)
def test_no_pattern_takes_long() -> None:
    """A reading that goes back and forth would take longer than anybody lives."""
    conditions = parse_filter("body=like." + "%a" * 40 + "b")
    assert matches(conditions, {"body": "a" * 20_000}, COLUMNS) is False
