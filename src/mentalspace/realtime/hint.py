"""What a feed is asked for, and what it says. Never connects.

A hint says that something changed, nothing more: whoever needs to know what, asks the database. Realtime
delivers neither everything nor once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What happened to a row."""

    insert = "INSERT"
    update = "UPDATE"
    delete = "DELETE"
    any = "*"


@dataclass(frozen=True)
class Subscription:
    """Changes of one table, or of all published tables of a schema.

    `filter` is Realtime's, such as `status=eq.open`. A hint carries the values of `columns` and of no
    others, however much of the row arrives.
    """

    table: str = "*"
    schema: str = "public"
    kind: Kind = Kind.any
    filter: str | None = None
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hint:
    """Something changed in a table."""

    schema: str
    table: str
    kind: Kind
    committed_at: datetime | None
    values: Mapping[str, Any] = field(default_factory=dict)


def parse_hint(data: Mapping[str, Any], columns: tuple[str, ...]) -> Hint | None:
    """Read the data of a `postgres_changes` message; None if it is not one. Keeps only `columns`."""
    try:
        kind = Kind(data["type"])
        schema, table = str(data["schema"]), str(data["table"])
    except (KeyError, ValueError):
        return None
    record = data.get("record") or {}
    values = {name: record[name] for name in columns if name in record}
    return Hint(schema, table, kind, _parse_time(data.get("commit_timestamp")), values)


def _parse_time(text: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
