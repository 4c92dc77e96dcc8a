"""Ask a table what rules it would pass. Read-only; counts rows, and reads values of open columns alone.

See `suggestion.py` for what is open. The database itself withholds a set of values that has a rare one.
"""

from __future__ import annotations

from collections.abc import Sequence

from psycopg import sql

from mentalspace.catalog.reading import fetch_table
from mentalspace.contracts.contract import Contract
from mentalspace.database.connection import Connection, fetch_row
from mentalspace.database.queries import load_queries
from mentalspace.quality.suggestion import (
    CELL,
    MOST_VALUES,
    Profile,
    Question,
    Suggestion,
    find_questions,
    judge,
    make_profile,
    suggest_range,
    suggest_references,
    suggest_values,
)

queries = load_queries(__package__ or "")


async def find_suggestions(
    connection: Connection, table: str, contract: Contract | None, timeout_seconds: float = 60
) -> list[Suggestion]:
    """Rules that the rows in use pass and the contract does not have, most particular last."""
    profile = make_profile(await fetch_table(connection, table), contract)
    async with connection.transaction():
        await connection.execute(queries["begin_reading"])
        await connection.execute(queries["limit_time"], {"timeout": f"{int(timeout_seconds * 1000)}ms"})
        await connection.execute(queries["see_every_row"])
        return [
            *suggest_references(profile),
            *await _count(connection, profile),
            *await _find_sets(connection, profile),
            *await _find_ranges(connection, profile),
        ]


async def _count(connection: Connection, profile: Profile) -> list[Suggestion]:
    questions = find_questions(profile)
    if not questions:
        return []
    counts = [part for question in questions for part in _counts(question)]
    numbers = list((await fetch_row(connection, _select(profile, counts))).values())
    answers = zip(questions, numbers[::2], numbers[1::2], strict=True)
    found = (judge(question, rows, wrong) for question, rows, wrong in answers)
    return [suggestion for suggestion in found if suggestion]


def _counts(question: Question) -> tuple[sql.Composable, sql.Composable]:
    rows = sql.SQL("count(*) filter (where {})").format(_trusted(question.among))
    if question.predicate.startswith("distinct "):
        return rows, sql.SQL("{} - count({})").format(rows, _trusted(question.predicate))
    return rows, sql.SQL("count(*) filter (where {})").format(_trusted(question.predicate))


async def _find_sets(connection: Connection, profile: Profile) -> list[Suggestion]:
    found = []
    for column in profile.value_columns:
        statement = sql.SQL(queries["list_common_values"]).format(
            column=sql.Identifier(column), relation=_relation(profile), live=_live(profile)
        )
        rows = await connection.execute(statement, {"cell": CELL, "most": MOST_VALUES})
        found.append(suggest_values(column, [row["value"] for row in await rows.fetchall()]))
    return [suggestion for suggestion in found if suggestion]


async def _find_ranges(connection: Connection, profile: Profile) -> list[Suggestion]:
    columns = profile.range_columns
    if not columns:
        return []
    ends = [
        sql.SQL("case when count({0}) >= {1} then {2}({0})::float8 end").format(
            sql.Identifier(column), sql.Literal(CELL), sql.SQL(word)
        )
        for column in columns
        for word in ("min", "max")
    ]
    numbers = list((await fetch_row(connection, _select(profile, ends))).values())
    pairs = zip(columns, numbers[::2], numbers[1::2], strict=True)
    return [suggest_range(column, low, high) for column, low, high in pairs if low is not None]


def _select(profile: Profile, parts: Sequence[sql.Composable]) -> sql.Composed:
    named = [sql.SQL("{} as {}").format(part, sql.Identifier(f"n{i}")) for i, part in enumerate(parts)]
    return sql.SQL("select {} from {} where {}").format(
        sql.SQL(", ").join(named), _relation(profile), _live(profile)
    )


def _relation(profile: Profile) -> sql.Identifier:
    return sql.Identifier(profile.table.schema_name, profile.table.name)


def _live(profile: Profile) -> sql.SQL:
    live = profile.contract.table.live if profile.contract else None
    return _trusted(live or "true")


def _trusted(text: str) -> sql.SQL:
    """SQL made of names of the catalog, or guarded when the contract was read: never of values."""
    return sql.SQL(text)
