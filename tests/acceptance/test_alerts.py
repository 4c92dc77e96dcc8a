"""`mentalspace alerts`."""

from __future__ import annotations

import json

from tests.acceptance.conftest import Cli

from mentalspace.alerts import Alert, Severity
from mentalspace.alerts.ladder import raise_alert
from mentalspace.database.connection import Connection


async def test_listed_acknowledged_resolved(connection: Connection, database_url: str, cli: Cli) -> None:
    alert = Alert(key="test:a.b:c", metric="test", value=1, severity=Severity.high, message="a test")
    await raise_alert(connection, alert)
    at = ("--database-url", database_url)
    listed = await cli("alerts", "list", *at)
    assert (listed.code, "a test" in listed.out) == (1, True)
    nobody = ("--by", "nobody@mentalspace.example")
    assert (await cli("alerts", "ack", "test:a.b:c", *nobody, *at)).code == 2
    acknowledged = await cli("alerts", "ack", "test:a.b:c", *at)
    assert (acknowledged.code, acknowledged.out) == (0, "acknowledged\n")
    assert (await cli("alerts", "ack", "test:a.b:c", *at)).code == 2
    listed = await cli("alerts", "list", "--json", *at)
    assert (listed.code, [each["status"] for each in json.loads(listed.out)]) == (0, ["acknowledged"])
    assert (await cli("alerts", "resolve", "test:a.b:c", *at)).code == 0
    listed = await cli("alerts", "list", *at)
    assert (listed.code, listed.out) == (0, "✓ no alerts\n")
