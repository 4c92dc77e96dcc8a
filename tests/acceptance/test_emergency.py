"""Emergency accesses from the command line: listed without reasons, ended, reviewed by who may."""

from __future__ import annotations

import json

from tests.acceptance.conftest import Cli
from tests.people import act_as

from mentalspace.database.connection import Connection, fetch_row

OFFICER = "supervisor.two@mentalspace.example"
REASON = "Caller at risk, nobody else is there"
THERAPIST = "select id from public.profiles where email = 'therapist@mentalspace.example'"
CLIENT = "select id from public.clients order by id limit 1"
BREAK = "select * from public.break_glass(%(reason)s, %(client)s)"
LATE = """
update governance.emergency_accesses
set began_at = began_at - interval '80 hours', expires_at = expires_at - interval '80 hours',
  ended_at = ended_at - interval '80 hours'
"""


async def test_listed_ended_reviewed(
    cli: Cli, seeded_database_url: str, seeded_connection: Connection
) -> None:
    connection, where = seeded_connection, ("--database-url", seeded_database_url)
    therapist, client = await fetch_row(connection, THERAPIST), await fetch_row(connection, CLIENT)
    async with connection.transaction():
        await act_as(connection, therapist["id"])
        opened = await fetch_row(connection, BREAK, {"reason": REASON, "client": client["id"]})
    access = str(opened["id"])
    listed = await cli("admin", "emergency", "list", *where)
    assert (listed.code, access in listed.out, REASON in listed.out) == (0, True, False)
    early = await cli("admin", "emergency", "review", access, "--by", OFFICER, "--justified", *where)
    assert (early.code, early.out) == (3, "")
    ended = await cli("admin", "emergency", "end", access, *where)
    assert (ended.code, ended.out) == (0, "ended\n")
    assert (await cli("admin", "emergency", "end", access, *where)).code == 2

    await connection.execute(LATE)
    late = await cli("admin", "emergency", "list", "--reasons", "--json", *where)
    assert (late.code, json.loads(late.out)[0]["reason"]) == (1, REASON)
    stranger = ("--by", "front.desk@mentalspace.example", "--justified")
    refused = await cli("admin", "emergency", "review", access, *stranger, *where)
    assert (refused.code, "name with --by" in refused.err) == (3, True)
    reviewed = await cli("admin", "emergency", "review", access, "--by", OFFICER, "--not-justified", *where)
    assert (reviewed.code, reviewed.out) == (0, "not justified\n")
    assert (await cli("admin", "emergency", "list", "--json", *where)).out.strip() == "[]"
