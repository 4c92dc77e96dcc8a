"""Who locks a note while it is co-signed waits for what is said."""

from __future__ import annotations

import asyncio

import psycopg
import pytest
from tests.database.raci.practice import Practice, open_practice
from tests.database.raci.test_locked_notes import COSIGN, LOCK, PENDING, add_note, add_trainee
from tests.outbox import until
from tests.people import act_as

from mentalspace.database.connection import Connection, connect

BLOCKED = "select pg_catalog.pg_blocking_pids(%s) <> '{}' as it"


async def is_blocked(watcher: Connection, session: Connection) -> bool:
    row = await (await watcher.execute(BLOCKED.encode(), (session.info.backend_pid,))).fetchone()
    return bool(row and row["it"])


@pytest.mark.parametrize("ends", ["commit", "rollback"])
async def test_a_lock_waits_for_the_cosignature_that_is_being_given(
    connection: Connection, database_url: str, ends: str
) -> None:
    """It counts if it stays, and only then."""
    practice: Practice = await open_practice(connection)
    await add_trainee(practice)
    note, supervisor = await add_note(practice, "trainee", PENDING), practice.people["supervisor"]
    async with connect(database_url) as cosigning, connect(database_url) as locking:
        for session in (cosigning, locking):
            await session.execute("begin")
            await act_as(session, supervisor)
        assert (await cosigning.execute(COSIGN.encode())).rowcount == 1
        locked = asyncio.create_task(locking.execute(LOCK.encode(), (note,)))
        await until(lambda: is_blocked(connection, locking))
        await cosigning.execute(ends.encode())
        if ends == "commit":
            assert (await locked).rowcount == 1
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await locked
        await locking.execute("rollback")
