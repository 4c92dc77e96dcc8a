"""Random histories of tables: what people, programs and time do to rows, on two connections.

Rows are made from the contracts: keys from a small pool that all tables share, so that rows refer to each
other; words that the rules know; times around the boundaries that the rules draw.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any

import psycopg
from hypothesis import strategies as st
from psycopg import sql
from sqlglot import exp

from mentalspace.contracts.contract import Column, Table
from mentalspace.contracts.guard import parse_condition
from mentalspace.contracts.physical_types import canonical_type
from mentalspace.database.connection import Connection
from mentalspace.quality.check import CheckSpec

NOW = datetime(2026, 11, 1, 4, 30, tzinfo=UTC)  # a night on which clocks are set back
KEYS = 8
OURS, THEIRS = (
    range(5),
    range(5, KEYS),
)  # rows of the one connection, and of the one with the open transaction
HOURS = (-90 * 24, -15 * 24, -14 * 24, -8 * 24, -7 * 24, -121, -120, -73, -72, -49, -48, -25, -24, -2, -1)
OFFSETS = (*HOURS, 0, 1, 2, 23, 24, 25, 72)
STEPS = tuple(timedelta(minutes=minutes) for minutes in (7, 30, 60, 24 * 60, 72 * 60, 31 * 24 * 60))

KINDS = ("insert", "insert", "insert", "update", "update", "delete", "rekey", "truncate")
_events = st.one_of(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 2**32)),
    st.tuples(st.sampled_from(("time", "begin", "commit", "rollback", "undone", "pass")), st.integers(0, 99)),
)
histories = st.lists(_events, min_size=3, max_size=24)


@dataclass(repr=False)
class World:
    """Tables that change, by contract, and the time that passes there."""

    tables: Sequence[Table]
    checks: Sequence[CheckSpec]
    generated: frozenset[tuple[str, str]] = frozenset()
    enums: dict[str, list[str]] = field(default_factory=dict)
    clock: datetime = NOW

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        """Hypothesis prints arguments; contracts are long."""
        printer.text(f"<World of {len(self.tables)} tables>")

    @cached_property
    def words(self) -> dict[str, list[str]]:
        """What rules compare a column of that name with."""
        found: dict[str, set[str]] = {}
        for check in self.checks:
            tree = parse_condition(check.predicate or "true")
            for literal in tree.find_all(exp.Literal):
                if literal.is_string and (column := _column_beside(literal)):
                    found.setdefault(column, set()).add(literal.name)
        return {name: sorted(words) for name, words in found.items()}

    def statement(self, kind: str, seed: int, keys: range) -> sql.Composed:
        """A change of rows with these keys."""
        random = Random(seed)  # noqa: S311  (repeats itself)
        table = random.choice(self.tables)
        name = sql.Identifier(table.schema_name, table.name)
        match kind:
            case "insert":
                return self._insert(table, name, random, keys)
            case "update":
                columns = random.sample(self._changeable(table), k=1)
                return sql.SQL("update {} set {} where {}").format(
                    name, self._assign(columns, random), _some(table, random, keys)
                )
            case "rekey":
                key = [column for column in table.columns if column.name in table.primary_key][:1]
                return sql.SQL("update {} set {} where {}").format(
                    name, self._assign(key, random, keys), _one(table, random, keys)
                )
            case "delete":
                return sql.SQL("delete from {} where {}").format(name, _some(table, random, keys))
            case _:
                return sql.SQL("truncate {}").format(name)

    def _insert(self, table: Table, name: sql.Identifier, random: Random, keys: range) -> sql.Composed:
        columns = [column for column in table.columns if (table.name, column.name) not in self.generated]
        rows = [
            sql.SQL("({})").format(
                sql.SQL(", ").join(
                    sql.Literal(self._value(table, column, random, keys)) for column in columns
                )
            )
            for _ in range(random.randint(1, 4))
        ]
        return sql.SQL("insert into {} ({}) values {} on conflict do nothing").format(
            name,
            sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
            sql.SQL(", ").join(rows),
        )

    def _changeable(self, table: Table) -> list[Column]:
        return [
            column
            for column in table.columns
            if column.name not in table.primary_key and (table.name, column.name) not in self.generated
        ]

    def _assign(self, columns: Iterable[Column], random: Random, keys: range | None = None) -> sql.Composed:
        parts = [
            sql.SQL("{} = {}").format(
                sql.Identifier(column.name), sql.Literal(self._value(None, column, random, keys))
            )
            for column in columns
        ]
        return sql.SQL(", ").join(parts)

    def _value(self, table: Table | None, column: Column, random: Random, keys: range | None) -> Any:
        kind = canonical_type(column.physical_type)
        if keys and (table is None or column.name in table.primary_key):
            return _key(kind, random.choice(keys))
        if random.random() < (0.75 if column.name in ("deleted_at", "gone") else 0.12):
            return None
        return self._plausible(kind, column.name, random)

    def _plausible(self, kind: str, name: str, random: Random) -> Any:
        if kind in self.enums:
            return random.choice(self.enums[kind])
        match kind.partition("(")[0]:
            case "uuid" | "integer" | "bigint" | "smallint":
                return _key(kind, random.randrange(KEYS) if kind == "uuid" else random.randrange(-1, 4))
            case "timestamp with time zone":
                minutes = random.choice((-1, 0, 0, 1, 20))
                return self.clock + timedelta(hours=random.choice(OFFSETS), minutes=minutes)
            case "date":
                days = random.choice((-31, -30, -29, -1, 0, 0, 1, 2, -121 * 366))
                return (self.clock + timedelta(days=days)).date()
            case "boolean":
                return random.random() < 0.5
            case "numeric" | "real" | "double precision":
                return random.choice((-1, 0, 0.5, 1, 120))
            case "jsonb" | "json":
                return json.dumps(random.choice(({}, [], {"a": 1}, ["+1 212 555 0100"])))
            case "text" | "character varying":
                return random.choice((*self.words.get(name, ()), "k1", "k6", "other"))
            case other:
                return "{}" if other.endswith("[]") else None


@dataclass(repr=False)
class Player:
    """Plays a history: one connection commits at once, the other holds a transaction open for a while."""

    world: World
    ours: Connection
    theirs: Connection
    is_open: bool = False

    async def play(self, kind: str, number: int) -> None:
        """What is refused, as a key that is taken, has not happened."""
        undone = KINDS[number % len(KINDS)]
        match kind:
            case "time":
                self.world.clock += STEPS[number % len(STEPS)]
            case "begin" | "commit" | "rollback":
                await self._turn(kind)
            case "truncate" if self.is_open or number % 5:
                pass  # it waits for the open transaction, and would be most of what happens
            case "undone" if self.is_open and undone == "truncate":
                pass  # it would wait too, and for ever
            case "undone":
                async with self.ours.transaction(force_rollback=True):
                    await self._change(self.ours, undone, number, OURS)
            case "pass":
                pass
            case _ if self.is_open and number % 2:
                await self._change(self.theirs, kind, number, THEIRS)
            case _:
                await self._change(self.ours, kind, number, OURS)

    async def _turn(self, word: str) -> None:
        if self.is_open == (word != "begin"):
            await self.theirs.execute(word.encode())
            self.is_open = word == "begin"

    async def _change(self, connection: Connection, kind: str, seed: int, keys: range) -> None:
        try:
            async with connection.transaction():
                await connection.execute(self.world.statement(kind, seed, keys))
        except psycopg.errors.UniqueViolation:
            return

    async def end(self) -> None:
        if self.is_open:
            await self._turn("commit")


def _key(kind: str, number: int) -> Any:
    if kind == "uuid":
        return f"00000000-0000-4000-8000-00000000000{number}"
    return number if kind in ("integer", "bigint", "smallint") else f"k{number}"


def _some(table: Table, random: Random, keys: range) -> sql.Composed:
    return _where(table, random.sample(keys, k=random.randint(1, len(keys))))


def _one(table: Table, random: Random, keys: range) -> sql.Composed:
    return _where(table, [random.choice(keys)])


def _where(table: Table, numbers: Sequence[int]) -> sql.Composed:
    """Rows by their first key column; composite keys share theirs."""
    name = table.primary_key[0]
    column = table.column(name)
    kind = canonical_type(column.physical_type) if column else "text"
    values = sql.SQL(", ").join(sql.Literal(_key(kind, number)) for number in numbers)
    return sql.SQL("{} in ({})").format(sql.Identifier(name), values)


def _column_beside(literal: exp.Expr) -> str | None:
    node: exp.Expr | None = literal.parent
    while node is not None and not isinstance(node, exp.EQ | exp.NEQ | exp.In | exp.Not):
        if isinstance(node, exp.Query | exp.Interval):
            return None
        node = node.parent
    column = node.find(exp.Column) if node is not None else None
    return column.name if column else None
