"""One thing wrong with the database that decides who may do what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """`name` is stable and unique. `tables` and `role`: what it can concern; None and empty mean all."""

    kind: str
    name: str
    statements: tuple[str, ...]
    tables: tuple[str, ...] | None = None
    role: str = ""
    # Kinds of questions that are asked first, in this order; and those that can see it, all if none is named.
    first: tuple[str, ...] = ()
    seen_by: tuple[str, ...] = ()
    # A function that is called from anywhere: what never calls it cannot see how it is.
    called: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
