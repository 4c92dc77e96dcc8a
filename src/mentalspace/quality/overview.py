"""How good the data is by the latest runs. Read-only."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict

from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.quality.result import CheckResult

queries = load_queries(__package__ or "")


class Score(BaseModel):
    """The latest score of a table; `table_name` is None for all of them together."""

    model_config = ConfigDict(frozen=True)

    table_name: str | None
    score: float
    goal: float
    meets_goal: bool
    checks: int
    failed: int
    errors: int
    row_count: int | None
    check_date: AwareDatetime


class Overview(BaseModel):
    """Scores, and every check whose latest outcome is not a pass."""

    model_config = ConfigDict(frozen=True)

    scores: tuple[Score, ...]
    failing: tuple[CheckResult, ...]


async def fetch_overview(connection: Connection) -> Overview:
    """The latest scores and failures; empty if no check ever ran."""
    scores = await (await connection.execute(queries["show_scores"])).fetchall()
    failing = await (await connection.execute(queries["show_failing"])).fetchall()
    return Overview(
        scores=tuple(Score.model_validate(row) for row in scores),
        failing=tuple(CheckResult.model_validate(row) for row in failing),
    )
