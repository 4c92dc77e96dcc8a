"""Rules that the data suggests: what to ask, and what to make of the answers. Pure; never connects.

Only counts are asked for. Values are looked at in columns alone whose contract calls them `internal` or
`public` (a table without a contract has none, but its key and its stamps), and a value is proposed only if
at least `CELL` rows share it and it looks like a word, so that it cannot be about anybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from mentalspace.catalog.table import LiveColumn, LiveTable
from mentalspace.contracts.contract import Classification, Contract
from mentalspace.contracts.draft import guess_classification
from mentalspace.contracts.identifiers import ident
from mentalspace.contracts.rule import Accepted, Complete, FailsWhen, Refers, Unique

# Fewer rows say nothing about the next one; fewer rows of one value may be somebody (CMS cell size).
MINIMUM_ROWS, CELL, MOST_VALUES = 50, 11, 12
_NUMBERS = ("smallint", "integer", "bigint", "numeric", "real", "double precision")
_KEYS = ("text", "character varying", "uuid", "smallint", "integer", "bigint")
_OPEN = (Classification.internal, Classification.public)


@dataclass(frozen=True)
class Question:
    """A predicate whose rows are counted; none of them suggests `rule`."""

    rule: Mapping[str, Any]
    column: str | None
    predicate: str
    # How many rows it is about; None: all.
    among: str = "true"
    evidence: str = "no row is otherwise"


@dataclass(frozen=True)
class Suggestion:
    """A rule for people to accept, at `column` or at the table, and how many rows speak for it."""

    column: str | None
    rule: Mapping[str, Any]
    evidence: str


@dataclass(frozen=True)
class Profile:
    """What may be asked of a table."""

    table: LiveTable
    contract: Contract | None = None
    known: frozenset[object] = field(default_factory=frozenset)

    def classification(self, column: LiveColumn) -> Classification:
        described = self.contract.table.column(column.name) if self.contract else None
        return described.classification if described else guess_classification(self.table, column)

    def is_open(self, column: LiveColumn) -> bool:
        """Whether values of it may be looked at."""
        return self.classification(column) in _OPEN

    @property
    def value_columns(self) -> tuple[str, ...]:
        """Columns that may have a set of values worth proposing."""
        return tuple(c.name for c in self.table.columns if self.is_open(c) and self._has_set(c))

    @property
    def range_columns(self) -> tuple[str, ...]:
        keys = self.table.primary_key
        return tuple(
            c.name for c in self.table.columns if self.is_open(c) and _is_number(c) and c.name not in keys
        )

    def _has_set(self, column: LiveColumn) -> bool:
        return _is_text(column) and ("accepted", column.name) not in self.known


def make_profile(table: LiveTable, contract: Contract | None) -> Profile:
    """A profile that knows the rules that the contract has."""
    return Profile(table, contract, frozenset(_known(contract)) if contract else frozenset())


def find_questions(profile: Profile) -> list[Question]:
    """What to count, beyond what the contract says already."""
    asked = [question for column in profile.table.columns for question in _ask(profile, column)]
    return [*asked, *_ask_order(profile)]


def judge(question: Question, rows: int, wrong: int) -> Suggestion | None:
    """The suggestion, if enough rows speak for it and none against."""
    if wrong or rows < MINIMUM_ROWS:
        return None
    return Suggestion(question.column, question.rule, f"{rows} rows; {question.evidence}")


def suggest_references(profile: Profile) -> Iterator[Suggestion]:
    """Foreign keys that no rule watches: from the catalog alone."""
    for key in profile.table.foreign_keys:
        column, target = key.columns[0], f"{key.table.removeprefix('public.')}.{key.table_columns[0]}"
        if (
            len(key.columns) == 1
            and key.table.startswith("public.")
            and ("refers", column) not in profile.known
        ):
            rule = _ours(f"orphaned_{column.removesuffix('_id')}", f"{column} names a row that exists.")
            yield Suggestion(
                None,
                {**rule, "implementation": {"refers": {"column": column, "to": target}}},
                f"foreign key {key.name} proves it",
            )


def suggest_values(column: str, values: Sequence[str]) -> Suggestion | None:
    """A set of values, none of which fewer than `CELL` rows have."""
    if not values:
        return None
    rule = _rule(f"valid_{column}", f"{column} is a value that is known.", "invalidValues")
    return Suggestion(
        column,
        {**rule, "arguments": {"validValues": sorted(values)}, "mustBe": 0},
        f"{len(values)} values, each of {CELL} rows or more",
    )


def suggest_range(column: str, low: float, high: float) -> Suggestion:
    """A range around everything there is; its ends are round numbers, not values."""
    bottom, top = (0 if low >= 0 else -_round_up(-low)), _round_up(high)
    rule = _ours(f"plausible_{column}", f"{column} lies between {bottom:g} and {top:g}.")
    predicate = f"{ident(column)} < {bottom:g} or {ident(column)} > {top:g}"
    return Suggestion(None, {**rule, "implementation": {"fails_when": predicate}}, "ends rounded outwards")


def render_suggestions(suggestions: Sequence[Suggestion]) -> str:
    """As YAML for a contract's `quality`, with the evidence above each rule."""
    parts = []
    for suggestion in suggestions:
        place = f"at the column {suggestion.column}" if suggestion.column else "at the table"
        rule = yaml.safe_dump([dict(suggestion.rule)], sort_keys=False, width=100, allow_unicode=True)
        parts.append(f"# {place}: {suggestion.evidence}\n{rule}")
    return "\n".join(parts)


def _known(contract: Contract) -> Iterator[object]:
    for _, column, rule in contract.locate_rules():
        spec = rule.spec(column.name if column else None) if rule.is_ours else None
        match spec:
            case Complete(columns=columns):
                yield from (("complete", name) for name in columns)
            case Unique(columns=(name,)):
                yield "unique", name
            case Accepted(column=name):
                yield "accepted", name
            case Refers(column=name):
                yield "refers", name
            case FailsWhen(predicate=predicate):
                yield from (("predicate", part.strip()) for part in re.split(r"\bor\b", predicate))


def _ask(profile: Profile, column: LiveColumn) -> Iterator[Question]:
    name, said = ident(column.name), profile.known
    if column.is_nullable and ("complete", column.name) not in said:
        rule = {**_rule(f"{column.name}_missing", f"{column.name} is known.", "nullValues"), "mustBe": 0}
        yield Question(rule, column.name, f"{name} is null", evidence="none is null")
    if _may_be_key(profile.table, column) and ("unique", column.name) not in said:
        rule = _rule(f"unique_{column.name}", f"No two rows share {column.name}.", "duplicateValues")
        yield Question(
            {**rule, "mustBe": 0}, column.name, f"distinct {name}", f"{name} is not null", "all differ"
        )
    for word, predicate, means in _boundaries(column, name):
        if ("predicate", predicate) not in said:
            rule = {**_ours(f"{column.name}_{word}", means), "implementation": {"fails_when": predicate}}
            yield Question(rule, None, predicate, f"{name} is not null")


def _boundaries(column: LiveColumn, name: str) -> Iterator[tuple[str, str, str]]:
    if column.type.startswith("timestamp") or column.type == "date":
        now = "current_date" if column.type == "date" else "now()"
        yield "in_future", f"{name} > {now}", f"{column.name} is not in the future."
    elif _is_number(column):
        yield "negative", f"{name} < 0", f"{column.name} is not negative."
    elif _is_text(column):
        yield "blank", f"btrim({name}) = ''", f"{column.name} is not blank."


def _ask_order(profile: Profile) -> Iterator[Question]:
    names = {column.name for column in profile.table.columns}
    for start in sorted(names):
        end = start.replace("started", "ended") if "started" in start else start.replace("start", "end")
        predicate = f"{ident(end)} < {ident(start)}"
        if end != start and end in names and ("predicate", predicate) not in profile.known:
            rule = {**_ours(f"{end}_before_{start}", f"{end} is not before {start}."), "implementation": {}}
            rule["implementation"] = {"fails_when": predicate}
            yield Question(rule, None, predicate, f"num_nulls({ident(start)}, {ident(end)}) = 0")


def _may_be_key(table: LiveTable, column: LiveColumn) -> bool:
    referring = any(column.name in key.columns for key in table.foreign_keys)
    is_key = table.primary_key == (column.name,)
    return column.type.startswith(_KEYS) and not column.type.endswith("[]") and not referring and not is_key


def _is_number(column: LiveColumn) -> bool:
    return column.type.startswith(_NUMBERS) and not column.type.endswith("[]")


def _is_text(column: LiveColumn) -> bool:
    return column.type.startswith(("text", "character")) and not column.type.endswith("[]")


def _rule(name: str, description: str, metric: str) -> dict[str, Any]:
    return {"name": name[:63], "metric": metric, **_said(description)}


def _ours(name: str, description: str) -> dict[str, Any]:
    return {"name": name[:63], "type": "custom", "engine": "mentalspace", **_said(description)}


def _said(description: str) -> dict[str, Any]:
    remediation = {"property": "remediation", "value": "Correct the row."}
    return {"severity": "medium", "description": description, "customProperties": [remediation]}


def _round_up(number: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50, …"""
    power = 1.0
    while True:
        for step in (1, 2, 5):
            if number <= step * power:
                return step * power
        power *= 10
