"""Phoenix frames as supabase clients write and read them: versions 1.0.0 and 2.0.0. Never connects.

1.0.0 is a JSON object per frame; 2.0.0 a JSON array, and broadcasts as binary frames, whose payload may
be anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from typing import Any

PUSH, BROADCAST = 3, 4
RAW, JSON_ENCODED = 0, 1
LONGEST_FIELD = 255


class FrameError(ValueError):
    """What the client sent is not a frame."""


class Version(StrEnum):
    """The wire's versions; clients ask for one with `?vsn=`."""

    v1 = "1.0.0"
    v2 = "2.0.0"


@dataclass(frozen=True)
class Message:
    """One frame. A broadcast's payload may hold bytes, everything else is JSON."""

    topic: str
    event: str
    payload: Mapping[str, Any]
    ref: str | None = None
    join_ref: str | None = None


def load_json(text: str | bytes) -> Any:
    """JSON of a client, without the NaN and Infinity that Python knows and browsers do not.

    What one client sends goes to others: one such value would stop them all. Raises `ValueError`.
    """
    return json.loads(text, parse_constant=_refuse, parse_float=_parse_finite)


def _refuse(word: str) -> Any:
    raise ValueError(f"{word} is not JSON")


def _parse_finite(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _refuse(text)


def decode(data: str | bytes, version: Version) -> Message:
    """Read a frame of a client. Raises `FrameError`."""
    try:
        if isinstance(data, bytes):
            return _decode_push(data)
        return _decode_text(load_json(data), version)
    except (ValueError, TypeError, KeyError, IndexError, RecursionError) as error:
        raise FrameError(f"not a frame of version {version}") from error


def _decode_text(parts: Any, version: Version) -> Message:
    if version is Version.v2:
        join_ref, ref, topic, event, payload = parts
    else:
        topic, event = parts["topic"], parts["event"]
        join_ref, ref, payload = parts.get("join_ref"), parts.get("ref"), parts.get("payload")
    payload = {} if payload is None else payload
    known = isinstance(topic, str) and isinstance(event, str) and isinstance(payload, dict)
    if not (known and _is_ref(ref) and _is_ref(join_ref)):
        raise FrameError("a frame has a topic, an event and an object as payload")
    return Message(topic, event, payload, ref, join_ref)


def _is_ref(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _decode_push(data: bytes) -> Message:
    """A broadcast in binary: kind, five lengths, encoding, then join_ref, ref, topic, event, metadata."""
    kind, *lengths, encoding = data[:7]
    fields, at = [], 7
    for length in lengths:
        fields.append(data[at : at + length].decode())
        at += length
    if kind != PUSH or at > len(data) or encoding not in (RAW, JSON_ENCODED):
        raise FrameError("not a binary broadcast")
    join_ref, ref, topic, event, _ = fields
    content = load_json(data[at:]) if encoding == JSON_ENCODED else data[at:]
    payload = {"type": "broadcast", "event": event, "payload": content}
    return Message(topic, "broadcast", payload, ref or None, join_ref or None)


def encode(message: Message, version: Version) -> str:
    """Write a frame for a client."""
    return encode_raw(message, json.dumps(message.payload, separators=(",", ":")), version)


def encode_raw(message: Message, payload: str, version: Version) -> str:
    """Write a frame whose payload is JSON text already; the message's own payload is left out."""
    topic, event = json.dumps(message.topic), json.dumps(message.event)
    ref, join_ref = json.dumps(message.ref), json.dumps(message.join_ref)
    if version is Version.v2:
        return f"[{join_ref},{ref},{topic},{event},{payload}]"
    return f'{{"topic":{topic},"event":{event},"payload":{payload},"ref":{ref},"join_ref":{join_ref}}}'


def encode_broadcast(message: Message, version: Version) -> str | bytes | None:
    """Write a broadcast for a client; None if its version cannot carry it (bytes in 1.0.0)."""
    content = message.payload.get("payload")
    if isinstance(content, bytes) and version is Version.v1:
        return None
    event = message.payload.get("event")
    if version is Version.v2 and isinstance(event, str):
        topic, name = message.topic.encode(errors="replace"), event.encode(errors="replace")
        if len(topic) <= LONGEST_FIELD and len(name) <= LONGEST_FIELD:
            return _encode_broadcast(topic, name, content)
    return None if isinstance(content, bytes) else encode(message, version)


def _encode_broadcast(topic: bytes, event: bytes, content: Any) -> bytes:
    raw = isinstance(content, bytes)
    body: bytes = content if raw else json.dumps(content, separators=(",", ":")).encode()
    head = bytes([BROADCAST, len(topic), len(event), 0, RAW if raw else JSON_ENCODED])
    return head + topic + event + body


def split_object(text: str) -> dict[str, str]:
    """The members of a JSON object as their own JSON text, digit for digit. Raises `ValueError`."""
    members: dict[str, str] = {}
    decoder = json.JSONDecoder(parse_int=str, parse_float=str)  # any number of digits
    at = _skip_blank(text, text.index("{") + 1)
    while text[at] != "}":
        name, at = decoder.raw_decode(text, at)
        start = _skip_blank(text, _skip_blank(text, at) + 1)
        _, end = decoder.raw_decode(text, start)
        members[name] = text[start:end]
        at = _skip_blank(text, end)
        at = _skip_blank(text, at + 1) if text[at] == "," else at
    return members


def join_object(members: Mapping[str, str]) -> str:
    """A JSON object from members that are JSON text."""
    return "{" + ",".join(f"{json.dumps(name)}:{value}" for name, value in members.items()) + "}"


def _skip_blank(text: str, at: int) -> int:
    while text[at] in " \t\r\n":
        at += 1
    return at
