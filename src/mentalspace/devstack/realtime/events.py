"""The `data` of a `postgres_changes` event, as JSON text. Never connects.

The record is what the subscriber's own select gave. Of old rows only the primary key is told where row
level security is on: nobody can say any more whether the subscriber could see the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from mentalspace.devstack.realtime.frames import join_object, split_object
from mentalspace.devstack.realtime.pgoutput import UNCHANGED, Change, Kind, Row
from mentalspace.devstack.realtime.tables import Column, Table
from mentalspace.devstack.realtime.values import render_json

LARGEST_RECORD = 1 << 20
LARGEST_KEPT_VALUE = 64
NO_KEY = "Error 400: Bad Request, no primary key"
UNAUTHORIZED = "Error 401: Unauthorized"
TOO_LARGE = "Error 413: Payload Too Large"


def key_of(table: Table, change: Change) -> tuple[str, ...] | None:
    """The primary key of the row after the change; None if the stream does not tell it."""
    values = []
    for column in table.key:
        value = (change.new or {}).get(column.name, UNCHANGED)
        if value is UNCHANGED:
            value = (change.old or {}).get(column.name, UNCHANGED)
        if value is UNCHANGED or value is None:
            return None
        values.append(value)
    return tuple(values)


def old_row(table: Table, change: Change, readable: Mapping[str, Column]) -> dict[str, str | None]:
    """The columns of the old row that a role may be told."""
    told = {column.name for column in table.key} if table.guarded else set(table.columns)
    old: Row = change.old or {}
    if not old and change.kind is Kind.update:
        # the key did not change, so Postgres did not send it again
        old = {column.name: (change.new or {}).get(column.name, UNCHANGED) for column in table.key}
    return {
        name: value
        for name, value in old.items()
        if name in told and name in readable and value is not UNCHANGED
    }


def record_values(record: str) -> dict[str, str | None]:
    """The values of a record as text, for filters."""
    return {name: _text(raw) for name, raw in split_object(record).items()}


def _text(raw: str) -> str | None:
    if raw == "null":
        return None
    return str(json.loads(raw)) if raw.startswith('"') else raw


def render_change(
    table: Table, change: Change, role: str, record: str | None, select: frozenset[str] | None = None
) -> str:
    """The event for a subscriber of a role; `record` is None for a deleted row."""
    readable = _selected(table, table.readable(role), select)
    old = old_row(table, change, readable)
    members = _head(change)
    members["columns"] = json.dumps([{"name": c.name, "type": c.type} for c in readable.values()])
    errors: list[str] = []
    if record is not None:
        members["record"], errors = _shorten(record if select is None else _pick(record, readable))
    if change.kind is not Kind.insert:
        members["old_record"] = join_object(
            {name: render_json(readable[name].base_type, value) for name, value in old.items()}
        )
    members["errors"] = json.dumps(errors or None)
    return join_object(members)


def render_error(change: Change, error: str) -> str:
    """The event that tells a subscriber why it is told no more."""
    return join_object(
        {**_head(change), "columns": "[]", "record": "{}", "errors": json.dumps([error])},
    )


def explain_failure(sqlstate: str) -> str:
    """What a subscriber is told of a failed select: the state, never a message, which may quote values."""
    if sqlstate == "42501":
        return UNAUTHORIZED
    return f"Error 500: a row level security policy raised {sqlstate}"


def _head(change: Change) -> dict[str, str]:
    stamp = change.committed_at
    time = f"{stamp:%Y-%m-%dT%H:%M:%S}.{stamp.microsecond // 1000:03d}Z"
    texts = {
        "schema": change.relation.schema,
        "table": change.relation.table,
        "commit_timestamp": time,
        "type": str(change.kind),
    }
    return {name: json.dumps(text) for name, text in texts.items()}


def _selected(
    table: Table, readable: Mapping[str, Column], select: frozenset[str] | None
) -> dict[str, Column]:
    keys = {column.name for column in table.key}
    return {name: c for name, c in readable.items() if select is None or name in select or name in keys}


def _pick(record: str, columns: Iterable[str]) -> str:
    members = split_object(record)
    return join_object({name: members[name] for name in columns if name in members})


def _shorten(record: str) -> tuple[str, list[str]]:
    """A record over a megabyte keeps its short values, and says so."""
    if len(record) <= LARGEST_RECORD:
        return record, []
    members = {n: v for n, v in split_object(record).items() if len(v) <= LARGEST_KEPT_VALUE}
    return join_object(members), [TOO_LARGE]
