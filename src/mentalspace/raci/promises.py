"""Promises (SLA) of tasks, and the clocks that measure them in tables. Never connects."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from mentalspace.raci.parts import Columns, Duration, Key, Part, Text, Values

MATCH = r"^(?:(?:<>|>=|>) )?[a-z][a-z0-9_]{1,62}(?: or empty)?$"
_MATCH = re.compile(r"^(?:(?P<operator><>|>=|>) )?(?P<column>[a-z][a-z0-9_]*)(?P<or_empty> or empty)?$")
Match = Annotated[str, Field(pattern=MATCH)]


class Comparison(Part):
    """A column of the row that is the doing, beside one of the row that waits for it."""

    column: Key
    operator: Literal["=", "<>", ">", ">="]
    other: Key
    or_empty: bool


class Doing(Part):
    """The task is done when another row is there: these columns match, in these states."""

    table: Key
    match: dict[Key, Match] = Field(
        min_length=1,
        description="column: the waiting row's, such as `id`, `> created_at`, `>= start_time or empty`",
    )
    states: dict[Key, Values] = Field(default={}, alias="where")
    filled: Columns | tuple[()] = Field(default=(), alias="set")

    @property
    def comparisons(self) -> tuple[Comparison, ...]:
        return tuple(_compare(column, text) for column, text in self.match.items())


def _compare(column: str, text: str) -> Comparison:
    match = _MATCH.match(text)
    assert match  # noqa: S101  (the model has just said so)
    parts = {"operator": match["operator"] or "=", "other": match["column"]}
    return Comparison.model_validate({"column": column, "or_empty": bool(match["or_empty"]), **parts})


class Since(Part):
    """What starts a clock: a moment, or the end of a date's day or month on the practice's wall clock."""

    moment: Key | None = None
    day: Key | None = None
    month: Key | None = None

    @model_validator(mode="after")
    def _one(self) -> Since:
        if sum(map(bool, (self.moment, self.day, self.month))) != 1:
            raise ValueError("write a column, `{day: <column>}` or `{month: <column>}`")
        return self

    @property
    def column(self) -> str:
        return self.moment or self.day or self.month or ""


def _as_since(value: Any) -> Any:
    return {"moment": value} if isinstance(value, str) else value


class Clock(Part):
    """The rows that a promise runs for, from when, and what ends it.

    It runs for rows in the states of `while`, with the columns of `set` filled, and whose column `of_client`
    names the client's own login. It ends when the row leaves these states, or by `done`: a column that is
    filled, or another row. A promise that counts back from a moment is off for rows that `came` after it was
    due; with `notice` they have that long instead.
    """

    table: Key
    states: dict[Key, Values] = Field(default={}, alias="while")
    filled: Columns | tuple[()] = Field(default=(), alias="set")
    of_client: Key | None = None
    since: Annotated[Since | None, BeforeValidator(_as_since, json_schema_input_type=Key | Since)] = Field(
        default=None, alias="from"
    )
    done: Key | Doing | None = None
    came: Key | None = None
    notice: Duration | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """Of the row itself."""
        done: tuple[str, ...] = (self.done,) if isinstance(self.done, str) else ()
        if isinstance(self.done, Doing):
            done = tuple(each.other for each in self.done.comparisons)
        since = self.since.column if self.since else None
        named = (*self.states, *self.filled, self.of_client, since, self.came, *done)
        return tuple(dict.fromkeys(filter(None, named)))


class Sla(Part):
    """A promise about a task: done `within` a time, `between` two times or `at_least` one before a moment.

    It is measured by a `clock`, or says in `unmeasured` why no table shows whether it is kept.
    """

    title: Text
    within: Duration | None = None
    between: tuple[Duration, Duration] | None = None
    at_least: Duration | None = None
    before: Key | None = None
    clock: Clock | None = None
    unmeasured: str = Field(default="", description="why no table shows whether the promise is kept")
    severity: Literal["low", "medium", "high", "critical"] = "medium"
    remedy: str = Field(default="", description="what to do about rows that are late")
    remind: Duration | None = Field(default=None, description="how long before, the Responsible hear of it")
    rule: Annotated[str, Field(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$")] | None = Field(
        default=None, description="a rule of a contract, table.rule, that says the same: alerted here alone"
    )

    @model_validator(mode="after")
    def _one_form(self) -> Sla:
        forms = sum(map(bool, (self.within, self.between, self.at_least)))
        if forms != 1 or bool(self.before) == bool(self.within):
            raise ValueError(
                "write `within: 5 minutes`, or `between: [24 hours, 48 hours]` or `at_least: 1 day` with "
                "`before: <column>`"
            )
        return self

    @model_validator(mode="after")
    def _fits_its_clock(self) -> Sla:
        if self.clock and bool(self.clock.since) == bool(self.before):
            raise ValueError("clock: write `from: <column>`, unless the promise counts back from `before`")
        if self.clock and not self.remedy:
            raise ValueError("remedy: say what to do about rows that are late")
        if not self.clock and (self.remind or self.rule or self.remedy):
            raise ValueError("remind, rule and remedy go with a clock; remove them")
        if self.clock and (self.clock.came or self.clock.notice) and not self.before:
            raise ValueError("clock: came and notice go with `before`; remove them")
        if self.clock and self.clock.notice and not self.clock.came:
            raise ValueError("clock: notice goes with came; add it")
        return self

    @property
    def allowed(self) -> str:
        """The time that decides when it is late."""
        return self.within or self.at_least or (self.between[0] if self.between else "")

    @property
    def text(self) -> str:
        if self.between:
            return f"{self.between[0]} to {self.between[1]} before {self.before}"
        if self.at_least:
            return f"at least {self.at_least} before {self.before}"
        return f"within {self.within}"
