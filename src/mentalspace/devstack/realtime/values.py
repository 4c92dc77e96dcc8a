"""Postgres text forms as JSON and as values that compare. Never connects.

Records come from Postgres as JSON already; only old rows (deleted, or the key before an update) arrive
as text and are rendered here, in the form that `row_to_json` gives.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

INTEGERS = frozenset({"int2", "int4", "int8", "oid"})
NUMBERS = frozenset({"int2", "int4", "int8", "float4", "float8", "numeric"})
TEXTS = frozenset({"text", "varchar", "bpchar", "name", "char", "citext"})
ORDERED = NUMBERS | TEXTS | {"oid", "bool", "date", "timestamp", "timestamptz", "time", "uuid"}
_JSON_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_SHORT_OFFSET = re.compile(r"([+-]\d\d)$")
_BOUNDS = re.compile(r"^(\[-?\d+:-?\d+\])+=")
_TRUE = frozenset({"t", "tr", "tru", "true", "y", "ye", "yes", "on", "1"})
_FALSE = frozenset({"f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0"})


def render_json(type_name: str, text: str | None) -> str:
    """One value as JSON text. Numbers keep every digit; what JSON has no form for becomes a string."""
    if text is None:
        return "null"
    if type_name in NUMBERS and _JSON_NUMBER.fullmatch(text):
        return text
    if type_name == "bool":
        return "true" if text == "t" else "false"
    if type_name in ("json", "jsonb"):
        return text
    if type_name in ("timestamp", "timestamptz"):
        return json.dumps(_iso(text))
    if type_name.startswith("_") and type_name != "_box":  # the one type whose arrays have no commas
        return _render_array(type_name[1:], text)
    return json.dumps(text)


def _iso(text: str) -> str:
    return _SHORT_OFFSET.sub(r"\1:00", text.replace(" ", "T", 1)) if text[:1].isdigit() else text


def _render_array(element_type: str, text: str) -> str:
    try:
        return _render_elements(element_type, parse_array(text))
    except ValueError:
        return json.dumps(text)


def _render_elements(element_type: str, items: Sequence[Any]) -> str:
    rendered = (
        _render_elements(element_type, item) if isinstance(item, list) else render_json(element_type, item)
        for item in items
    )
    return f"[{','.join(rendered)}]"


def parse_array(text: str) -> list[Any]:
    """A Postgres array literal as nested lists of text and None. Raises `ValueError`."""
    text = _BOUNDS.sub("", text)
    items, end = _parse_items(text, 0)
    if end != len(text):
        raise ValueError("not an array")
    return items


def _parse_items(text: str, at: int) -> tuple[list[Any], int]:
    if text[at : at + 1] != "{":
        raise ValueError("not an array")
    items: list[Any] = []
    at += 1
    if text[at : at + 1] == "}":
        return items, at + 1
    while True:
        item, at = _parse_item(text, at)
        items.append(item)
        mark = text[at : at + 1]
        if mark == "}":
            return items, at + 1
        if mark != ",":
            raise ValueError("not an array")
        at += 1


def _parse_item(text: str, at: int) -> tuple[Any, int]:
    if text[at : at + 1] == "{":
        return _parse_items(text, at)
    if text[at : at + 1] == '"':
        return _parse_quoted(text, at + 1)
    end = at
    while end < len(text) and text[end] not in ",}":
        end += 1
    word = text[at:end]
    return (None if word == "NULL" else word), end


def _parse_quoted(text: str, at: int) -> tuple[str, int]:
    letters: list[str] = []
    while at < len(text):
        letter = text[at]
        if letter == '"':
            return "".join(letters), at + 1
        if letter == "\\":
            at += 1
        letters.append(text[at : at + 1])
        at += 1
    raise ValueError("not an array")


def comparable(type_name: str, text: str, labels: tuple[str, ...] = ()) -> Any:
    """A value that compares as Postgres compares the type; raises `ValueError` if the text is not of it.

    `labels` are an enum's, in their order. A type that is not known here compares as text.
    """
    if labels:
        return labels.index(text)
    if type_name in NUMBERS or type_name == "oid":
        return _number(type_name, text)
    if type_name == "bool":
        return _truth(text)
    if type_name in ("date", "timestamp", "timestamptz"):
        return _moment(type_name, text)
    if type_name == "time":
        return time.fromisoformat(text)
    if type_name == "uuid":
        return UUID(text).int
    return text.rstrip(" ") if type_name == "bpchar" else text.lower() if type_name == "citext" else text


def _number(type_name: str, text: str) -> tuple[int, Any]:
    """A number; Postgres holds NaN equal to itself and above everything."""
    if type_name in INTEGERS:
        return (0, int(text))
    try:
        number = Decimal(text.strip())
    except InvalidOperation as error:
        raise ValueError("not a number") from error
    if type_name != "numeric" and number.is_finite():
        number = Decimal(float(number))
    return (1, 0) if number.is_nan() else (0, number)


def _truth(text: str) -> bool:
    word = text.strip().lower()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError("not a boolean")


def _moment(type_name: str, text: str) -> tuple[int, Any]:
    word = text.strip()
    if word in ("infinity", "-infinity"):
        return (1 if word == "infinity" else -1, 0)
    if word.endswith("BC"):
        raise ValueError("not in the range of a date here")
    if type_name == "date":
        return (0, date.fromisoformat(word[:10]))
    moment = datetime.fromisoformat(word)
    if type_name == "timestamp":
        return (0, moment.replace(tzinfo=None))
    return (0, moment if moment.tzinfo else moment.replace(tzinfo=UTC))
