"""Tables as the catalog describes them: columns, key, row security, who may select what. Never connects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Column:
    """One column. `base_type` is the type under a domain, `labels` an enum's in order."""

    name: str
    type: str
    base_type: str
    cast_type: str
    key_position: int | None
    readers: frozenset[str]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One table. `guarded` means that row level security is enabled."""

    oid: int
    schema: str
    name: str
    guarded: bool
    columns: Mapping[str, Column]

    @cached_property
    def key(self) -> tuple[Column, ...]:
        """The columns of the primary key; empty if the table has none."""
        keyed = [column for column in self.columns.values() if column.key_position is not None]
        return tuple(sorted(keyed, key=lambda column: column.key_position or 0))

    def readable(self, role: str) -> dict[str, Column]:
        """The columns that the role may select, in order."""
        return {name: column for name, column in self.columns.items() if role in column.readers}


@dataclass(frozen=True)
class Snapshot:
    """Which transactions are finished and visible: those before `limit` that are not `running`."""

    limit: int
    running: frozenset[int]

    def shows(self, transaction: int) -> bool:
        """Whether a (32-bit) transaction is visible. Ids go round: half of them are always in the past."""
        behind = (self.limit - transaction) % (1 << 32)
        return 0 < behind < 1 << 31 and transaction not in self.running


def parse_snapshot(text: str) -> Snapshot:
    """Read the text form of `pg_snapshot`, xmin:xmax:running."""
    _, limit, running = text.split(":")
    ids = (int(each) % (1 << 32) for each in running.split(",") if each)
    return Snapshot(int(limit) % (1 << 32), frozenset(ids))
