"""A reaction: what is done soon after something changed. What changed, a table says, never the hint.

Every capability that reacts to states rather than to events exports `REACTIONS: tuple[Reaction, ...]`;
`mentalspace.wiring` joins them.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mentalspace.database.connection import Connection
    from mentalspace.settings import Settings

_NAME = re.compile(r"^[a-z][a-z0-9_]*$")


@dataclass(frozen=True)
class ReactionContext:
    """What a reaction works with. `connection` is autocommit, and its own."""

    connection: Connection
    settings: Settings


@dataclass(frozen=True)
class Reaction:
    """Done while `is_due` says so, which is asked after every hint and at every sweep, and must be cheap.

    Several workers may react at once, and any may be killed in the middle: `react` puts itself in order by
    the database, and does what is left. After a first hint it waits `settle` for more. It rests `share` times
    as long as it worked, so that a busy database is not kept busier by it.
    """

    name: str
    is_due: Callable[[ReactionContext], Awaitable[bool]]
    react: Callable[[ReactionContext], Awaitable[None]]
    settle: timedelta = timedelta(milliseconds=500)
    share: float = 5
    timeout: timedelta = timedelta(minutes=10)

    def __post_init__(self) -> None:
        if not _NAME.match(self.name):
            raise ValueError(f"{self.name!r}: write a reaction's name in snake_case")
