"""Rows removed by rule, and what is left of them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from tests.charts import Chart

from mentalspace.database.connection import Connection, fetch_row
from mentalspace.retention.applying import apply_retention, queries
from mentalspace.retention.run import Origin

LONG_AGO = date(2001, 5, 5)
SOFT = ("clients", "clinical_notes", "appointments", "charge_entries", "insurance_claims", "payment_records")
TABLES = (*SOFT, "api_logs", "phi_access_logs")


async def apply(connection: Connection, **options: Any) -> dict[str, int]:
    run = await apply_retention(connection, Origin.command, **options)
    return {removal.data_type: removal.removed for removal in run.removals if removal.removed}


async def state(connection: Connection) -> dict[str, set[tuple[str, bool]]]:
    """The rows of every table with a rule, and whether they are deleted."""
    found = {}
    for table in TABLES:
        deleted = "deleted_at is not null" if not table.endswith("logs") else "false"
        cursor = await connection.execute(f"select id::text, {deleted} as deleted from public.{table}")
        found[table] = {(row["id"], row["deleted"]) for row in await cursor.fetchall()}
    return found


async def is_deleted(connection: Connection, table: str, key: UUID) -> bool:
    cursor = await connection.execute(f"select deleted_at from public.{table} where id = %s", (key,))
    row = await cursor.fetchone()
    assert row
    return row["deleted_at"] is not None


async def find(connection: Connection, data_type: str) -> dict[str, Any]:
    """The rows due, as a batch for `remove`."""
    cursor = await connection.execute(queries["find_due_rows"], {"data_type": data_type, "most": 100})
    rows = await cursor.fetchall()
    return {
        "data_type": data_type,
        "relations": [row["relation"] for row in rows],
        "places": [row["place"] for row in rows],
    }


async def remove(connection: Connection, batch: dict[str, Any]) -> int:
    run = await fetch_row(connection, queries["begin_run"], {"origin": "command"})
    removed = await fetch_row(connection, queries["remove_due_rows"], batch | {"run_id": run["id"]})
    number: int = removed["removed"]
    return number


async def whole_chart(chart: Chart) -> UUID:
    """A client discharged long ago: an appointment, its note and charge, what was claimed and paid."""
    client = await chart.discharged(LONG_AGO)
    appointment = await chart.appointment(client, LONG_AGO)
    note = await chart.note(client, appointment_id=appointment)
    claim = await chart.claim(client, LONG_AGO)
    links = {"appointment_id": appointment, "note_id": note, "claim_id": claim}
    charge = await chart.charge(client, LONG_AGO, **links)
    await chart.payment(client, LONG_AGO, charge_id=charge, claim_id=claim)
    return client


async def left(connection: Connection) -> int:
    number: int = (await fetch_row(connection, "select count(*) as number from public.api_logs"))["number"]
    return number
