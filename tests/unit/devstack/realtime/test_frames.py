"""Frames of both versions, as supabase-js's serializer and the Python client write and read them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentalspace.devstack.realtime.frames import (
    FrameError,
    Message,
    Version,
    decode,
    encode,
    encode_broadcast,
    encode_raw,
    join_object,
    split_object,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
REFS = st.none() | TEXTS
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
MESSAGES = st.builds(Message, TEXTS, TEXTS, st.dictionaries(TEXTS, JSON, max_size=3), REFS, REFS)
VERSIONS = st.sampled_from(Version)


def push(join_ref: str, ref: str, topic: str, event: str, payload: bytes, encoding: int) -> bytes:
    """A binary broadcast as supabase-js writes it."""
    fields = [text.encode() for text in (join_ref, ref, topic, event, "")]
    return bytes([3, *map(len, fields), encoding]) + b"".join(fields) + payload


@settings(max_examples=40)
@given(MESSAGES, VERSIONS)
def test_text_frames_come_back(message: Message, version: Version) -> None:
    assert decode(encode(message, version), version) == message


@settings(max_examples=40)
@given(MESSAGES, VERSIONS)
def test_a_payload_of_json_text_goes_in_unchanged(message: Message, version: Version) -> None:
    assert encode_raw(message, json.dumps(message.payload, separators=(",", ":")), version) == encode(
        message, version
    )


@pytest.mark.parametrize("version", Version)
def test_the_keys_that_clients_need_are_there(version: Version) -> None:
    frame = json.loads(encode(Message("realtime:a", "phx_reply", {}, None, "1"), version))
    if version is Version.v1:
        assert frame == {
            "topic": "realtime:a",
            "event": "phx_reply",
            "payload": {},
            "ref": None,
            "join_ref": "1",
        }
    else:
        assert frame == ["1", None, "realtime:a", "phx_reply", {}]


@settings(max_examples=40)
@given(TEXTS, TEXTS, TEXTS, TEXTS, JSON)
def test_a_binary_push_with_json(join_ref: str, ref: str, topic: str, event: str, content: Any) -> None:
    message = decode(push(join_ref, ref, topic, event, json.dumps(content).encode(), 1), Version.v2)
    assert message == Message(
        topic,
        "broadcast",
        {"type": "broadcast", "event": event, "payload": content},
        ref or None,
        join_ref or None,
    )


@settings(max_examples=40)
@given(TEXTS, st.binary(max_size=30))
def test_a_binary_push_with_bytes(event: str, content: bytes) -> None:
    assert decode(push("1", "2", "t", event, content, 0), Version.v2).payload["payload"] == content


@settings(max_examples=40)
@given(TEXTS, TEXTS, JSON | st.binary(max_size=30))
def test_a_binary_broadcast_has_lengths_then_texts(topic: str, event: str, content: Any) -> None:
    message = Message(topic, "broadcast", {"event": event, "payload": content})
    frame = encode_broadcast(message, Version.v2)
    assert isinstance(frame, bytes)
    kind, topic_length, event_length, metadata_length, encoding = frame[:5]
    rest = frame[5:]
    body = rest[topic_length + event_length :]
    assert (kind, metadata_length) == (4, 0)
    assert rest[:topic_length].decode() == topic
    assert rest[topic_length:][:event_length].decode() == event
    assert (body if encoding == 0 else json.loads(body)) == content


def test_version_1_cannot_carry_bytes() -> None:
    assert encode_broadcast(Message("t", "broadcast", {"event": "e", "payload": b"x"}), Version.v1) is None


@pytest.mark.parametrize("payload", [{"event": 7, "payload": {}}, {"event": "e" * 300, "payload": {}}, {}])
def test_a_broadcast_that_binary_cannot_name_goes_as_text(payload: dict[str, Any]) -> None:
    frame = encode_broadcast(Message("t", "broadcast", payload), Version.v2)
    assert isinstance(frame, str)
    assert json.loads(frame) == [None, None, "t", "broadcast", payload]


NO_TEXTS = [
    *("", "{}", "[]", "7", "null", "[1,2,3]", '["a","b"]', "[" * 3000),
    *('[null,null,"t",7,{}]', '[null,null,"t","e",[]]', '[5,null,"t","e",{}]'),
    *('{"topic":"t"}', '{"topic":1,"event":"e"}'),
    *(
        '[null,null,"t","e",{"n":NaN}]',
        '[null,null,"t","e",{"n":-Infinity}]',
        '[null,null,"t","e",{"n":1e999}]',
    ),
    '{"topic":"t","event":"e","payload":{"n":NaN}}',
]
NO_BYTES = [
    *(b"", b"\x03", b"\x04\0\0\0\0\0\0", b"\x03\0\0\0\0\0\2"),
    *(b"\x03\xff\0\0\0\0\1{}", b"\x03\0\0\0\0\0\1{"),
]


@pytest.mark.parametrize("data", [*NO_TEXTS, *NO_BYTES])
@pytest.mark.parametrize("version", Version)
def test_what_is_no_frame_is_refused(data: str | bytes, version: Version) -> None:
    with pytest.raises(FrameError):
        decode(data, version)


@settings(max_examples=40)
@given(st.text(max_size=40) | st.binary(max_size=40), VERSIONS)
def test_nothing_else_is_raised(data: str | bytes, version: Version) -> None:
    try:
        assert isinstance(decode(data, version), Message)
    except FrameError:
        return


def test_a_missing_payload_is_an_empty_one() -> None:
    assert decode('{"topic":"phoenix","event":"heartbeat","ref":null}', Version.v1).payload == {}


@settings(max_examples=40)
@given(st.dictionaries(TEXTS, JSON, max_size=5), st.sampled_from([None, 1]))
def test_objects_are_split_and_joined(members: dict[str, Any], indent: int | None) -> None:
    split = split_object(json.dumps(members, indent=indent))
    assert {name: json.loads(text) for name, text in split.items()} == members
    assert json.loads(join_object(split)) == members


def test_numbers_are_split_digit_for_digit() -> None:
    assert split_object('{"n": 12345678901234567.8900 }') == {"n": "12345678901234567.8900"}


def test_a_number_may_have_any_number_of_digits() -> None:
    digits = "1" * 6000
    assert split_object(f'{{"n":{digits},"m":{digits}.5}}') == {"n": digits, "m": f"{digits}.5"}


def test_a_topic_that_utf8_cannot_write_stops_nobody() -> None:
    frame = encode_broadcast(Message("\ud800", "broadcast", {"event": "\ud800", "payload": 1}), Version.v2)
    assert frame == b"\x04\x01\x01\x00\x01??1"
