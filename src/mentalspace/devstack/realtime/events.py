"""The `data` of a `postgres_changes` event, as JSON text. Never connects.

The record is what the subscriber's own select gave. Of old rows only the primary key is told where row
level security is on: nobody can say any more whether the subscriber could see the rest.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from mentalspace.devstack.realtime.frames import join_object, split_object
from mentalspace.devstack.realtime.pgoutput import UNCHANGED, Change, Kind, Row
from mentalspace.devstack.realtime.tables import Column, Table
from mentalspace.devstack.realtime.values import render_json

LARGEST_RECORD = 1 << 20
LARGEST_KEPT_VALUE = 64
NO_KEY = "Error 400: Bad Request, no primary key"
UNAUTHORIZED = "Error 401: Unauthorized"
TOO_LARGE = "Error 413: Payload Too Large"


@dataclass(frozen=True)
class View:
    """A table as one role may be told of it; `select` narrows it to some columns and the key."""

    table: Table
    role: str
    select: frozenset[str] | None = None

    @cached_property
    def columns(self) -> dict[str, Column]:
        keys = {column.name for column in self.table.key}
        return {
            name: column
            for name, column in self.table.readable(self.role).items()
            if self.select is None or name in self.select or name in keys
        }

    @cached_property
    def _columns_text(self) -> str:
        return json.dumps([{"name": column.name, "type": column.type} for column in self.columns.values()])

    def old_row(self, change: Change) -> dict[str, str | None]:
        """What may be told of the row before the change."""
        told = {column.name for column in self.table.key} if self.table.guarded else set(self.columns)
        old: Row = change.old or {}
        if not old and change.kind is Kind.update:
            # the key did not change, so Postgres did not send it again
            old = {name: (change.new or {}).get(name, UNCHANGED) for name in self.key_names}
        return {
            name: value
            for name, value in old.items()
            if name in told and name in self.columns and value is not UNCHANGED
        }

    @cached_property
    def key_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.table.key)

    def render(self, change: Change, record: str | None) -> str:
        """The event; `record` is None for a deleted row."""
        errors = None
        text = _head(change) + f',"columns":{self._columns_text}'
        if record is not None:
            record, errors = self._fit(record)
            text += f',"record":{record}'
        if change.kind is not Kind.insert:
            old = self.old_row(change).items()
            rendered = {name: render_json(self.columns[name].base_type, value) for name, value in old}
            text += f',"old_record":{join_object(rendered)}'
        return f'{{{text},"errors":{json.dumps(errors)}}}'

    def _fit(self, record: str) -> tuple[str, list[str] | None]:
        """The record's part that is told; over a megabyte only its short values are, and an error."""
        if self.select is not None:
            record = _pick(record, self.columns)
        if len(record) <= LARGEST_RECORD:
            return record, None
        members = {n: value for n, value in split_object(record).items() if len(value) <= LARGEST_KEPT_VALUE}
        return join_object(members), [TOO_LARGE]


def render_error(change: Change, error: str) -> str:
    """The event that tells a subscriber why it is told no more."""
    return f'{{{_head(change)},"columns":[],"record":{{}},"errors":{json.dumps([error])}}}'


def explain_failure(sqlstate: str) -> str:
    """What a subscriber is told of a failed select: the state, never a message, which may quote values."""
    if sqlstate == "42501":
        return UNAUTHORIZED
    return f"Error 500: a row level security policy raised {sqlstate}"


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


def record_values(record: str) -> dict[str, str | None]:
    """The values of a record as text, for filters."""
    return {name: _text(raw) for name, raw in split_object(record).items()}


def _text(raw: str) -> str | None:
    if raw == "null":
        return None
    return str(json.loads(raw)) if raw.startswith('"') else raw


def _head(change: Change) -> str:
    stamp = change.committed_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    schema, table = json.dumps(change.relation.schema), json.dumps(change.relation.table)
    return f'"schema":{schema},"table":{table},"commit_timestamp":"{stamp}","type":"{change.kind}"'


def _pick(record: str, columns: Iterable[str]) -> str:
    members = split_object(record)
    return join_object({name: members[name] for name in columns if name in members})
