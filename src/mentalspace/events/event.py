"""An event: which task was performed on which row, by whom, when. Keys, names and states, never PHI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Event:
    """A row of the outbox. `actor_id` is None for the system."""

    event_id: int
    table_name: str
    row_key: str
    module: str
    task: str
    kind: str
    actor_id: UUID | None
    acted_as: str
    occurred_at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 0
    consumed_by: Sequence[str] = ()

    @property
    def aggregate(self) -> tuple[str, str]:
        """The row it is about. Events of one aggregate are consumed one after the other."""
        return self.table_name, self.row_key
