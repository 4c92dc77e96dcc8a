"""A small practice with somebody who answers for security, and for privacy."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from tests.conftest import Server
from tests.database.raci.practice import Practice, open_practice

from mentalspace.database.connection import Connection, connect


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened_practice(server: Server, migrated_template: str) -> AsyncIterator[Practice]:
    async with server.cloned(migrated_template) as url, connect(url) as connection:
        yield await open_guarded_practice(connection)


@pytest_asyncio.fixture(loop_scope="module")
async def practice(opened_practice: Practice) -> AsyncIterator[Practice]:
    """A practice in a transaction, of which nothing stays."""
    async with opened_practice.lent() as practice:
        yield practice


async def open_guarded_practice(connection: Connection) -> Practice:
    """The small practice, with notes of the colleague and whoever answers for security and privacy."""
    practice = await open_practice(connection)
    await practice.add_person("trainee", "associate_trainee")
    await practice.add_person("no_role")
    for name, position in (("guard", "security_administrator"), ("officer", "privacy_officer")):
        await practice.add_person(name, "front_desk")
        await connection.execute(
            "insert into governance.position_holders (position, user_id) values (%s, %s)",
            (position, practice.people[name]),
        )
    await practice.add_client("neighbour", therapist="colleague")
    for client in ("of_colleague", "neighbour"):
        await practice.add_note(client, "colleague")
        await practice.add_appointment(client, "colleague")
    return practice
