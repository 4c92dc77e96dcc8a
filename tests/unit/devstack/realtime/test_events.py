"""What a subscriber is told of a change, as text."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mentalspace.devstack.realtime.events import (
    LARGEST_RECORD,
    TOO_LARGE,
    View,
    explain_failure,
    key_of,
    record_values,
    render_error,
)
from mentalspace.devstack.realtime.pgoutput import UNCHANGED, Change, Kind, Relation, Row
from mentalspace.devstack.realtime.tables import Column, Table

MOMENT = datetime(2026, 11, 22, 8, 30, 0, 123999, tzinfo=UTC)
ALL = frozenset({"id", "place", "body", "secret"})


def table(*, guarded: bool, readable: frozenset[str] = ALL) -> Table:
    types = {"id": ("int8", 1), "place": ("text", 0), "body": ("text", None), "secret": ("numeric", None)}
    columns = {
        name: Column(
            name,
            type_name,
            type_name,
            type_name,
            position,
            frozenset({"anon"} if name in readable else set()),
            (),
        )
        for name, (type_name, position) in types.items()
    }
    return Table(1, "public", "notes", guarded, columns)


def change(kind: Kind, new: Row | None, old: Row | None = None) -> Change:
    relation = Relation(1, "public", "notes", tuple(ALL), frozenset({"id", "place"}))
    return Change(kind, relation, new, old, MOMENT, 7)


def render(view: View, changed: Change, record: str | None) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(view.render(changed, record))
    return event


def test_an_insert() -> None:
    event = render(View(table(guarded=True), "anon"), change(Kind.insert, {}), '{"id":1,"body":null}')
    assert event == {
        "schema": "public",
        "table": "notes",
        "commit_timestamp": "2026-11-22T08:30:00.123Z",
        "type": "INSERT",
        "columns": [
            {"name": "id", "type": "int8"},
            {"name": "place", "type": "text"},
            {"name": "body", "type": "text"},
            {"name": "secret", "type": "numeric"},
        ],
        "record": {"id": 1, "body": None},
        "errors": None,
    }


OLD = {"id": "1", "place": "x", "body": "before", "secret": "1.50"}
DELETED = change(Kind.delete, None, OLD)


@pytest.mark.parametrize(
    ("guarded", "readable", "expected"),
    [
        (False, ALL, {"id": 1, "place": "x", "body": "before", "secret": 1.5}),
        (True, ALL, {"id": 1, "place": "x"}),
        (False, frozenset({"id", "body"}), {"id": 1, "body": "before"}),
        (True, frozenset({"id", "body"}), {"id": 1}),
        (True, frozenset({"body"}), {}),
        (False, frozenset(), {}),
    ],
)
def test_a_deleted_row_tells_what_the_role_may_know(
    guarded: bool, readable: frozenset[str], expected: dict[str, Any]
) -> None:
    event = render(View(table(guarded=guarded, readable=readable), "anon"), DELETED, None)
    assert event["old_record"] == expected
    assert "record" not in event
    assert {column["name"] for column in event["columns"]} == readable


def test_the_old_row_of_an_update_is_its_key_under_row_level_security() -> None:
    updated = change(Kind.update, {**OLD, "body": "after"}, OLD)
    assert render(View(table(guarded=True), "anon"), updated, "{}")["old_record"] == {"id": 1, "place": "x"}
    unguarded = render(View(table(guarded=False), "anon"), updated, "{}")
    assert unguarded["old_record"]["body"] == "before"


def test_an_update_that_sent_no_old_row_tells_the_key_of_the_new() -> None:
    updated = change(Kind.update, {**OLD, "body": UNCHANGED})
    assert render(View(table(guarded=False), "anon"), updated, "{}")["old_record"] == {"id": 1, "place": "x"}


def test_a_selection_narrows_everything_and_keeps_the_key() -> None:
    view = View(table(guarded=False), "anon", frozenset({"body"}))
    record = '{"id":1,"place":"x","body":"b","secret":1.50}'
    event = render(view, change(Kind.update, OLD, OLD), record)
    assert event["record"] == {"id": 1, "place": "x", "body": "b"}
    assert set(event["old_record"]) == {"id", "place", "body"}
    assert [column["name"] for column in event["columns"]] == ["id", "place", "body"]


def test_a_record_over_a_megabyte_keeps_its_short_values_and_says_so() -> None:
    record = json.dumps({"id": 1, "body": "x" * LARGEST_RECORD})
    event = render(View(table(guarded=True), "anon"), change(Kind.insert, {}), record)
    assert (event["record"], event["errors"]) == ({"id": 1}, [TOO_LARGE])


def test_the_key_is_in_its_own_order() -> None:
    assert key_of(table(guarded=True), change(Kind.insert, OLD)) == ("x", "1")


def test_a_key_that_was_not_sent_again_is_the_old_one() -> None:
    updated = change(Kind.update, {"id": "1", "place": UNCHANGED}, {"id": "1", "place": "x"})
    assert key_of(table(guarded=True), updated) == ("x", "1")


@pytest.mark.parametrize(
    "new", [{}, {"id": "1"}, {"id": "1", "place": None}, {"id": "1", "place": UNCHANGED}]
)
def test_a_key_that_the_stream_does_not_tell_is_none(new: Row) -> None:
    assert key_of(table(guarded=True), change(Kind.insert, new)) is None


def test_records_give_filters_their_text() -> None:
    record = '{"a": 12.50, "b": "x\\n", "c": null, "d": true, "e": [1, 2]}'
    assert record_values(record) == {"a": "12.50", "b": "x\n", "c": None, "d": "true", "e": "[1, 2]"}


def test_an_error_tells_no_values() -> None:
    event = json.loads(render_error(change(Kind.update, OLD, OLD), explain_failure("22P02")))
    assert event["errors"] == ["Error 500: a row level security policy raised 22P02"]
    assert (event["record"], event["columns"]) == ({}, [])
    assert "before" not in json.dumps(event)
    assert explain_failure("42501") == "Error 401: Unauthorized"
