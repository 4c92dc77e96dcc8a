"""Clocks of the matrix: who is late, since when, and that it is alerted until it is right."""

from __future__ import annotations

import psycopg
import pytest
from tests.outbox import fetch_all

from mentalspace.alerts.ladder import find_alerts
from mentalspace.database.connection import Connection
from mentalspace.deadlines.breach import find_breaches
from mentalspace.deadlines.jobs import watch
from mentalspace.jobs.job import JobContext
from mentalspace.settings import Settings

# A second, naive reading of the two promises.
LATE = {
    "no_show_documentation": """
        select id::text from public.appointments
        where status = 'No Show' and deleted_at is null and no_show_documented_at is null
          and end_time < now() - interval '24 hours'""",
    "reminders": """
        select id::text from public.appointments appointment
        where status in ('Scheduled', 'Confirmed') and deleted_at is null
          and start_time > now() and start_time < now() + interval '24 hours'
          and id not in (select appointment_id from public.reminder_logs where status = 'Sent')""",
}
UNDOCUMENT = """
update public.appointments set status = 'No Show', no_show_documented_at = null
where id in (
  select id from public.appointments
  where status = 'Completed' and end_time < now() - interval '3 days' order by id limit %s
)
"""
UNREMIND = "delete from public.reminder_logs"
DOCUMENT = "update public.appointments set no_show_documented_at = now() where status = 'No Show'"
PROMISE = "update governance.raci_tasks set sla = %s where task = 'handle_no_shows'"
COLUMNS = """
select attrelid::regclass::text || '.' || attname from pg_attribute
where attnum > 0 and not attisdropped and attrelid = any (
  select ('public.' || named)::regclass from governance.deadlines,
    unnest(array[table_name, done_table]) named where named is not null
)
"""


@pytest.fixture
def context(seeded_connection: Connection) -> JobContext:
    return JobContext(Settings(), seeded_connection, 1, None, 1)  # type: ignore[arg-type]  (a look needs no slot)


async def late_rows(connection: Connection, name: str) -> list[object]:
    rows = await fetch_all(connection, f"select row_key from governance.find_breaches('{name}')")
    return sorted(str(row[0]) for row in rows)


@pytest.mark.parametrize("name", LATE)
async def test_exactly_the_late_ones(seeded_connection: Connection, name: str) -> None:
    await seeded_connection.execute(UNDOCUMENT, (4,))
    await seeded_connection.execute(UNREMIND)
    expected = sorted(str(row[0]) for row in await fetch_all(seeded_connection, LATE[name]))
    assert expected
    assert await late_rows(seeded_connection, name) == expected


async def test_what_is_sent_or_documented_is_not_late(seeded_connection: Connection) -> None:
    await seeded_connection.execute(UNREMIND)
    late = await late_rows(seeded_connection, "reminders")
    for status in ("Pending", "Sent"):
        await seeded_connection.execute(
            "insert into public.reminder_logs "
            "(appointment_id, client_id, channel, status, scheduled_for, sent_at) "
            "select id, client_id, 'email', %s, now(), now() from public.appointments where id = %s",
            (status, late[0]),
        )
        assert (late[0] in await late_rows(seeded_connection, "reminders")) is (status == "Pending")


async def test_late_rows_are_found_alerted_and_resolved(context: JobContext) -> None:
    connection = context.connection
    await connection.execute(DOCUMENT)
    await connection.execute(UNDOCUMENT, (7,))
    outcome = await watch(context)
    (finding,) = [each for each in outcome.findings if each.key.endswith("no_show_documentation")]
    assert (outcome.data["no_show_documentation"], finding.owner) == (7, "scheduling_manager")
    assert finding.detail.startswith("7 rows late, the oldest by ")
    assert finding.detail.endswith(", …")
    (alert,) = [each for each in await find_alerts(connection) if each.key == finding.key]
    assert (alert.value, alert.path[:2]) == (7, ("scheduling_manager", "clinical_director"))
    await connection.execute(DOCUMENT)
    await watch(context)
    assert finding.key not in {each.key for each in await find_alerts(connection)}


async def test_the_promise_is_the_matrix(seeded_connection: Connection) -> None:
    await seeded_connection.execute(UNDOCUMENT, (1,))
    await seeded_connection.execute(PROMISE, ("No-show documentation: within 9999 days",))
    assert await late_rows(seeded_connection, "no_show_documentation") == []
    await seeded_connection.execute(PROMISE, ("",))
    with pytest.raises(psycopg.errors.NoDataFound, match=r"promises nothing for scheduling\.handle_no_shows"):
        await find_breaches(seeded_connection)


async def test_every_clock_names_what_exists(connection: Connection) -> None:
    known = {row[0] for row in await fetch_all(connection, COLUMNS)}
    cursor = await connection.execute("select * from governance.deadlines")
    clocks = await cursor.fetchall()
    assert clocks
    for clock in clocks:
        named = {clock["measured_from"], *clock["states"], *filter(None, [clock["done_column"]])}
        assert {f"{clock['table_name']}.{column}" for column in named} <= known
        if clock["done_table"]:
            done = {clock["done_key"], *clock["done_states"]}
            assert {f"{clock['done_table']}.{column}" for column in done} <= known
    assert await find_breaches(connection) == []


async def test_names_and_values_are_quoted(connection: Connection) -> None:
    states = """{"a\\"b": ["x'y"], "c": null}"""
    cursor = await connection.execute("select governance.render_states('line', %s) as sql", (states,))
    assert await cursor.fetchone() == {"sql": """line."a""b"::text = any ('{x''y}') and line.c is null"""}
