"""The streaming replication protocol around pgoutput."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentalspace.devstack.realtime.replication import Keepalive, WalData, parse_message, render_status

POSITIONS = st.integers(0, 2**64 - 1)


@settings(max_examples=40)
@given(POSITIONS, POSITIONS, POSITIONS, st.binary(max_size=40))
def test_wal_data(start: int, end: int, sent: int, message: bytes) -> None:
    data = b"w" + struct.pack(">QQQ", start, end, sent) + message
    assert parse_message(data) == WalData(start, message)


@settings(max_examples=40)
@given(POSITIONS, POSITIONS, st.booleans())
def test_keepalive(end: int, sent: int, wants_reply: bool) -> None:
    assert parse_message(b"k" + struct.pack(">QQB", end, sent, wants_reply)) == Keepalive(end, wants_reply)


@pytest.mark.parametrize("data", [b"", b"x", b"k", b"w123", b"k" + b"\0" * 18])
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="replication message"):
        parse_message(data)


@settings(max_examples=40)
@given(POSITIONS)
def test_status_acknowledges_everything_received(position: int) -> None:
    kind, *positions, sent, reply = struct.unpack(">cQQQQB", render_status(position))
    assert (kind, positions, sent, reply) == (b"r", [position] * 3, 0, 0)
