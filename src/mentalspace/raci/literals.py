"""Values of documents as SQL literals. Never connects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from textwrap import wrap

from mentalspace.raci.parts import Value


def quote(value: Value) -> str:
    """`'it''s'`, `true`, `null`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return "'" + value.replace("'", "''") + "'"


def quote_array(values: Iterable[str]) -> str:
    """`'{status,"Checked In"}'`: the names of columns, duties, words."""
    return quote("{" + ",".join(_element(value) for value in values) + "}")


def one_of(expression: str, values: Sequence[Value]) -> str:
    """A condition that is true when the expression has one of the values; else false or null."""
    known = [quote(value) for value in values if value is not None]
    parts = [f"{expression} is null"] if None in values else []
    if len(known) == 1:
        parts.append(f"{expression} = {known[0]}")
    elif known:
        parts.append(f"{expression} in ({', '.join(known)})")
    return parts[0] if len(parts) == 1 else f"({' or '.join(parts)})"


def quote_lines(text: str, width: int = 100) -> list[str]:
    """A long literal on several lines, which SQL joins."""
    lines = wrap(text, width, break_long_words=False, break_on_hyphens=False)
    return [quote(line + (" " if line is not lines[-1] else "")) for line in lines]


def comment_text(text: str) -> str:
    """One line that stays inside a `--` comment."""
    return " ".join(text.split())


def _element(value: str) -> str:
    if value and all(character.isalnum() or character == "_" for character in value) and value != "null":
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
