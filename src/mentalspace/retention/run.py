"""What a run of retention removed: the model. Never connects."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from mentalspace.contracts.retention import DeletionMethod


class Origin(StrEnum):
    """Who asked for a run."""

    job = "job"
    command = "command"


class Removal(BaseModel):
    """What one run removed by one rule."""

    model_config = ConfigDict(frozen=True)

    data_type: str
    table_name: str
    deletion_method: DeletionMethod
    removed: int
    batches: int


class Run(BaseModel):
    """One run of retention."""

    model_config = ConfigDict(frozen=True)

    id: int
    removals: tuple[Removal, ...]

    @property
    def removed(self) -> int:
        return sum(removal.removed for removal in self.removals)
