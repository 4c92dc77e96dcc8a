"""From a batch of changes to frames: who asked, who may see, what each is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import psycopg

from mentalspace.devstack.realtime import events
from mentalspace.devstack.realtime.channel import Channel
from mentalspace.devstack.realtime.events import View
from mentalspace.devstack.realtime.filters import matches
from mentalspace.devstack.realtime.hub import Hub
from mentalspace.devstack.realtime.pgoutput import Change, Kind
from mentalspace.devstack.realtime.subscriptions import Binding
from mentalspace.devstack.realtime.tables import Table
from mentalspace.devstack.realtime.tokens import Caller
from mentalspace.devstack.realtime.visibility import CANCELED, Key, Reader, Reading, Request, viewer

LOCK_RETRY_SECONDS = 0.1
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.001, 0.05
TOO_SLOW = "RowLevelSecurityTimeout: the policies of a table took too long for this subscriber"


@dataclass(frozen=True)
class Candidate:
    """A change that a channel asked for, and as whom it did."""

    change: Change
    channel: Channel
    caller: Caller
    bindings: Sequence[Binding]

    @property
    def oid(self) -> int:
        return self.change.relation.oid


@dataclass
class Batch:
    """The tables of a batch, what callers see of them, and what was worked out from that already."""

    tables: Mapping[int, Table]
    readings: Mapping[tuple[int, Caller], Reading] = field(default_factory=dict)
    _views: dict[tuple[int, str, frozenset[str] | None], View] = field(default_factory=dict)
    _texts: dict[tuple[int, int, str | None], str] = field(default_factory=dict)
    _values: dict[str, dict[str, str | None]] = field(default_factory=dict)

    def view(self, item: Candidate, select: frozenset[str] | None = None) -> View:
        at = (item.oid, item.caller.role, select)
        if at not in self._views:
            self._views[at] = View(self.tables[item.oid], item.caller.role, select)
        return self._views[at]

    def reading(self, item: Candidate) -> Reading | None:
        return self.readings.get((item.oid, viewer(self.tables[item.oid], item.caller)))

    def render(self, item: Candidate, record: str | None, select: frozenset[str] | None) -> str:
        """The event's text, made once for all who are told the same."""
        view = self.view(item, select)
        at = (id(item.change), id(view), record)
        if at not in self._texts:
            self._texts[at] = view.render(item.change, record)
        return self._texts[at]

    def values(self, record: str) -> dict[str, str | None]:
        if record not in self._values:
            self._values[record] = events.record_values(record)
        return self._values[record]


async def deliver(hub: Hub, reader: Reader, changes: Sequence[Change]) -> int:
    """Send a batch to everybody who asked for it and may see it; return the number of events sent.

    A channel whose token was refreshed meanwhile is judged again, as the new caller. Raises
    `psycopg.OperationalError` if the database is gone.
    """
    sent = 0
    candidates = list(_candidates(hub, changes))
    while candidates:
        batch = await _judge(reader, candidates)
        stale = [item for item in candidates if item.channel.caller is not item.caller]
        sent += sum(_send(hub, batch, item) for item in candidates if item.channel.caller is item.caller)
        candidates = [
            Candidate(item.change, item.channel, item.channel.caller, item.bindings) for item in stale
        ]
    return sent


def _candidates(hub: Hub, changes: Iterable[Change]) -> Iterator[Candidate]:
    """Every change with every channel that asked for such; filters are not yet applied."""
    listeners: dict[tuple[str, str, Kind], list[tuple[Channel, list[Binding]]]] = {}
    for change in changes:
        at = (change.relation.schema, change.relation.table, change.kind)
        if at not in listeners:
            listeners[at] = list(hub.listeners(*at))
        for channel, bindings in listeners[at]:
            yield Candidate(change, channel, channel.caller, bindings)


async def _judge(reader: Reader, candidates: Sequence[Candidate]) -> Batch:
    while True:
        batch = Batch(await _look(reader, candidates))
        requests = _requests(batch, candidates)
        try:
            readings = await reader.read(requests)
        except psycopg.errors.LockNotAvailable:
            # a migration holds the table: the batch waits for it, nothing is lost
            await asyncio.sleep(LOCK_RETRY_SECONDS)
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn):
            continue  # altered or dropped between the two statements: look again
        else:
            keys = [(request.table.oid, request.caller) for request in requests]
            batch.readings = dict(zip(keys, readings, strict=True))
            return batch


async def _look(reader: Reader, candidates: Sequence[Candidate]) -> Mapping[int, Table]:
    """The tables concerned, once every transaction of the batch is visible.

    A commit is decoded when it is flushed, which is a little before other sessions see it, and long before
    with a synchronous standby: a row looked for in between would not be there, and its change lost.
    """
    oids = sorted({item.oid for item in candidates})
    transactions = {item.change.transaction for item in candidates}
    pause = FIRST_PAUSE_SECONDS
    while True:
        catalog = await reader.catalog(oids)
        if catalog.snapshot is None or all(map(catalog.snapshot.shows, transactions)):
            return catalog.tables
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def _requests(batch: Batch, candidates: Iterable[Candidate]) -> list[Request]:
    """One request per table and viewer, for the changes whose filters may hold."""
    wanted: dict[tuple[int, Caller], dict[Key, None]] = {}
    for item in candidates:
        table = batch.tables.get(item.oid)
        if table is None or item.change.kind is Kind.delete or item.channel.closed:
            continue
        if (key := events.key_of(table, item.change)) and _may_match(batch, item):
            wanted.setdefault((table.oid, viewer(table, item.caller)), {})[key] = None
    return [Request(batch.tables[oid], caller, tuple(keys)) for (oid, caller), keys in wanted.items()]


def _may_match(batch: Batch, item: Candidate) -> bool:
    """Whether some binding's filter may hold, judged by the row as it was written."""
    columns, row = batch.view(item).columns, item.change.new or {}
    return any(matches(binding.conditions, row, columns) is not False for binding in item.bindings)


def _send(hub: Hub, batch: Batch, item: Candidate) -> int:
    table = batch.tables.get(item.oid)
    if table is None or item.channel.closed:
        return 0
    if item.caller.expired:
        hub.expire(item.channel)
        return 0
    if item.change.kind is Kind.delete:
        return _send_deleted(batch, item)
    if not table.key:
        return _send_error(item, events.NO_KEY if batch.view(item).columns else events.UNAUTHORIZED)
    return _send_written(hub, batch, item)


def _send_deleted(batch: Batch, item: Candidate) -> int:
    view = batch.view(item)
    row = view.old_row(item.change)
    bindings = [b for b in item.bindings if row and matches(b.conditions, row, view.columns)]
    return _push(batch, item, None, bindings)


def _send_written(hub: Hub, batch: Batch, item: Candidate) -> int:
    reading = batch.reading(item)
    key = events.key_of(batch.tables[item.oid], item.change)
    if key is None or reading is None:
        return 0
    if reading.failure == CANCELED:
        hub.shut(item.channel, TOO_SLOW)
        return 0
    if reading.failure is not None:
        return _send_error(item, events.explain_failure(reading.failure))
    item.channel.forget_errors(item.oid)
    record = reading.records.get(key)
    return 0 if record is None else _push(batch, item, record, _matching(batch, item, record))


def _matching(batch: Batch, item: Candidate, record: str) -> list[Binding]:
    """The bindings whose filter holds for the row as written, and for the record that is sent.

    A filter on a value that the subscriber cannot see must not tell that it was there.
    """
    columns, row = batch.view(item).columns, item.change.new or {}
    return [
        binding
        for binding in item.bindings
        if not binding.conditions
        or (
            matches(binding.conditions, row, columns) is not False
            and matches(binding.conditions, batch.values(record), columns)
        )
    ]


def _push(batch: Batch, item: Candidate, record: str | None, bindings: Iterable[Binding]) -> int:
    """One frame for all bindings that get the same columns."""
    groups: dict[frozenset[str] | None, list[int]] = {}
    for binding in bindings:
        groups.setdefault(binding.select, []).append(binding.id)
    for select, ids in groups.items():
        item.channel.push_change(ids, batch.render(item, record, select))
    return len(groups)


def _send_error(item: Candidate, error: str) -> int:
    if not item.channel.first_time(item.oid, error):
        return 0
    item.channel.push_change(
        [binding.id for binding in item.bindings], events.render_error(item.change, error)
    )
    return 1
