"""One difference between two matrices, in words for a reviewer. Never connects."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

Part = Literal["module", "role", "task", "cell", "enforcement", "reach"]


class Effect(StrEnum):
    """What a change does to those whom it is about; `none` when it gives and takes nothing."""

    widened = "widened"
    narrowed = "narrowed"
    both = "widened and narrowed"
    none = ""


class Change(BaseModel):
    """Something added (`before` is None), removed (`after` is None) or changed.

    Both are the same where the values are too long to show.
    """

    model_config = ConfigDict(frozen=True)

    module: str
    part: Part
    task: str | None = None
    name: str = ""
    before: str | None = None
    after: str | None = None
    effect: Effect = Effect.none

    @property
    def kind(self) -> Literal["added", "removed", "changed"]:
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    @property
    def text(self) -> str:
        """`scheduling.cancel_appointment: therapist R (own) -> R (caseload)`."""
        where = f"{self.module}.{self.task}" if self.task else self.module
        name = f"{self.name} " if self.name else ""
        if self.kind == "changed" and self.before != self.after:
            return f"{where}: {name}{self.before} -> {self.after}"
        value = self.after if self.before is None else self.before
        return f"{where}: {name}{self.kind}{f': {value}' if value else ''}"


def join_effects(effects: Iterable[Effect]) -> Effect:
    """The effect of several together."""
    found = set(effects) - {Effect.none}
    if len(found) > 1:
        return Effect.both
    return found.pop() if found else Effect.none


def compare_order(before: int, after: int) -> Effect:
    """More is wider."""
    if before == after:
        return Effect.none
    return Effect.widened if after > before else Effect.narrowed


def compare_sets(before: Iterable[object], after: Iterable[object]) -> Effect:
    """More members are wider; other members are both."""
    old, new = set(before), set(after)
    return join_effects(
        (Effect.widened if new - old else Effect.none, Effect.narrowed if old - new else Effect.none)
    )
