"""Callers are granted exactly what a task needs, and what the short list says."""

from __future__ import annotations

from tests.database.raci.privileges import find_wrong_privileges

from mentalspace.database.connection import Connection


async def test_callers_are_granted_what_the_documents_say(connection: Connection) -> None:
    assert await find_wrong_privileges(connection) == []
