"""What a check asks, what proves it, and how Postgres would answer. Reads no rows."""

from __future__ import annotations

from typing import Any

import psycopg
from pydantic import AwareDatetime, BaseModel, ConfigDict

from mentalspace.database.connection import Connection
from mentalspace.database.queries import load_queries
from mentalspace.errors import InputError
from mentalspace.quality.check import Incremental
from mentalspace.quality.describe import say_incremental
from mentalspace.quality.result import Way

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
    way: Way
    """How the next pass answers it, once all its rows have been read."""
    because: str
    read_at: AwareDatetime | None
    """When all rows were last read; None if what was known since then is not to be relied on."""
    plan: str | None
    contract_version: str


async def explain_check(connection: Connection, name: str) -> Explanation:
    """Explain `<table>.<rule>`. Raises `InputError` naming what there is."""
    row = await fetch_check(connection, name)
    proof = await _find_proof(connection, row)
    values = {"table": row["table_name"], "name": row["name"]}
    known = await (await connection.execute(queries["find_way"], values)).fetchone() or {}
    way, because = _find_way(row, proof, known.get("full_because"))
    return Explanation(
        check=f"{row['table_name'].removeprefix('public.')}.{row['name']}",
        proof=proof,
        way=way,
        because=because,
        read_at=known["verified_at"] if known.get("is_known") else None,
        plan=None if proof else await _find_plan(connection, row["statement"]),
        **{field: row[field] for field in Explanation.model_fields if field in row and field != "proof"},
    )


async def fetch_check(connection: Connection, name: str) -> dict[str, Any]:
    """A check of the registry by `<table>.<rule>`. Raises `InputError` naming what there is."""
    row = await (await connection.execute(queries["find_check"], {"name": name})).fetchone()
    if row is None:
        raise InputError(await _suggest(connection, name))
    return row


def _find_way(row: dict[str, Any], proof: str | None, full_because: str | None) -> tuple[Way, str]:
    if proof:
        return Way.proved, f"proved by {proof}; no row is read"
    if full_because:
        return Way.full, f"all rows each time: {full_because}"
    return Way.incremental, say_incremental(Incremental.model_validate(row["incremental"]))


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
