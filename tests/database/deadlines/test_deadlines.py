"""Who is late is alerted along the document's path until it is right; who is nearly so hears of it once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.outbox import fetch_all

from mentalspace.alerts.ladder import climb_alerts, find_alerts
from mentalspace.database.connection import Connection
from mentalspace.deadlines.breach import find_breaches
from mentalspace.deadlines.jobs import watch
from mentalspace.deadlines.people import find_people
from mentalspace.deadlines.promise import fetch_now, find_due, find_promises
from mentalspace.deadlines.reminders import remind
from mentalspace.jobs.job import JobContext
from mentalspace.settings import Settings

ZONE = "America/New_York"
NOTES = "deadline:public.appointments:clinical_notes.create_note"
WITHOUT_NOTE = """
from public.appointments appointment where status = 'Completed' and deleted_at is null and not exists (
  select from public.clinical_notes note
  where note.appointment_id = appointment.id and note.deleted_at is null)
"""
AUTHORS = f"select distinct provider_id {WITHOUT_NOTE} and end_time < now() - interval '72 hours'"
WRITE = f"""
insert into public.clinical_notes (client_id, provider_id, appointment_id, title, note_type)
select client_id, provider_id, id, 'T', 'progress_note' {WITHOUT_NOTE}
"""
TOLD = """
select recipient_user_ids from public.notification_logs
where notification_type in ('alert_raised', 'alert_escalated') and subject like 'Late: Note of a completed%'
order by created_at, delivery_key
"""
REMINDERS = """
select recipient_user_ids, message, subject from public.notification_logs
where notification_type = 'deadline_due_soon'
"""
FAR = datetime(2027, 6, 1, tzinfo=UTC)
HELD = "select user_id from public.user_roles where role = 'therapist'"
MAKE_CLIENT = "update public.clients set portal_user_id = %s, portal_enabled = true where id = %s"
END_STEP = "update public.system_alerts set escalates_at = now() where alert_key = %s"


@pytest.fixture
def context(seeded_connection: Connection) -> JobContext:
    return JobContext(Settings(), seeded_connection, 1, None, 1)  # a look needs no slot


async def people(connection: Connection, query: str) -> set[object]:
    return {row[0] for row in await fetch_all(connection, query)}


async def test_late_rows_climb_the_documents_path(context: JobContext) -> None:
    connection = context.connection
    authors = await people(connection, AUTHORS)
    outcome = await watch(context)
    await watch(context)
    (finding,) = [each for each in outcome.findings if each.key == NOTES]
    assert (finding.owner, finding.title) == ("clinical_director", "Late: Note of a completed appointment")
    (alert,) = [each for each in await find_alerts(connection) if each.key == NOTES]
    assert (alert.path, alert.occurrences) == (("therapist", "supervisor", "clinical_director"), 2)
    assert alert.escalates_at
    assert abs(alert.escalates_at - alert.created_at - timedelta(days=1)) < timedelta(minutes=1)
    # Of the therapists those whose notes are late, not their colleagues.
    ((first,),) = await fetch_all(connection, TOLD)
    assert set(first) == authors & await people(connection, HELD)
    assert set(first) < await people(connection, HELD)
    for _ in range(2):
        await connection.execute(END_STEP, (NOTES,))
        await climb_alerts(connection)
    assert len(await fetch_all(connection, TOLD)) == 3


async def test_written_is_recovered_and_told(context: JobContext) -> None:
    connection = context.connection
    await watch(context)
    await connection.execute(WRITE.encode())
    outcome = await watch(context)
    assert NOTES not in {finding.key for finding in outcome.findings}
    assert NOTES not in {alert.key for alert in await find_alerts(connection)}
    subject = "select subject from public.notification_logs where notification_type = 'alert_resolved'"
    assert await people(connection, subject) == {"Resolved: Late: Note of a completed appointment"}


async def test_the_responsible_hear_once_of_what_is_due_soon(seeded_connection: Connection) -> None:
    connection = seeded_connection
    (promise,) = [each for each in await find_promises(connection) if each.task == "create_note"]
    waiting = await find_due(connection, promise, FAR, FAR, ZONE)
    now = waiting[-1].due_at - timedelta(hours=12)
    soon = [row for row in waiting if now <= row.due_at < now + timedelta(hours=24)]
    assert (await remind(connection, now, ZONE))[promise.name] == len(soon) >= 1
    assert await remind(connection, now, ZONE) == {}
    messages = await fetch_all(connection, REMINDERS)
    assert {person for (people, _, _) in messages for person in people} >= set(soon[-1].owners)
    (message,) = {
        str(text) for (_, text, subject) in messages if subject == "Clinical Notes: Create Note due soon"
    }
    assert message.startswith("Note of a completed appointment: within 72 hours. ")
    assert soon[0].row_key in message
    clients = await people(connection, "select user_id from public.user_roles where role = 'client_user'")
    assert not clients & {person for (people, _, _) in messages for person in people}
    # A month after, nobody needs to know any more.
    await remind(connection, FAR, ZONE)
    left = "select 1 from governance.deadline_reminders where due_at < '2027-01-01'"
    assert await fetch_all(connection, left) == []


async def test_staff_do_not_hear_of_their_own_chart_as_staff(seeded_connection: Connection) -> None:
    """A therapist who is also a client of a colleague: the colleague's deadlines are not theirs."""
    connection = seeded_connection
    (promise,) = [each for each in await find_promises(connection) if each.task == "create_note"]
    *_, row = await find_due(connection, promise, FAR, FAR, ZONE)
    before = await find_people(connection, promise, [row], ZONE)
    stranger = (await people(connection, HELD) - {each.user_id for each in before}).pop()
    await connection.execute(MAKE_CLIENT, (stranger, row.client_id))
    assert await find_people(connection, promise, [row], ZONE) == before != []


async def test_an_empty_practice_breaks_no_promise(connection: Connection) -> None:
    now = await fetch_now(connection)
    assert await find_breaches(connection, now, ZONE) == []
    assert await remind(connection, now, ZONE) == {}
