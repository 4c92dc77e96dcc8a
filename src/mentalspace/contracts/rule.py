"""A quality rule as the contract writes it, and what it says about rows. Never connects.

ODCS knows `library` metrics (nullValues, missingValues, invalidValues, duplicateValues, rowCount), `sql`
and `custom`. Whatever else can be said about a row is `custom` with `engine: mentalspace`, whose
`implementation` holds exactly one of the keys of `Implementation`.

    Complete       a row has a value in every column
    Accepted       a column holds nothing but accepted values
    Unique         no two rows agree in all columns
    Refers         a column names a row of another table
    FailsWhen      the predicate is false for every row (with, without: rows of other tables)
    NoOverlap      no two rows of one owner overlap in time
    Fresh          the newest row is young enough
    Volume         the table has enough rows, and not too many
    Query          one number from one select
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from mentalspace.contracts.part import Name, OwnPart, Part, Some, Text

ENGINE = "mentalspace"
Reference = Annotated[str, StringConstraints(pattern=r"^([a-z_][a-z0-9_]*\.){1,2}[a-z_][a-z0-9_]*$")]
# Whole days, hours and minutes: months have no fixed length, and a clock needs one.
Span = Annotated[str, StringConstraints(pattern=r"^P(\d+D|(\d+D)?T(\d+H|\d+M|\d+H\d+M))$")]


class Severity(StrEnum):
    """How bad a failure is. `high` and `critical` alert the owner."""

    low = "low"
    medium = "medium"
    high = "high"
    critical = "critical"

    @property
    def alerts(self) -> bool:
        return self in (Severity.high, Severity.critical)


class Complete(OwnPart):
    """Every column has a value; `missing` are values that count as none."""

    columns: Some[Name]
    missing: tuple[str, ...] = ()


class Accepted(OwnPart):
    """A value is one of `values` and matches `pattern`; null passes."""

    column: Name
    values: tuple[str | int | float | bool, ...] = ()
    pattern: str | None = None


class Unique(OwnPart):
    """No two rows (among those for which `where` holds) agree in all columns; null agrees with nothing."""

    columns: Some[Name]
    where: Text | None = None


class Refers(OwnPart):
    """The value of `column` exists in the column `to` (`clients.id`); null passes."""

    column: Name
    to: Reference

    @property
    def to_table(self) -> str:
        return self.to.rpartition(".")[0].removeprefix("public.")

    @property
    def to_column(self) -> str:
        return self.to.rpartition(".")[2]


class Counterpart(OwnPart):
    """Rows of another table that belong to a row: `match` maps their column to the row's column.

    `where` narrows them; it names their columns `<alias>.<column>` and the row's `<table>.<column>`.
    """

    table: Name
    # Not `on`: YAML 1.1 reads that as true.
    match: Annotated[dict[Name, Name], Field(min_length=1)]
    where: Text | None = None
    alias: Annotated[Name | None, Field(alias="as")] = None

    @property
    def name(self) -> str:
        """How predicates call it."""
        return self.alias or self.table


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


Counterparts = Annotated[tuple[Counterpart, ...], BeforeValidator(_as_list)]


class FailsWhen(OwnPart):
    """A row is wrong when the predicate holds, every `having` exists and no `without` exists.

    `rows` names the table whose rows are judged when it is not the contract's own.
    """

    predicate: Text
    having: Counterparts = ()
    without: Counterparts = ()
    rows: Name | None = None


class NoOverlap(OwnPart):
    """No two rows that agree in the columns `within` overlap in [start, end); `where` narrows the rows."""

    within: Some[Name]
    start: Name
    end: Name
    where: Text | None = None


class Fresh(OwnPart):
    """The newest value of `column` is at most `within` old; an empty table passes."""

    column: Name
    within: Span


class Volume(OwnPart):
    """The number of rows lies between `minimum` and `maximum`, both included."""

    minimum: int | None = None
    maximum: int | None = None


class Query(OwnPart):
    """The number that one select returns is compared with the rule's threshold."""

    query: Text


Spec = Complete | Accepted | Unique | Refers | FailsWhen | NoOverlap | Fresh | Volume | Query


class Implementation(OwnPart):
    """Exactly one of our own kinds of rule."""

    complete: Some[Name] | None = None
    fails_when: Text | None = None
    having: Counterparts = ()
    without: Counterparts = ()
    rows: Name | None = None
    unique: Unique | None = None
    refers: Refers | None = None
    no_overlap: NoOverlap | None = None
    fresh: Fresh | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        kinds = ("complete", "fails_when", "unique", "refers", "no_overlap", "fresh")
        given = [kind for kind in kinds if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"write exactly one of {', '.join(kinds)}; here are {len(given)}")
        if (self.having or self.without or self.rows) and self.fails_when is None:
            raise ValueError("having, without and rows belong to fails_when; write it beside them")
        return self

    @property
    def spec(self) -> Spec:
        if self.complete:
            return Complete(columns=self.complete)
        if self.fails_when:
            return FailsWhen(
                predicate=self.fails_when, having=self.having, without=self.without, rows=self.rows
            )
        spec = self.unique or self.refers or self.no_overlap or self.fresh
        assert spec is not None  # noqa: S101  (_exactly_one)
        return spec


class Rule(Part):
    """One quality rule: what must hold, how bad it is if not, whose it is, what to do then.

    A rule passes while its count of failures is at most `limit`; `unit: percent` counts per 100 rows.
    """

    name: Name
    type: Literal["library", "sql", "custom", "text"] = "library"
    description: Text
    dimension: str = ""
    severity: Severity
    business_impact: str = ""
    remediation: Text
    owner: Name | None = None
    unit: Literal["rows", "percent"] = "rows"
    threshold: Annotated[float | None, Field(ge=0)] = None
    metric: str | None = None
    arguments: Annotated[dict[str, Any], Field(default_factory=dict)]
    must_be: float | None = None
    must_be_less_than: float | None = None
    must_be_less_or_equal_to: float | None = None
    must_be_greater_than: float | None = None
    must_be_greater_or_equal_to: float | None = None
    must_be_between: tuple[float, float] | None = None
    query: Text | None = None
    engine: str | None = None
    implementation: Implementation | None = None

    @model_validator(mode="before")
    @classmethod
    def _leave_other_engines_alone(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("engine") != ENGINE:
            return {key: value for key, value in data.items() if key != "implementation"}
        return data

    @model_validator(mode="after")
    def _comparison_is_usable(self) -> Self:
        if self.type in ("library", "sql") and self.limit is None:
            raise ValueError("a count of failures is compared: write mustBe: 0 or mustBeLessOrEqualTo: <n>")
        if self.engine == ENGINE and self.implementation is None:
            raise ValueError("engine mentalspace needs an implementation; docs/contracts.md lists its keys")
        return self

    @property
    def title(self) -> str:
        """`double_booking` as people read it."""
        return self.name.replace("_", " ").capitalize()

    @property
    def is_ours(self) -> bool:
        """Whether this toolkit runs it; `text` is for people, other engines run their own."""
        return self.type in ("library", "sql") or (self.type == "custom" and self.engine == ENGINE)

    @property
    def limit(self) -> float | None:
        """The most failures that still pass; None if the comparison says no such thing."""
        if self.type == "custom" or self.metric == "rowCount":
            return self.threshold or 0.0
        if self.must_be is not None:
            return self.must_be
        if self.must_be_less_or_equal_to is not None:
            return self.must_be_less_or_equal_to
        return self.must_be_less_than - 1 if self.must_be_less_than is not None else None

    def spec(self, column: str | None) -> Spec:
        """What the rule says about rows; `column` is the one it stands at. Raises `ValueError`."""
        if self.type == "sql":
            return Query(query=self.query or "")
        if self.implementation is not None:
            return self.implementation.spec
        return _spec_of_metric(self, column)


def _spec_of_metric(rule: Rule, column: str | None) -> Spec:
    match rule.metric:
        case "rowCount":
            return _volume(rule)
        case "duplicateValues":
            return Unique(columns=tuple(rule.arguments.get("properties") or _one(rule, column)))
        case "nullValues":
            return Complete(columns=_one(rule, column))
        case "missingValues":
            given = rule.arguments.get("missingValues") or []
            missing = tuple(value for value in given if value is not None)
            return Complete(columns=_one(rule, column), missing=missing)
        case "invalidValues":
            return _accepted(rule, _one(rule, column)[0])
        case _:
            raise ValueError(f"unknown metric {rule.metric!r}; write one that ODCS lists, such as nullValues")


def _one(rule: Rule, column: str | None) -> tuple[str]:
    if column is None:
        raise ValueError(f"{rule.metric} judges one column; write the rule under that property's quality")
    return (column,)


def _accepted(rule: Rule, column: str) -> Accepted:
    values = tuple(rule.arguments.get("validValues") or ())
    pattern = rule.arguments.get("pattern")
    if not values and not pattern:
        raise ValueError("invalidValues needs arguments: validValues (a list) or pattern (a regex)")
    return Accepted(column=column, values=values, pattern=pattern)


def _volume(rule: Rule) -> Volume:
    if rule.must_be_between:
        return Volume(minimum=int(rule.must_be_between[0]), maximum=int(rule.must_be_between[1]))
    if rule.must_be is not None:
        return Volume(minimum=int(rule.must_be), maximum=int(rule.must_be))
    low, high = rule.must_be_greater_or_equal_to, rule.must_be_less_or_equal_to
    if rule.must_be_greater_than is not None:
        low = rule.must_be_greater_than + 1
    if rule.must_be_less_than is not None:
        high = rule.must_be_less_than - 1
    if low is None and high is None:
        raise ValueError("rowCount needs a comparison such as mustBeGreaterThan: 0")
    return Volume(minimum=None if low is None else int(low), maximum=None if high is None else int(high))
