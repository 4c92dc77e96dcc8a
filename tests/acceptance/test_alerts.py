"""`mentalspace alerts` as a process."""

from __future__ import annotations

import json

from tests.acceptance.test_jobs import call

from mentalspace.alerts import Alert, Severity
from mentalspace.alerts.ladder import raise_alert
from mentalspace.database.connection import Connection


async def test_listed_acknowledged_resolved(connection: Connection, database_url: str) -> None:
    alert = Alert(key="test:a.b:c", metric="test", value=1, severity=Severity.high, message="a test")
    await raise_alert(connection, alert)
    at = ("--database-url", database_url)
    code, out, _ = await call("alerts", "list", *at)
    assert (code, "a test" in out) == (1, True)
    assert (await call("alerts", "ack", "test:a.b:c", "--by", "nobody@mentalspace.example", *at))[0] == 2
    assert (await call("alerts", "ack", "test:a.b:c", *at))[:2] == (0, "acknowledged\n")
    assert (await call("alerts", "ack", "test:a.b:c", *at))[0] == 2
    code, out, _ = await call("alerts", "list", "--json", *at)
    assert (code, [each["status"] for each in json.loads(out)]) == (0, ["acknowledged"])
    assert (await call("alerts", "resolve", "test:a.b:c", *at))[0] == 0
    assert (await call("alerts", "list", *at))[:2] == (0, "✓ no alerts\n")
