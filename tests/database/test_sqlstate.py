"""What Postgres refuses, in our errors: no value of a row passes through."""

from __future__ import annotations

import pytest

from mentalspace.database.connection import connect
from mentalspace.database.sqlstate import DatabaseError

SECRET = "1980-13-99"


async def execute(url: str, statement: str) -> None:
    async with connect(url) as connection:
        await connection.execute("create temporary table kept (value text primary key)")
        cursor = await connection.execute(statement.encode())
        if cursor.description:
            await cursor.fetchall()


@pytest.mark.parametrize(
    ("statement", "sqlstate"),
    [
        (f"select '{SECRET}'::date", "22008"),
        (f"select '{SECRET}'::uuid", "22P02"),
        ("select 'infinity'::timestamptz", "22008"),
        (f"do $$ begin raise exception 'refused' using detail = '{SECRET}'; end $$", "P0001"),
        (f"insert into kept values ('{SECRET}'), ('{SECRET}')", "23505"),
    ],
)
async def test_no_value_passes(empty_database_url: str, statement: str, sqlstate: str) -> None:
    with pytest.raises(DatabaseError) as caught:
        await execute(empty_database_url, statement)
    assert caught.value.sqlstate == sqlstate
    assert SECRET not in str(caught.value)
