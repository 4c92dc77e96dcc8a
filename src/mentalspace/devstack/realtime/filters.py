"""The filters of `postgres_changes` subscriptions: `column=operator.value`, joined by commas. Never connects.

Operators: eq neq lt lte gt gte in like ilike is isdistinct, each with an optional `not.` before it. As in
SQL a null compares with nothing, so neither `eq.x` nor `not.eq.x` finds it; `is` and `isdistinct` do.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from mentalspace.devstack.realtime.pgoutput import UNCHANGED, Value
from mentalspace.devstack.realtime.values import ORDERED, TEXTS, comparable

MOST_VALUES = 100
COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}
ORDERINGS = frozenset({"lt", "lte", "gt", "gte"})
PATTERNS = frozenset({"like", "ilike"})
OPERATORS = frozenset(COMPARISONS) | PATTERNS | {"in", "is", "isdistinct"}
KEYWORDS = {"null": None, "true": True, "false": False, "unknown": None}
NOT_SERVED = frozenset({"match", "imatch"})


class FilterError(ValueError):
    """The filter cannot be used; the message says what to write."""


class Typed(Protocol):
    """What a filter needs to know of a column."""

    @property
    def base_type(self) -> str: ...
    @property
    def labels(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Condition:
    """One condition. `values` has one item, except for `in`, where None stands for a null."""

    column: str
    operator: str
    values: tuple[str | None, ...]
    negated: bool = False

    @property
    def value(self) -> str:
        return self.values[0] or ""


def parse_filter(text: str) -> tuple[Condition, ...]:
    """The conditions of a filter, all of which must hold; empty for a blank one. Raises `FilterError`."""
    if not text.strip():
        return ()
    return tuple(_parse_condition(part.strip()) for part in _split(text, nested=True))


def _parse_condition(text: str) -> Condition:
    column, equals, rest = text.partition("=")
    name, dot, value = rest.removeprefix("not.").partition(".")
    if not (column and equals and dot):
        raise FilterError("write a filter as column=operator.value, conditions joined by single commas")
    if name in NOT_SERVED:
        raise FilterError(f"the operator {name} is not served by the embedded Realtime; use like or ilike")
    if name not in OPERATORS:
        raise FilterError(f"unknown operator {name}; use one of {', '.join(sorted(OPERATORS))}")
    values = _parse_list(value) if name == "in" else (_unquote(value),)
    condition = Condition(column, name, values, rest.startswith("not."))
    _check_form(condition)
    return condition


def _check_form(condition: Condition) -> None:
    if condition.operator == "is" and condition.value not in KEYWORDS:
        raise FilterError("is takes null, true, false or unknown")
    if condition.operator in PATTERNS:
        _pattern(condition.operator, condition.value)
    if len(condition.values) > MOST_VALUES:
        raise FilterError(f"in takes at most {MOST_VALUES} values")


def _parse_list(text: str) -> tuple[str | None, ...]:
    if not (text.startswith("(") and text.endswith(")")):
        raise FilterError("in takes its values in parentheses, as in status=in.(open,paid)")
    items = [item.strip() for item in _split(text[1:-1], nested=False)]
    return () if items == [""] else tuple(map(_list_item, items))


def _list_item(text: str) -> str | None:
    return None if text.lower() == "null" else _unquote(text)


def _split(text: str, *, nested: bool) -> list[str]:
    """Split at commas outside double quotes and, when `nested`, outside parentheses."""
    parts = [""]
    depth, quoted, escaped = 0, False, False
    for letter in text:
        if quoted:
            quoted = escaped or letter != '"'
            escaped = letter == "\\" and not escaped
        elif letter == '"' and parts[-1].strip()[-1:] in ("", ".", "(", ","):
            quoted = True
        elif letter == "," and not depth:
            parts.append("")
            continue
        elif nested and letter in "()":
            depth = max(0, depth + (1 if letter == "(" else -1))
        parts[-1] += letter
    return parts


def _unquote(text: str) -> str:
    if len(text) < 2 or not (text.startswith('"') and text.endswith('"')):
        return text
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)


def check_types(conditions: Sequence[Condition], columns: Mapping[str, Typed]) -> None:
    """Raise `FilterError` unless every condition names one of `columns` and fits its type."""
    for condition in conditions:
        column = columns.get(condition.column)
        if column is None:
            raise FilterError(f"invalid column for filter {condition.column}")
        _check_operator(condition, column)
        if condition.operator not in PATTERNS | {"is"}:
            _check_values(condition, column)


def _check_operator(condition: Condition, column: Typed) -> None:
    name, type_name = condition.operator, column.base_type
    if name in PATTERNS and type_name not in TEXTS:
        raise FilterError(f"operator {name} requires a text column, got {type_name}")
    if name == "is" and condition.value != "null" and type_name != "bool":
        raise FilterError(f"is {condition.value} requires a boolean column, got {type_name}")
    if name in ORDERINGS and not (type_name in ORDERED or column.labels):
        raise FilterError(f"operator {name} is not served for {type_name} by the embedded Realtime")


def _check_values(condition: Condition, column: Typed) -> None:
    try:
        for value in condition.values:
            _literal(column, value)
    except ValueError as error:
        raise FilterError(f"the value for {condition.column} is not of type {column.base_type}") from error


def matches(
    conditions: Sequence[Condition], row: Mapping[str, Value], columns: Mapping[str, Typed]
) -> bool | None:
    """Whether the row meets every condition; None if that hangs on a value that the row does not hold."""
    verdict: bool | None = True
    for condition in conditions:
        column = columns.get(condition.column)
        if column is None:
            return False
        value = row.get(condition.column, UNCHANGED)
        if value is UNCHANGED:
            verdict = None
        elif not _holds(condition, value, column):
            return False
    return verdict


def _holds(condition: Condition, text: str | None, column: Typed) -> bool:
    try:
        result = _evaluate(condition, text, column)
    except (ValueError, TypeError):
        return False  # the column's type changed after the subscription
    return result is not None and result is not condition.negated


def _evaluate(condition: Condition, text: str | None, column: Typed) -> bool | None:
    """SQL's three values: None is unknown, and unknown stays unknown when negated."""
    name = condition.operator
    if text is None:
        return KEYWORDS[condition.value] is None if name == "is" else True if name == "isdistinct" else None
    if name in PATTERNS:
        return _pattern(name, condition.value).fullmatch(text) is not None
    if name == "is" and KEYWORDS[condition.value] is None:
        return False
    value = comparable(column.base_type, text, column.labels)
    if name == "is":
        return value is KEYWORDS[condition.value]
    literals = [_literal(column, item) for item in condition.values]
    if name == "in":
        return True if value in literals else None if None in literals else False
    return COMPARISONS["neq" if name == "isdistinct" else name](value, literals[0])


def _literal(column: Typed, text: str | None) -> Any:
    return None if text is None else _parse_literal(column.base_type, text, column.labels)


@lru_cache(maxsize=1024)
def _parse_literal(type_name: str, text: str, labels: tuple[str, ...]) -> Any:
    return comparable(type_name, text, labels)


@lru_cache(maxsize=256)
def _pattern(name: str, like: str) -> re.Pattern[str]:
    """A LIKE pattern as a regular expression: % any text, _ any letter, backslash takes the next literally.

    The first place where a middle part fits is as good as any other, so it is never reconsidered: no
    pattern makes the server try for ever.
    """
    parts = [""]
    letters = iter(like)
    for letter in letters:
        if letter == "%":
            parts.append("")
            continue
        literal = next(letters, None) if letter == "\\" else letter
        if literal is None:
            raise FilterError("a like pattern must not end with a backslash")
        parts[-1] += "." if letter == "_" else re.escape(literal)
    middle = "".join(f"(?>.*?{part})" for part in parts[1:-1] if part)
    text = parts[0] if len(parts) == 1 else f"{parts[0]}{middle}.*{parts[-1]}"
    return re.compile(text, re.DOTALL | (re.IGNORECASE if name == "ilike" else 0))
