"""From a batch of changes to frames: who asked, who may see, what each is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import psycopg

from mentalspace.devstack.realtime import events
from mentalspace.devstack.realtime.channel import Channel
from mentalspace.devstack.realtime.filters import matches
from mentalspace.devstack.realtime.hub import Hub
from mentalspace.devstack.realtime.pgoutput import Change, Kind
from mentalspace.devstack.realtime.subscriptions import Binding
from mentalspace.devstack.realtime.tables import Table
from mentalspace.devstack.realtime.tokens import Caller
from mentalspace.devstack.realtime.visibility import CANCELED, Key, Reader, Reading, Request, viewer

LOCK_RETRY_SECONDS = 0.1
TOO_SLOW = "RowLevelSecurityTimeout: the policies of a table took too long for this subscriber"


@dataclass(frozen=True)
class Candidate:
    """A change that a channel asked for, and as whom it did."""

    change: Change
    channel: Channel
    caller: Caller
    bindings: tuple[Binding, ...]


@dataclass
class Batch:
    """The tables of a batch, what callers see of them, and the texts already rendered."""

    tables: Mapping[int, Table]
    readings: Mapping[tuple[int, Caller], Reading]
    rendered: dict[tuple[int, str, str | None, frozenset[str] | None], str] = field(default_factory=dict)
    values: dict[str, dict[str, str | None]] = field(default_factory=dict)

    def render(self, table: Table, candidate: Candidate, record: str | None, binding: Binding) -> str:
        change, role, select = candidate.change, candidate.caller.role, binding.select
        at = (id(change), role, record, select)
        if at not in self.rendered:
            self.rendered[at] = events.render_change(table, change, role, record, select)
        return self.rendered[at]

    def values_of(self, record: str) -> dict[str, str | None]:
        if record not in self.values:
            self.values[record] = events.record_values(record)
        return self.values[record]


async def deliver(hub: Hub, reader: Reader, changes: Sequence[Change]) -> int:
    """Send a batch to everybody who asked for it and may see it; return the number of events sent.

    A channel whose token was refreshed meanwhile is judged again, as the new caller. Raises
    `psycopg.OperationalError` if the database is gone.
    """
    sent = 0
    candidates = [
        Candidate(change, channel, channel.caller, tuple(bindings))
        for change in changes
        for channel, bindings in hub.listeners(change)
    ]
    while candidates:
        batch = await _judge(reader, candidates)
        current = [item for item in candidates if item.channel.caller is item.caller]
        stale = [item for item in candidates if item.channel.caller is not item.caller]
        sent += sum(_send(hub, batch, item) for item in current)
        candidates = [
            Candidate(item.change, item.channel, item.channel.caller, item.bindings)
            for item in stale
            if not item.channel.closed
        ]
    return sent


async def _judge(reader: Reader, candidates: Sequence[Candidate]) -> Batch:
    while True:
        tables = await reader.tables(sorted({item.change.relation.oid for item in candidates}))
        requests = _requests(tables, candidates)
        try:
            readings = await reader.read(requests)
        except psycopg.errors.LockNotAvailable:
            # a migration holds the table: the batch waits for it, nothing is lost
            await asyncio.sleep(LOCK_RETRY_SECONDS)
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
            continue  # altered or dropped between the two statements: look again
        else:
            keys = [(request.table.oid, request.caller) for request in requests]
            return Batch(tables, dict(zip(keys, readings, strict=True)))


def _requests(tables: Mapping[int, Table], candidates: Iterable[Candidate]) -> list[Request]:
    """One request per table and viewer, for the changes whose filters may hold."""
    wanted: dict[tuple[int, Caller], dict[Key, None]] = {}
    for item in candidates:
        table = tables.get(item.change.relation.oid)
        if table is None or item.change.kind is Kind.delete or not _may_match(table, item):
            continue
        if (key := events.key_of(table, item.change)) and not item.channel.closed:
            wanted.setdefault((table.oid, viewer(table, item.caller)), {})[key] = None
    return [Request(tables[oid], caller, tuple(keys)) for (oid, caller), keys in wanted.items()]


def _may_match(table: Table, item: Candidate) -> bool:
    """Whether some binding's filter may hold, judged by the row as it was written."""
    readable = table.readable(item.caller.role)
    row = item.change.new or {}
    return any(matches(binding.conditions, row, readable) is not False for binding in item.bindings)


def _send(hub: Hub, batch: Batch, item: Candidate) -> int:
    table = batch.tables.get(item.change.relation.oid)
    if table is None or item.channel.closed:
        return 0
    if item.caller.expired:
        hub.expire(item.channel)
        return 0
    if item.change.kind is Kind.delete:
        return _send_deleted(batch, table, item)
    if not table.key:
        error = events.NO_KEY if table.readable(item.caller.role) else events.UNAUTHORIZED
        return _send_error(table, item, error)
    return _send_written(hub, batch, table, item)


def _send_deleted(batch: Batch, table: Table, item: Candidate) -> int:
    readable = table.readable(item.caller.role)
    row = events.old_row(table, item.change, readable)
    bindings = [b for b in item.bindings if row and matches(b.conditions, row, readable)]
    return _push(batch, table, item, None, bindings)


def _send_written(hub: Hub, batch: Batch, table: Table, item: Candidate) -> int:
    key = events.key_of(table, item.change)
    reading = batch.readings.get((table.oid, viewer(table, item.caller)))
    if key is None or reading is None:
        return 0
    if reading.failure == CANCELED:
        hub.shut(item.channel, TOO_SLOW)
        return 0
    if reading.failure is not None:
        return _send_error(table, item, events.explain_failure(reading.failure))
    item.channel.forget_errors(table.oid)
    record = reading.records.get(key)
    if record is None:
        return 0
    readable = table.readable(item.caller.role)
    row = item.change.new or {}
    # The filter must hold for the row as written, and for the record that is sent: a filter on a value
    # that the subscriber cannot see must not tell that it was there.
    bindings = [
        binding
        for binding in item.bindings
        if not binding.conditions
        or (
            matches(binding.conditions, row, readable) is not False
            and matches(binding.conditions, batch.values_of(record), readable)
        )
    ]
    return _push(batch, table, item, record, bindings)


def _push(
    batch: Batch, table: Table, item: Candidate, record: str | None, bindings: Sequence[Binding]
) -> int:
    """One frame for all bindings that get the same columns."""
    groups: dict[str, list[int]] = {}
    for binding in bindings:
        groups.setdefault(batch.render(table, item, record, binding), []).append(binding.id)
    for data, ids in groups.items():
        item.channel.push_change(ids, data)
    return len(groups)


def _send_error(table: Table, item: Candidate, error: str) -> int:
    if not item.channel.first_time(table.oid, error):
        return 0
    ids = [binding.id for binding in item.bindings]
    item.channel.push_change(ids, events.render_error(item.change, error))
    return 1
