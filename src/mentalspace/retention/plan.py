"""What retention would remove, and what it keeps for which reason: the model. Never connects."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict

from mentalspace.contracts.retention import DeletionMethod


class Keys(BaseModel):
    """Primary keys; those that wait with the tables they wait for."""

    model_config = ConfigDict(frozen=True)

    due: tuple[str, ...]
    waiting: dict[str, tuple[str, ...]]
    undated: tuple[str, ...]


class RulePlan(BaseModel):
    """One rule's table on one day: every row in use is in exactly one of the five counts."""

    model_config = ConfigDict(frozen=True)

    data_type: str
    table_name: str
    deletion_method: DeletionMethod
    retention_period_months: int
    owner_position: str
    reason: str
    # The table of the dates that count, if it is another one.
    subject_table: str | None
    active: int
    undated: int
    kept: int
    waiting: int
    due: int
    next_due: date | None
    waits_for: dict[str, int]
    keys: Keys | None = None


class Plan(BaseModel):
    """What every active rule comes to on one day, in the order in which rules are applied."""

    model_config = ConfigDict(frozen=True)

    as_of: date
    rules: tuple[RulePlan, ...]

    @property
    def due(self) -> int:
        return sum(rule.due for rule in self.rules)
