"""How a sound condition looks at the time, so that rows are found for which time alone changed the answer.

Never connects. `value <= now() - interval '72 hours'` has one answer for a row until its value passes the
boundary; between two passes, only rows whose value lies between the boundary then and now can change sides.
That holds for every comparison of something the row says with something only the clock says. Any other
look at the clock says nothing about which rows change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from mentalspace.contracts.guard import DIALECT, parse_condition

CLOCK = (exp.CurrentTimestamp, exp.CurrentDate)
AT = "moment_of_pass"
_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)


class UnsoundClockError(ValueError):
    """The condition uses the clock otherwise than by comparing it with what a row says."""


@dataclass(frozen=True)
class Moment:
    """`value` of a row is compared with `boundary`, in which `AT` stands for the time."""

    value: str
    boundary: str

    def boundary_at(self, time: str) -> str:
        """The boundary at a time."""
        return self.boundary.replace(AT, time)


def find_moments(text: str) -> tuple[Moment, ...]:
    """Every comparison with the clock. Raises `UnsoundClockError` for any other use of it."""
    tree = parse_condition(text).copy()
    found = [moment for clock in tree.find_all(*CLOCK) for moment in _compare(clock)]
    return tuple(dict.fromkeys(found))


def _compare(clock: exp.Expr) -> Iterator[Moment]:
    side: exp.Expr = clock
    while side.parent is not None and not isinstance(side.parent, (*_COMPARISONS, exp.Between)):
        side = side.parent
        if isinstance(side, exp.Connector | exp.Query | exp.Case | exp.Predicate):
            raise UnsoundClockError(_say(clock))
    comparison = side.parent
    if comparison is None:
        raise UnsoundClockError(_say(clock))
    for other in _others(comparison, side):
        yield _moment(clock, side, other)


def _others(comparison: exp.Expr, side: exp.Expr) -> list[exp.Expr]:
    """What the side is compared with: `x between low and high` compares x with both, and them only with x."""
    if isinstance(comparison, exp.Between) and side is not comparison.this:
        return [comparison.this]
    if isinstance(comparison, exp.Between):
        return [comparison.args["low"], comparison.args["high"]]
    return [comparison.expression if side is comparison.this else comparison.this]


def _moment(clock: exp.Expr, side: exp.Expr, other: exp.Expr) -> Moment:
    if (
        side.find(exp.Column, exp.Query, exp.All, exp.Any, exp.Array)
        or other.find(*CLOCK, exp.Query)
        or not other.find(exp.Column)
    ):
        raise UnsoundClockError(_say(clock))
    boundary = side.copy().transform(_stand_in)
    return Moment(f"({other.sql(DIALECT)})", f"({boundary.sql(DIALECT)})")


def _stand_in(node: exp.Expr) -> exp.Expr:
    at = exp.column(AT)
    if isinstance(node, exp.CurrentTimestamp):
        return at
    return exp.cast(at, "date") if isinstance(node, exp.CurrentDate) else node


def _say(clock: exp.Expr) -> str:
    return f"{clock.sql(DIALECT).lower()} is not compared with what the row says"
