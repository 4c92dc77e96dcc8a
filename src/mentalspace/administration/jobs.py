"""Emergency accesses stay alerted until somebody has reviewed them; late, the next in line hears of it."""

from __future__ import annotations

from datetime import timedelta

from mentalspace.administration.emergency import EmergencyAccess, find_accesses, find_overdue
from mentalspace.alerts.alert import Alert, Severity
from mentalspace.alerts.ladder import settle_alerts
from mentalspace.findings import Finding
from mentalspace.jobs.job import Cron, Job, JobContext, Outcome

METRIC = "emergency_access"
# As governance.break_glass writes it, in the transaction that opens the chart.
MESSAGE = (
    "A clinician has opened one client's chart in an emergency. Review it when it is over: "
    "mentalspace admin emergency list."
)
PATH = ("security_administrator", "privacy_officer")
LATE_PATH = ("privacy_officer", "security_administrator", "clinical_director")


async def watch(context: JobContext) -> Outcome:
    """Keep one alert for each access that nobody has reviewed, and one more for each that is late."""
    accesses = await find_accesses(context.connection, limit=1000)
    overdue = find_overdue(accesses)
    alerts = [*map(_alert, accesses), *map(_late_alert, overdue)]
    await settle_alerts(context.connection, METRIC, alerts)
    data = {"to_review": len(accesses), "overdue": len(overdue)}
    return Outcome(f"{len(accesses)} emergency accesses to review, {len(overdue)} overdue", overdue, data)


def _alert(access: EmergencyAccess) -> Alert:
    return Alert(key=access.key, metric=METRIC, value=1, severity=Severity.high, message=MESSAGE, path=PATH)


def _late_alert(finding: Finding) -> Alert:
    return Alert(
        key=finding.key,
        metric=METRIC,
        value=1,
        severity=Severity.critical,
        message=f"{finding.title}: {finding.subject}",
        path=LATE_PATH,
    )


JOBS = (
    Job(
        "watch_emergency_access",
        "Alerts emergency accesses until they are reviewed",
        Cron("*/10 * * * *"),
        watch,
        timeout=timedelta(minutes=1),
        catch_up=False,
        misfire_grace=timedelta(minutes=10),
        atomic=True,
    ),
)
