"""What people of a small practice get, are refused, and leave behind."""

from __future__ import annotations

from typing import Any

from tests.database.raci.practice import Practice
from tests.people import acting_as, keep_as, refused


async def fetch(practice: Practice, person: str | None, statement: str, *values: Any) -> list[dict[str, Any]]:
    """Rows that this person gets; rolled back."""
    async with acting_as(practice.connection, practice.people[person] if person else None) as session:
        return await (await session.execute(statement.encode(), values)).fetchall()


async def refuse(practice: Practice, person: str, statement: str, *values: Any) -> str:
    """What this person is told: the database refuses."""
    async with acting_as(practice.connection, practice.people[person]) as session, refused(session) as caught:
        await session.execute(statement.encode(), values)
    return str(caught.value)


async def keep(practice: Practice, person: str, statement: str, *values: Any) -> int:
    """Run a statement as this person, and let it stay: how many rows."""
    cursor = await keep_as(practice.connection, practice.people[person], statement, *values)
    return cursor.rowcount
