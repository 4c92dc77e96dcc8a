"""How checks went over time. Read-only."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict

from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.quality.explain import fetch_check
from mentalspace.quality.result import OutcomeKind

queries = load_queries(__package__ or "")


class PastRun(BaseModel):
    """One run over all, or some, tables."""

    model_config = ConfigDict(frozen=True)

    check_date: AwareDatetime
    score: float | None
    triggered_by: str
    duration_ms: int | None
    failed: int
    errors: int


class PastResult(BaseModel):
    """What one check came to in one run; keys, never values."""

    model_config = ConfigDict(frozen=True)

    checked_at: AwareDatetime
    outcome: OutcomeKind
    method: str
    proof: str | None
    failures: int | None
    row_count: int | None
    failing_keys: tuple[str, ...]
    duration_ms: float
    error_code: str | None
    contract_version: str


async def list_runs(connection: Connection, limit: int) -> list[PastRun]:
    """The latest runs, newest first."""
    rows = await connection.execute(queries["list_runs"], {"limit": limit})
    return [PastRun.model_validate(row) for row in await rows.fetchall()]


async def list_history(connection: Connection, name: str, limit: int) -> list[PastResult]:
    """The latest results of `<table>.<rule>`, newest first. Raises `InputError` naming what there is."""
    check = await fetch_check(connection, name)
    values = {"table": check["table_name"], "name": check["name"], "limit": limit}
    rows = await connection.execute(queries["list_history"], values)
    return [PastResult.model_validate(row) for row in await rows.fetchall()]
