"""What a run of the checks came to. Names, keys and counts: never values of rows."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, model_validator

from mentalspace.contracts.rule import Severity


class OutcomeKind(StrEnum):
    """`failed`: the data is wrong. `error`: the check could not run. Neither is a pass."""

    passed = "passed"
    failed = "failed"
    error = "error"


class Way(StrEnum):
    """How an outcome was come by: no row was read, all rows were, or those that may have changed."""

    proved = "proved"
    full = "full"
    incremental = "incremental"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class CheckResult(_Value):
    """The outcome of one check."""

    table_name: str
    name: str
    outcome: OutcomeKind
    method: Literal["proved", "scan", "cross", "value"]
    way: Way
    rows_read: int | None = None
    # On how many rows a full pass and what was known before it disagree; None: nothing was known.
    disagreement: int | None = None
    proof: str | None = None
    failures: int | None = None
    row_count: int | None = None
    failing_keys: tuple[str, ...] = ()
    duration_ms: float
    error_code: str | None = None
    threshold: float
    unit: Literal["rows", "percent"]
    severity: Severity
    owner: str
    title: str
    description: str
    remediation: str
    contract_version: str
    digest: str

    @model_validator(mode="before")
    @classmethod
    def _read_in_full(cls, data: Any) -> Any:
        """An outcome that nobody knew before, and nothing proves, was read from all rows."""
        if isinstance(data, dict) and not data.get("way"):
            proved = data.get("method") == Way.proved
            return {**data, "way": Way.proved if proved else Way.full}
        return data

    @property
    def table(self) -> str:
        """The table as people call it."""
        return self.table_name.removeprefix("public.")

    @property
    def key(self) -> str:
        return f"{self.table}.{self.name}"

    @property
    def passed(self) -> bool:
        return self.outcome is OutcomeKind.passed


class TableScore(_Value):
    """How good the data of one table is, in percent."""

    table: str
    score: float
    checks: int
    failed: int
    errors: int
    rows: int | None = None


class AlertChange(_Value):
    """Checks of one table and owner that began to fail, or pass again."""

    table: str
    owner: str
    names: tuple[str, ...]
    notified: int


class QualityRun(_Value):
    """One run: every result, the scores, and what was alerted."""

    id: UUID
    check_date: AwareDatetime
    duration_ms: int
    score: float
    scores: tuple[TableScore, ...]
    results: tuple[CheckResult, ...]
    opened: tuple[AlertChange, ...] = ()
    recovered: tuple[AlertChange, ...] = ()
    vacant: tuple[str, ...] = ()
