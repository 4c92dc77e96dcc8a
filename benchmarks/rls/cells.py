"""One query asked by one identity: its times, with and without policies, and the targets to meet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median, quantiles
from typing import Any

from benchmarks.rls.practice import ANONYMOUS
from benchmarks.rls.queries import Query
from benchmarks.rls.requests import Answer

FULL_RATIO, SCOPED_RATIO = 1.5, 3.0
PAGE_MS, ANY_MS, ANONYMOUS_MS = 15.0, 50.0, 1.0


@dataclass(frozen=True)
class Times:
    """Milliseconds of one thing, many times."""

    median: float
    p10: float
    p90: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Times:
        tenths = quantiles(values, n=10) if len(values) > 1 else [values[0]] * 9
        return cls(round(median(values), 3), round(tenths[0], 3), round(tenths[-1], 3))


@dataclass(frozen=True)
class Cell:
    """`first`: of a connection on which nothing has run yet."""

    query: str
    role: str
    reach: str
    request: Times
    statement: Times
    bare_request: Times
    bare_statement: Times
    first: Times
    bare_first: Times
    missed: str
    differs: str

    @property
    def ratio(self) -> float:
        return self.request.median / self.bare_request.median

    @property
    def statement_ratio(self) -> float:
        return self.statement.median / self.bare_statement.median

    def as_data(self) -> dict[str, Any]:
        return asdict(self) | {
            "ratio": round(self.ratio, 2),
            "statement_ratio": round(self.statement_ratio, 2),
        }


def make_cell(query: Query, role: str, reach: str, runs: dict[str, list[Answer]], differs: str) -> Cell:
    """`runs`: answers of policy and bare, of first_policy and first_bare."""
    request = {name: Times.of([answer.request for answer in answers]) for name, answers in runs.items()}
    statement = {name: Times.of([answer.statement for answer in answers]) for name, answers in runs.items()}
    return Cell(
        query.name,
        role,
        reach,
        request["policy"],
        statement["policy"],
        request["bare"],
        statement["bare"],
        request["first_policy"],
        request["first_bare"],
        judge(query, role, reach, request["policy"].median, request["bare"].median),
        differs,
    )


def judge(query: Query, role: str, reach: str, taken: float, bare: float) -> str:
    """The target that a cell misses; empty if none."""
    if role == ANONYMOUS:
        return f"over {ANONYMOUS_MS:g} ms" if taken >= ANONYMOUS_MS else ""
    if taken > ANY_MS and not query.is_count:
        return f"over {ANY_MS:g} ms"
    if reach == "all":
        return f"over {FULL_RATIO:g}×" if taken / bare > FULL_RATIO else ""
    if query.names_own_key:
        return f"over {SCOPED_RATIO:g}×" if taken / bare > SCOPED_RATIO else ""
    return f"over {PAGE_MS:g} ms" if taken > PAGE_MS and not query.is_count else ""
