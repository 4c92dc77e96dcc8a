"""One alert per table: it climbs, gets worse, ends with the last check, and leaves promises to clocks."""

from __future__ import annotations

from tests.outbox import fetch_all

from mentalspace.alerts.alert import OpenAlert
from mentalspace.alerts.ladder import acknowledge_alert, climb_alerts, find_alerts, resolve_alert
from mentalspace.database.connection import Connection
from mentalspace.quality.result import OutcomeKind, QualityRun
from mentalspace.quality.runner import evaluate, find_tables, record

KEY = "quality:public.appointments:scheduling_manager"
END_STEP = "update public.system_alerts set escalates_at = now() where alert_key = %s"
TOLD = """
select notification_type, subject from public.notification_logs
where notification_type like 'data_quality%' and subject like '%appointments%'
order by created_at, delivery_key
"""
CHECKS = """
select name from governance.quality_alerts
where table_name = 'public.appointments' and resolved_at is null order by name
"""


async def run(connection: Connection) -> QualityRun:
    evaluation = await evaluate(connection, await find_tables(connection, "appointments"))
    async with connection.transaction():
        return await record(connection, evaluation)


async def find_alert(connection: Connection) -> OpenAlert | None:
    return next((alert for alert in await find_alerts(connection) if alert.key == KEY), None)


async def test_one_alert_per_table_climbs_the_documents_path(seeded_connection: Connection) -> None:
    connection = seeded_connection
    await run(connection)
    failing = [row[0] for row in await fetch_all(connection, CHECKS)]
    alert = await find_alert(connection)
    assert alert
    assert (alert.value, alert.path) == (len(failing), ("scheduling_manager", "clinical_director"))
    assert len(failing) > 1
    # The clock of this promise alerts, sooner and to whom the rows concern.
    assert "completed_without_note" not in failing
    await connection.execute(END_STEP, (KEY,))
    await climb_alerts(connection)
    await run(connection)
    subject = f"Data Quality Alert: appointments - {len(failing)} checks"
    assert await fetch_all(connection, TOLD) == [
        ("data_quality_alert", subject),
        ("data_quality_alert", f"{subject} (nobody acknowledged it yet)"),
    ]


async def test_worse_is_told_whoever_acknowledged_it(seeded_connection: Connection) -> None:
    connection = seeded_connection
    await run(connection)
    await acknowledge_alert(connection, KEY)
    await connection.execute(
        "update governance.quality_alerts set resolved_at = now() "
        "where table_name = 'public.appointments' and name = "
        "(select min(name) from governance.quality_alerts where table_name = 'public.appointments')"
    )
    result = await run(connection)
    assert [len(change.names) for change in result.opened] == [1]
    alert = await find_alert(connection)
    assert alert
    assert (alert.status, alert.step, alert.acknowledged_at) == ("open", 0, None)
    assert "Failing before:" in alert.message
    assert len(await fetch_all(connection, TOLD)) == 2


async def test_it_is_over_with_the_last_check_and_raised_again_when_resolved_too_soon(
    seeded_connection: Connection,
) -> None:
    connection = seeded_connection
    await run(connection)
    before = await find_alert(connection)
    assert await resolve_alert(connection, KEY)
    result = await run(connection)
    again = await find_alert(connection)
    assert result.opened == ()
    assert before
    assert again
    assert (again.value, again.id == before.id) == (before.value, False)


async def test_some_pass_again_and_then_the_last(seeded_connection: Connection) -> None:
    connection = seeded_connection
    result = await run(connection)
    failing = [row[0] for row in await fetch_all(connection, CHECKS)]
    mended = [
        each.model_copy(update={"outcome": OutcomeKind.passed})
        for each in result.results
        if each.name in failing
    ]
    evaluation = await evaluate(connection, [])
    for part, left in ((mended[:1], len(failing) - 1), (mended[1:], 0)):
        passing = type(evaluation)(evaluation.started_at, 1, tuple(part))
        async with connection.transaction():
            await record(connection, passing)
        alert = await find_alert(connection)
        assert (alert.value if alert else 0) == left
    recoveries = [row for row in await fetch_all(connection, TOLD) if row[0] == "data_quality_recovery"]
    assert recoveries == [
        ("data_quality_recovery", f"Data Quality Recovered: appointments - {len(failing) - 1} checks")
    ]
