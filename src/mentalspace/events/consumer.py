"""A consumer: what it wants of the outbox, and what it does with it.

Every capability that reacts exports `CONSUMERS: tuple[Consumer, ...]`; `mentalspace.wiring` joins them.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from mentalspace.events.event import Event

if TYPE_CHECKING:
    from mentalspace.database.connection import Connection
    from mentalspace.settings import Settings

_NAME = re.compile(r"^[a-z][a-z0-9_]*$")


@dataclass(frozen=True)
class EventContext:
    """What a consumer works with. `connection` is inside the transaction that also acknowledges."""

    connection: Connection
    settings: Settings


def _everything(_: Event) -> bool:
    return True


@dataclass(frozen=True)
class Consumer:
    """Reacts to events by writing to the database, through the context's connection and nothing else.

    `handle` gets events of many aggregates in the order in which they occurred. What it writes commits
    together with the acknowledgement, or not at all. If it raises, it is asked again with fewer and fewer
    of them; an event that fails alone is tried again later, and the later ones of its aggregate wait for it.
    """

    name: str
    handle: Callable[[EventContext, Sequence[Event]], Awaitable[None]]
    wants: Callable[[Event], bool] = _everything
    timeout: timedelta = timedelta(seconds=10)

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise ValueError(f"{self.name!r}: write a consumer's name in snake_case")
