"""Text forms of Postgres as JSON and as values that compare."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentalspace.devstack.realtime.values import comparable, parse_array, render_json

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=10)
ARRAYS = st.recursive(
    st.lists(st.none() | TEXTS, max_size=3),
    lambda inner: st.lists(inner, min_size=1, max_size=3),
    max_leaves=9,
)


def array_literal(items: list[Any]) -> str:
    """As Postgres writes arrays, with every text quoted."""

    def write(item: Any) -> str:
        if item is None:
            return "NULL"
        if isinstance(item, list):
            return array_literal(item)
        escaped = item.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'

    return "{" + ",".join(map(write, items)) + "}"


@settings(max_examples=40)
@given(ARRAYS)
def test_arrays_are_read_back(items: list[Any]) -> None:
    assert parse_array(array_literal(items)) == items


@settings(max_examples=40)
@given(TEXTS)
def test_any_text_is_an_array_or_refused(text: str) -> None:
    try:
        assert isinstance(parse_array(text), list)
    except ValueError:
        return


@pytest.mark.parametrize(
    ("type_name", "text", "expected"),
    [
        ("text", None, None),
        ("text", 'a"b', 'a"b'),
        ("int8", "9007199254740993", 9007199254740993),
        ("numeric", "NaN", "NaN"),
        ("float8", "-Infinity", "-Infinity"),
        ("float8", "1e+20", 1e20),
        ("bool", "t", True),
        ("bool", "f", False),
        ("jsonb", '{"a": [1, null]}', {"a": [1, None]}),
        ("timestamptz", "2026-11-22 08:30:00.5+00", "2026-11-22T08:30:00.5+00:00"),
        ("timestamptz", "infinity", "infinity"),
        ("timestamp", "2026-11-22 08:30:00", "2026-11-22T08:30:00"),
        ("date", "2026-11-22", "2026-11-22"),
        ("oid", "12", "12"),
        ("_int4", "{1,NULL,3}", [1, None, 3]),
        ("_text", '{"a,b",c,"NULL"}', ["a,b", "c", "NULL"]),
        ("_bool", "{t,f}", [True, False]),
        ("_int4", "[0:1]={1,2}", [1, 2]),
        ("_int4", "{{1,2},{3,4}}", [[1, 2], [3, 4]]),
        ("_int4", "{}", []),
        ("_box", "{(1,1),(0,0);(2,2),(1,1)}", "{(1,1),(0,0);(2,2),(1,1)}"),
    ],
)
def test_json(type_name: str, text: str | None, expected: Any) -> None:
    rendered = json.loads(render_json(type_name, text))
    assert rendered == expected
    assert type(rendered) is type(expected)


def test_numbers_keep_every_digit() -> None:
    assert render_json("numeric", "12345678901234567.8900") == "12345678901234567.8900"


@settings(max_examples=40)
@given(st.sampled_from(["text", "int4", "numeric", "bool", "_text", "_int4", "uuid"]), TEXTS)
def test_json_is_always_json(type_name: str, text: str) -> None:
    """But for jsonb, where Postgres itself sees to it."""
    json.loads(render_json(type_name, text))


@pytest.mark.parametrize(
    ("type_name", "lesser", "greater"),
    [
        ("int8", "9007199254740992", "9007199254740993"),
        ("int4", "9", "10"),
        ("numeric", "1.10", "1.9"),
        ("numeric", "1e30", "NaN"),
        ("float8", "-Infinity", "-1e300"),
        ("float8", "Infinity", "NaN"),
        ("bool", "f", "true"),
        ("date", "2026-02-28", "2026-11-01"),
        ("date", "2026-11-01", "infinity"),
        ("date", "-infinity", "0001-01-01"),
        ("timestamptz", "2026-11-22 10:00:00+02", "2026-11-22T08:30:00Z"),
        ("timestamptz", "2026-11-22 08:00:00", "2026-11-22 08:30:00+00"),
        ("timestamp", "2026-11-22 08:00:00", "2026-11-22T08:30:00+05:00"),
        ("time", "08:30:00", "17:00"),
        ("text", "B", "a"),
        ("uuid", "0A000000-0000-0000-0000-000000000000", "0b000000-0000-0000-0000-000000000000"),
    ],
)
def test_order_is_of_the_type(type_name: str, lesser: str, greater: str) -> None:
    assert comparable(type_name, lesser) < comparable(type_name, greater)


@pytest.mark.parametrize(
    ("type_name", "one", "other"),
    [
        ("numeric", "1.0", "1.00"),
        ("float4", "0.1", "1e-1"),
        ("numeric", "NaN", "nan"),
        ("uuid", "{0A000000000000000000000000000000}", "0a000000-0000-0000-0000-000000000000"),
        ("timestamptz", "2026-11-22 10:30:00+02", "2026-11-22T08:30:00Z"),
        ("bpchar", "a  ", "a"),
        ("citext", "Ab", "aB"),
        ("date", "2026-11-22T08:00:00Z", "2026-11-22"),
    ],
)
def test_forms_of_one_value_are_equal(type_name: str, one: str, other: str) -> None:
    assert comparable(type_name, one) == comparable(type_name, other)


def test_an_enum_is_ordered_by_its_labels() -> None:
    labels = ("low", "high")
    assert comparable("level", "low", labels) < comparable("level", "high", labels)


@pytest.mark.parametrize(
    ("type_name", "text"),
    [
        ("int4", "x"),
        ("int4", "1.5"),
        ("numeric", ""),
        ("bool", "maybe"),
        ("date", "soon"),
        ("uuid", "1"),
        ("timestamptz", "yesterday"),
        ("date", "0044-03-15 BC"),
        ("time", "later"),
    ],
)
def test_a_text_of_another_type_is_refused(type_name: str, text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (the caller says what is wrong)
        comparable(type_name, text)


def test_an_unknown_label_is_refused() -> None:
    with pytest.raises(ValueError):  # noqa: PT011  (the same)
        comparable("level", "middle", ("low", "high"))
