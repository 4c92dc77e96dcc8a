"""What a check asks, what proves it, and how Postgres would answer. Reads no rows."""

from __future__ import annotations

from typing import Any

import psycopg
from pydantic import BaseModel, ConfigDict

from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.errors import InputError

queries = load_queries(__package__ or "")


class Explanation(BaseModel):
    """One check of the registry, and what this database makes of it now."""

    model_config = ConfigDict(frozen=True)

    check: str
    title: str
    description: str
    business_impact: str
    remediation: str
    severity: str
    owner: str
    threshold: float
    unit: str
    kind: str
    statement: str
    proof: str | None
    plan: str | None
    contract_version: str


async def explain_check(connection: Connection, name: str) -> Explanation:
    """Explain `<table>.<rule>`. Raises `InputError` naming what there is."""
    row = await fetch_check(connection, name)
    proof = await _find_proof(connection, row)
    return Explanation(
        check=f"{row['table_name'].removeprefix('public.')}.{row['name']}",
        proof=proof,
        plan=None if proof else await _find_plan(connection, row["statement"]),
        **{field: row[field] for field in Explanation.model_fields if field in row and field != "proof"},
    )


async def fetch_check(connection: Connection, name: str) -> dict[str, Any]:
    """A check of the registry by `<table>.<rule>`. Raises `InputError` naming what there is."""
    row = await (await connection.execute(queries["find_check"], {"name": name})).fetchone()
    if row is None:
        raise InputError(await _suggest(connection, name))
    return row


async def _find_proof(connection: Connection, row: dict[str, Any]) -> str | None:
    values = {"table": row["table_name"], "name": row["name"]}
    try:
        found = await (await connection.execute(queries["prove_check"], values)).fetchone()
    except psycopg.Error:
        return None
    return found["proof"] if found else None


async def _find_plan(connection: Connection, statement: str) -> str | None:
    try:
        # The registry's own SQL, guarded when it was compiled; planned, not run.
        rows = await (await connection.execute(f"explain (costs off) {statement}".encode())).fetchall()
    except psycopg.Error as error:
        return f"cannot be planned: SQLSTATE {error.sqlstate}"
    return "\n".join(row["QUERY PLAN"] for row in rows)


async def _suggest(connection: Connection, name: str) -> str:
    from difflib import get_close_matches

    rows = await (await connection.execute(queries["list_checks"], {"table": None})).fetchall()
    known = [f"{row['table_name'].removeprefix('public.')}.{row['name']}" for row in rows]
    near = get_close_matches(name, known, n=3) or [each for each in known if name in each][:5]
    return (
        f"no check {name}; did you mean {' or '.join(near)}?"
        if near
        else f"no check {name}; see quality show"
    )
