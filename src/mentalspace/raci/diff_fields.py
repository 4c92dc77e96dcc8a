"""What changed in fields that enforce nothing: titles, texts, promises. Never connects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from mentalspace.raci.change import Change, Part
from mentalspace.raci.promises import Sla

# Longer values are named, not shown: the reviewer has the text of the document for that.
LONGEST_SHOWN = 80


def diff_fields(
    part: Part, module: str, task: str | None, before: BaseModel, after: BaseModel, compared: frozenset[str]
) -> Iterator[Change]:
    """A change per field, or per key of a field, that `compared` does not have.

    The fields are the model's, so that one added to it later is compared without a line here.
    """
    for field in type(after).model_fields:
        if field in compared:
            continue
        for name, old, new in _entries(field, getattr(before, field), getattr(after, field)):
            if old != new:
                texts = _say(old, new)
                yield Change(module=module, part=part, task=task, name=name, before=texts[0], after=texts[1])


def _entries(field: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys()):
            yield f"{field} {key}", before.get(key), after.get(key)
    else:
        yield field, before, after


def _say(before: Any, after: Any) -> tuple[str | None, str | None]:
    """Both in words: None for one that is not there, empty for both where words do not show it."""
    old, new = _words(before), _words(after)
    return ("", "") if before and after and (old == new or not (old and new)) else (old, new)


def _words(value: Any) -> str | None:
    if not value:
        return None
    if isinstance(value, Sla):
        return f"{value.title}: {value.text}"
    text = " ".join(value.split()) if isinstance(value, str) else ""
    return text if len(text) <= LONGEST_SHOWN else ""
