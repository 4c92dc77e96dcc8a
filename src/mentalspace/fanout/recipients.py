"""Who is consulted and who is informed of an event: by role, and by scope over the row that it is about."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.events.event import Event

queries = load_queries(__package__ or "")
CONSULTED = "C"


@dataclass(frozen=True)
class Recipients:
    """The people to tell of one event, by duty."""

    event_id: int
    module_title: str
    task_title: str
    duty: str
    user_ids: tuple[UUID, ...]


async def find_recipients(
    connection: Connection, events: Sequence[Event], time_zone: str
) -> list[Recipients]:
    """Who must be told of which event by the matrix in force; nobody of what they did. Read-only."""
    values = {"events": json.dumps([_describe(event) for event in events]), "time_zone": time_zone}
    rows = await (await connection.execute(queries["find_recipients"], values)).fetchall()
    return [Recipients(**row | {"user_ids": tuple(row["user_ids"])}) for row in rows]


def _describe(event: Event) -> dict[str, Any]:
    return {
        "row_key": event.event_id,
        "module": event.module,
        "task": event.task,
        "actor_id": str(event.actor_id) if event.actor_id else None,
        "is_shared": event.facts.get("shared") is True,
        "owners": _keys(event.facts.get("owners")),
        "clients": _keys(event.facts.get("clients")) + _keys([event.facts.get("client")]),
    }


def _keys(given: Any) -> list[str]:
    """The keys among what was recorded: a fact that is none names nobody, and stops nothing."""
    return list(_valid(given)) if isinstance(given, list) else []


def _valid(given: Iterable[Any]) -> Iterable[str]:
    for text in given:
        try:
            yield str(UUID(text))
        except (TypeError, ValueError, AttributeError):
            continue
