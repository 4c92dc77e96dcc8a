"""From findings of a look to alerts: what is found is open, what is no longer found is resolved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mentalspace.alerts.alert import TECHNICAL_PATH, Alert, Severity
from mentalspace.alerts.ladder import settle_alerts
from mentalspace.database.connection import Connection
from mentalspace.findings import Finding, Level

_SEVERITIES = {Level.error: Severity.high, Level.warning: Severity.medium}


async def alert_findings(
    connection: Connection, metric: str, findings: Iterable[Finding], path: Sequence[str] = TECHNICAL_PATH
) -> None:
    """Keep one open alert per finding of this metric, told to its owner and then along the path."""
    alerts = [_alert(metric, finding, path) for finding in findings if finding.level is not Level.info]
    await settle_alerts(connection, metric, alerts)


def _alert(metric: str, finding: Finding, path: Sequence[str]) -> Alert:
    steps = dict.fromkeys(filter(None, (finding.owner, *path)))
    return Alert(
        key=finding.key,
        metric=metric,
        value=1,
        severity=_SEVERITIES[finding.level],
        message=f"{finding.title}: {finding.subject}: {finding.detail}. {finding.remediation}",
        path=tuple(steps),
    )
