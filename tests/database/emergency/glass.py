"""People who open a chart in an emergency, end it and review it, as the API lets them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg
from tests.database.raci.practice import Practice
from tests.people import acting_as, keep_as, refused

REASON = "Caller at risk, nobody else is there"
BREAK = "select * from public.break_glass(%s, %s)"
END = "select public.end_emergency_access(%s) as ended"
REVIEW = "select public.review_emergency_access(%s, %s)"
LIST = "select * from public.list_emergency_accesses()"
NOTES = "select id from public.clinical_notes"


async def keep(practice: Practice, person: str, statement: str, *values: Any) -> list[dict[str, Any]]:
    """Run a statement as this person over the API's role, and let it stay."""
    cursor = await keep_as(practice.connection, practice.people[person], statement, *values)
    return await cursor.fetchall()


async def refuse(practice: Practice, person: str, statement: str, *values: Any) -> psycopg.errors.Diagnostic:
    """What this person is told: the database refuses."""
    async with (
        acting_as(practice.connection, practice.people[person]) as session,
        refused(session, psycopg.Error) as caught,
    ):
        await session.execute(statement.encode(), values)
    return caught.value.diag


async def open_chart(practice: Practice, person: str = "therapist", client: str = "of_colleague") -> UUID:
    (opened,) = await keep(practice, person, BREAK, REASON, practice.clients[client])
    assert opened["expires_at"] > datetime.now(UTC)
    row: UUID = opened["id"]
    return row


async def change(practice: Practice, statement: str, *values: Any) -> None:
    """As the system."""
    await practice.connection.execute(statement.encode(), values)


async def expire(practice: Practice) -> None:
    await change(
        practice,
        "update governance.emergency_accesses set began_at = began_at - interval '2 hours', "
        "expires_at = expires_at - interval '2 hours'",
    )
