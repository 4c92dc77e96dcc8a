"""The ladder: told once, climbing while nobody acknowledges, over when what was wrong is right."""

from __future__ import annotations

from tests.outbox import fetch_all

from mentalspace.alerts import Alert, Severity
from mentalspace.alerts.findings import alert_findings
from mentalspace.alerts.ladder import (
    acknowledge_alert,
    climb_alerts,
    find_alerts,
    raise_alert,
    resolve_alert,
)
from mentalspace.database.connection import Connection
from mentalspace.findings import Finding, Level

PATH = ("scheduling_manager", "it_support", "clinical_director", "front_desk")
ALERT = Alert(
    key="sla:public.appointments:no_show",
    metric="sla",
    value=3,
    severity=Severity.critical,
    message="3 rows are late",
    path=PATH,
)
MESSAGES = """
select notification_type, priority, cardinality(recipient_user_ids), delivery_key
from public.notification_logs where delivery_key like 'alert:%' order by created_at, delivery_key
"""


async def be_late(connection: Connection) -> None:
    await connection.execute("update public.system_alerts set escalates_at = now() where status = 'open'")


async def kinds(connection: Connection) -> list[object]:
    return [row[0] for row in await fetch_all(connection, MESSAGES)]


async def open_alert(connection: Connection) -> object:
    (alert,) = [alert for alert in await find_alerts(connection) if alert.key == ALERT.key]
    return alert.step, alert.status, alert.occurrences, alert.escalates_at is None


async def test_raised_once_counted_after(seeded_connection: Connection) -> None:
    assert await raise_alert(seeded_connection, ALERT)
    assert not await raise_alert(seeded_connection, ALERT)
    assert await open_alert(seeded_connection) == (0, "open", 2, False)
    ((kind, priority, people, _),) = await fetch_all(seeded_connection, MESSAGES)
    assert (kind, priority, people) == ("alert_raised", "urgent", 1)


async def test_it_climbs_past_what_nobody_holds_and_stays_at_the_top(seeded_connection: Connection) -> None:
    await raise_alert(seeded_connection, ALERT)
    assert await climb_alerts(seeded_connection) == 0
    steps = []
    for _ in range(3):
        await be_late(seeded_connection)
        assert await climb_alerts(seeded_connection) == 1
        steps.append((await open_alert(seeded_connection))[0])
    # it_support has no holder; front_desk is a role; the top is told again.
    assert steps == [2, 3, 4]
    told = await fetch_all(seeded_connection, MESSAGES)
    assert [row[0] for row in told] == ["alert_raised", *["alert_escalated"] * 3]
    assert len({row[3] for row in told}) == 4


async def test_who_acknowledges_stops_it(seeded_connection: Connection) -> None:
    await raise_alert(seeded_connection, ALERT)
    email = "front.desk@mentalspace.example"
    assert await acknowledge_alert(seeded_connection, ALERT.key, email)
    assert not await acknowledge_alert(seeded_connection, ALERT.key, email)
    await be_late(seeded_connection)
    assert await climb_alerts(seeded_connection) == 0
    assert await open_alert(seeded_connection) == (0, "acknowledged", 1, True)
    (alert,) = [alert for alert in await find_alerts(seeded_connection) if alert.key == ALERT.key]
    assert alert.acknowledged_by is not None


async def test_its_end_is_told_to_whoever_was_told(seeded_connection: Connection) -> None:
    await raise_alert(seeded_connection, ALERT)
    await be_late(seeded_connection)
    await climb_alerts(seeded_connection)
    assert await resolve_alert(seeded_connection, ALERT.key)
    assert not await resolve_alert(seeded_connection, ALERT.key)
    *_, (kind, _, people, _) = await fetch_all(seeded_connection, MESSAGES)
    assert (kind, people) == ("alert_resolved", 2)
    # What comes back is a new occasion.
    assert await raise_alert(seeded_connection, ALERT)


async def test_without_holders_administrators_are_told(seeded_connection: Connection) -> None:
    await raise_alert(seeded_connection, ALERT.model_copy(update={"path": ("it_support",)}))
    ((_, _, people, _),) = await fetch_all(seeded_connection, MESSAGES)
    assert isinstance(people, int)
    assert people >= 1


async def test_without_anybody_it_waits_for_somebody(connection: Connection) -> None:
    assert await raise_alert(connection, ALERT)
    assert await fetch_all(connection, MESSAGES) == []
    assert await open_alert(connection) == (3, "open", 1, False)


async def test_findings_open_and_close_their_alerts(seeded_connection: Connection) -> None:
    finding = Finding(
        check="events",
        title="Events died",
        level=Level.error,
        subject="public.appointments",
        detail="2 events",
        remediation="Look.",
        key="events:public.appointments:dead",
        owner="clinical_director",
    )
    await alert_findings(seeded_connection, "events", [finding])
    await alert_findings(seeded_connection, "events", [finding])
    (alert,) = [alert for alert in await find_alerts(seeded_connection) if alert.metric == "events"]
    assert (alert.path[0], alert.severity, alert.occurrences) == ("clinical_director", Severity.high, 2)
    await alert_findings(seeded_connection, "other", [])
    assert await kinds(seeded_connection) == ["alert_raised"]
    await alert_findings(seeded_connection, "events", [])
    assert await kinds(seeded_connection) == ["alert_raised", "alert_resolved"]


async def test_alerts_of_others_are_left_alone(seeded_connection: Connection) -> None:
    await seeded_connection.execute(
        "insert into public.system_alerts (metric, value, threshold, severity, message) "
        "values ('events', 1, 0, 'low', 'without a key')"
    )
    await alert_findings(seeded_connection, "events", [])
    assert await climb_alerts(seeded_connection) == 0
    alerts = [alert for alert in await find_alerts(seeded_connection) if alert.metric == "events"]
    assert [(alert.status, alert.step) for alert in alerts] == [("open", 0)]
