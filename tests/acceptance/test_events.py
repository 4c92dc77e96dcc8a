"""The outbox from the command line: what waits and what died, tried again, let go."""

from __future__ import annotations

import json

from tests.acceptance.conftest import Cli
from tests.outbox import record

from mentalspace.database.connection import Connection

DIE = "update governance.events set died_at = now(), attempts = 8 where row_key <> 'alive'"


async def test_dead_ones_are_tried_again_or_dropped(
    cli: Cli, database_url: str, connection: Connection
) -> None:
    where = ("--database-url", database_url)

    async def find(*options: str) -> dict[str, int]:
        ended = await cli("events", "list", "--json", *options, *where)
        assert ended.code == 0
        return {entry["row_key"]: entry["event_id"] for entry in json.loads(ended.out)}

    await record(connection, "alive", "one", "other")
    await connection.execute(DIE)
    shown = await cli("events", "list", "--state", "dead", *where)
    assert (shown.code, "2 events" in shown.out, "1 waiting" in shown.out) == (0, True, True)
    known = await find()
    retried = await cli("events", "retry", str(known["one"]), *where)
    assert (retried.code, retried.out) == (0, "1 events tried again\n")
    assert (await find("--state", "dead")).keys() == {"other"}
    spared = await cli("events", "drop", str(known["alive"]), "--json", *where)
    assert (spared.code, json.loads(spared.out)) == (0, [])
    dropped = await cli("events", "drop", "--all", "--json", *where)
    assert (dropped.code, json.loads(dropped.out)) == (0, [known["other"]])
    assert (await find()).keys() == {"alive", "one"}


async def test_what_is_not_said_is_asked_for(cli: Cli, database_url: str) -> None:
    for arguments, word in (
        (("list", "--state", "gone"), "pending, retrying, dead, consumed"),
        (("retry",), "--all"),
        (("drop", "1", "--all"), "--all"),
    ):
        ended = await cli("events", *arguments, "--database-url", database_url)
        assert (ended.code, ended.out) == (2, "")
        assert word in ended.err
