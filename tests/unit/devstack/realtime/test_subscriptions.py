"""Joins and bindings: read leniently where clients differ, refused where nothing sensible can be meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentalspace.devstack.realtime.pgoutput import Kind
from mentalspace.devstack.realtime.subscriptions import (
    SubscriptionError,
    check_binding,
    parse_binding,
    parse_join,
)
from mentalspace.devstack.realtime.tables import Column, Table

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["event", "schema", "table", "filter", "select", "more"])


def column(name: str, *readers: str, type_name: str = "text", key: int | None = None) -> Column:
    return Column(name, type_name, type_name, f"pg_catalog.{type_name}", key, frozenset(readers), ())


NOTES = Table(
    1,
    "public",
    "notes",
    guarded=True,
    columns={
        "id": column("id", "authenticated", type_name="int8", key=0),
        "body": column("body", "authenticated"),
        "secret": column("secret", "service_role"),
    },
)


def test_what_python_and_javascript_send() -> None:
    python = parse_join({"config": {"broadcast": None, "presence": {"key": "", "enabled": False}}})
    assert python.settings.broadcast is None
    javascript = parse_join(
        {
            "config": {
                "broadcast": {"ack": True, "self": True},
                "presence": {"key": "me", "enabled": True},
                "postgres_changes": [],
                "private": False,
            },
            "access_token": "t",
        }
    )
    assert (javascript.settings.broadcast and javascript.settings.broadcast.self_, javascript.token) == (
        True,
        "t",
    )
    assert parse_join({}).settings.postgres_changes is None


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ({"config": 7}, "config"),
        ({"config": {"postgres_changes": {}}}, "config.postgres_changes"),
        ({"config": {"postgres_changes": ["x"]}}, "config.postgres_changes.0"),
        ({"config": {"postgres_changes": [{}] * 101}}, "config.postgres_changes"),
        ({"config": {"presence": {"key": 1}}}, "config.presence.key"),
        ({"access_token": 7}, "access_token"),
    ],
)
def test_a_join_that_cannot_be_read_names_its_field(payload: Any, field: str) -> None:
    with pytest.raises(SubscriptionError, match=f"InvalidJoinPayload: {field}"):
        parse_join(payload)


@settings(max_examples=40)
@given(st.dictionaries(NAMES, JSON))
def test_any_binding_is_read_or_refused(asked: dict[str, Any]) -> None:
    try:
        binding = parse_binding(asked)
    except SubscriptionError:
        return
    assert binding.reply == {**asked, "id": binding.id}
    assert binding.id > 0


@pytest.mark.parametrize(
    ("asked", "kinds"),
    [
        ("*", {"INSERT", "UPDATE", "DELETE"}),
        ("INSERT", {"INSERT"}),
        ("update", {"UPDATE"}),
        ("DELETE", {"DELETE"}),
        ("anything", {"INSERT", "UPDATE", "DELETE"}),
        (None, {"INSERT", "UPDATE", "DELETE"}),
    ],
)
def test_events(asked: str | None, kinds: set[str]) -> None:
    binding = parse_binding({"event": asked, "schema": "public"})
    assert {str(kind) for kind in Kind if binding.wants(kind)} == kinds
    assert (binding.schema, binding.table) == ("public", "*")


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({}, "at least a schema or table"),
        ({"event": "*", "schema": 1}, "at least a schema or table"),
        ({"schema": "public", "filter": "id=eq.1"}, "explicit schema and table"),
        ({"schema": "public", "table": "*", "select": ["id"]}, "explicit schema and table"),
        ({"table": "notes", "filter": "id=is"}, "Error parsing `filter` params"),
        ({"table": "notes", "filter": 7}, "at least a schema or table"),
        ({"table": "notes", "select": "id,body"}, "list of column names"),
    ],
)
def test_what_cannot_be_meant_is_refused(asked: dict[str, Any], reason: str) -> None:
    with pytest.raises(SubscriptionError, match=reason):
        parse_binding(asked)


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ({"filter": "nothing=eq.1"}, "invalid column for filter nothing"),
        ({"filter": "secret=eq.x"}, "invalid column for filter secret"),
        ({"filter": "id=eq.x"}, "not of type int8"),
        ({"select": ["id", "secret"]}, "invalid column for select secret"),
    ],
)
def test_a_binding_must_fit_what_the_role_may_read(extra: dict[str, Any], reason: str) -> None:
    binding = parse_binding({"table": "notes", **extra})
    with pytest.raises(SubscriptionError, match=reason):
        check_binding(binding, [NOTES], "authenticated")


def test_a_table_that_is_not_published_is_refused_with_the_remedy() -> None:
    with pytest.raises(SubscriptionError, match="alter publication supabase_realtime add table"):
        check_binding(parse_binding({"table": "nothing"}), [], "authenticated")


def test_a_binding_that_fits_is_accepted() -> None:
    check_binding(
        parse_binding({"table": "notes", "filter": "body=like.a%", "select": ["id"]}),
        [NOTES],
        "authenticated",
    )
