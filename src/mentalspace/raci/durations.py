"""Durations as people write them in a document: `5 minutes`, `24 hours`."""

from __future__ import annotations

import re
from datetime import timedelta

PATTERN = r"^([1-9]\d{0,3}) (minute|hour|day|week)s?$"
_FORM = re.compile(PATTERN)


def parse_duration(text: str) -> str:
    """The text itself if it is a duration (so that documents read as they were written)."""
    if not _FORM.match(text):
        raise ValueError(f"{text!r} is not a duration; write such as 5 minutes, 24 hours, 3 days")
    return text


def measure_duration(text: str) -> timedelta:
    """How long `5 minutes` is."""
    match = _FORM.match(parse_duration(text))
    assert match  # noqa: S101  (parse_duration has just said so)
    return timedelta(**{f"{match[2]}s": int(match[1])})
