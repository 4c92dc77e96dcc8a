"""pgoutput: what Postgres writes is read back, and nothing else is."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentalspace.devstack.realtime.pgoutput import (
    POSTGRES_EPOCH,
    UNCHANGED,
    Change,
    DecodeError,
    Decoder,
    Kind,
    Value,
)

NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=12)
VALUES: st.SearchStrategy[Value] = st.one_of(
    st.none(), st.just(UNCHANGED), st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
)
MOMENT = datetime(2026, 11, 22, 8, 30, 0, 123456, tzinfo=UTC)


def begin(moment: datetime) -> bytes:
    microseconds = (moment - POSTGRES_EPOCH) // timedelta(microseconds=1)
    return b"B" + struct.pack(">qqI", 1, microseconds, 7)


def relation(columns: list[str], keys: set[str], oid: int = 16384) -> bytes:
    parts = [
        struct.pack("B", name in keys) + name.encode() + b"\0" + struct.pack(">Ii", 25, -1)
        for name in columns
    ]
    head = b"R" + struct.pack(">I", oid) + b"public\0notes\0d" + struct.pack(">H", len(columns))
    return head + b"".join(parts)


def value(item: Value) -> bytes:
    if item is None:
        return b"n"
    if item is UNCHANGED:
        return b"u"
    data = item.encode()
    return b"t" + struct.pack(">I", len(data)) + data


def row(kind: bytes, items: list[Value]) -> bytes:
    return kind + struct.pack(">H", len(items)) + b"".join(map(value, items))


def change(kind: bytes, *rows: bytes, oid: int = 16384) -> bytes:
    return kind + struct.pack(">I", oid) + b"".join(rows)


def decode(*messages: bytes) -> Change:
    decoder = Decoder()
    changes = [change for message in messages if (change := decoder.decode(message))]
    assert len(changes) == 1
    return changes[0]


@settings(max_examples=40)
@given(st.dictionaries(NAMES, st.tuples(VALUES, VALUES), min_size=1, max_size=6))
def test_rows_come_back_as_written(columns: dict[str, tuple[Value, Value]]) -> None:
    names, old, new = list(columns), [v for v, _ in columns.values()], [v for _, v in columns.values()]
    update = change(b"U", row(b"O", old), row(b"N", new))
    read = decode(begin(MOMENT), relation(names, set(names)), update)
    assert (read.kind, read.committed_at, read.transaction) == (Kind.update, MOMENT, 7)
    assert (read.old, read.new) == (dict(zip(names, old, strict=True)), dict(zip(names, new, strict=True)))


def test_a_key_tuple_tells_only_the_key() -> None:
    head = relation(["id", "body"], {"id"})
    deleted = decode(head, change(b"D", row(b"K", ["7", None])))
    assert (deleted.kind, deleted.old, deleted.new) == (Kind.delete, {"id": "7"}, None)
    full = decode(head, change(b"D", row(b"O", ["7", None])))
    assert full.old == {"id": "7", "body": None}


def test_a_later_relation_message_replaces_the_table() -> None:
    decoder = Decoder()
    decoder.decode(relation(["id"], {"id"}))
    decoder.decode(relation(["id", "body"], {"id"}))
    read = decoder.decode(change(b"I", row(b"N", ["1", "x"])))
    assert read is not None
    assert read.new == {"id": "1", "body": "x"}


@pytest.mark.parametrize("message", [b"C" + b"\0" * 25, b"O" + b"\0" * 9, b"Yx", b"Tx", b"Mx"])
def test_messages_without_a_row_are_silent(message: bytes) -> None:
    assert Decoder().decode(message) is None


@settings(max_examples=40)
@given(st.binary(max_size=60))
def test_anything_else_is_a_decode_error(message: bytes) -> None:
    decoder = Decoder()
    decoder.decode(relation(["id"], {"id"}, oid=1))
    try:
        decoder.decode(message)
    except DecodeError:
        return
    assert message[:1] in {bytes([letter]) for letter in b"BRIUDCOYTM"}


@settings(max_examples=40)
@given(st.data())
def test_a_message_cut_short_is_a_decode_error(data: st.DataObject) -> None:
    message = change(b"I", row(b"N", ["1", "some text"]))
    decoder = Decoder()
    decoder.decode(relation(["id", "body"], {"id"}))
    end = data.draw(st.integers(0, len(message) - 1))
    # cut right after the oid there is no tuple at all, which is how a change without rows looks
    if end == 5:
        return
    with pytest.raises(DecodeError):
        decoder.decode(message[:end])


def test_a_change_of_an_unknown_table_is_a_decode_error() -> None:
    with pytest.raises(DecodeError):
        Decoder().decode(change(b"I", row(b"N", ["1"])))
