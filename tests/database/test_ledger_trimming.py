"""What was closed for longer than its period goes; what is open, new or still read from stays."""

from __future__ import annotations

import pytest
from tests.outbox import fetch_all
from tests.sample_jobs import lease_run

from mentalspace.database.connection import Connection
from mentalspace.delivery.jobs import trim_deliveries
from mentalspace.jobs import trimming
from mentalspace.jobs.job import JobContext, LeaseLostError
from mentalspace.jobs.trimming import PeriodMissingError, trim_ledger

RUNS = """
insert into governance.jobs values ('often', '', '', 'UTC'), ('seldom', '', '', 'UTC');
insert into governance.job_runs (job, scheduled_for, concurrency_key, status, started_at, finished_at)
select 'often', now() - day * interval '1 day', 'often', status, now() - day * interval '1 day',
  now() - day * interval '1 day'
from generate_series(1, 70) as day
cross join lateral (select case when day % 10 = 0 then 'failed' else 'succeeded' end as status) as ended;
insert into governance.job_runs (job, scheduled_for, concurrency_key, status, started_at, finished_at)
values
  ('seldom', now() - interval '3 years', 'seldom', 'succeeded', now(), now() - interval '3 years'),
  ('seldom', now() - interval '2 years', 'seldom', 'failed', now(), now() - interval '2 years');
insert into governance.job_runs (job, scheduled_for, concurrency_key, status, available_at)
values ('seldom', now() - interval '4 years', 'seldom', 'queued', now());
insert into governance.job_pauses (job, paused_at, paused_by, resumed_at, resumed_by)
values
  ('often', now() - interval '8 years', 'x', now() - interval '7 years', 'x'),
  ('often', now() - interval '8 years', 'x', now() - interval '5 years', 'x'),
  ('often', now() - interval '8 years', 'x', null, null);
"""
# Years since it began, was over and was reviewed; the one that nobody reviewed is older than the ledger.
ACCESSES = """
insert into governance.emergency_accesses
  (user_id, client_id, reason, began_at, expires_at, ended_at, reviewed_at, reviewed_by, outcome)
select gen_random_uuid(), gen_random_uuid(), name || ', a synthetic reason', now() - began::interval,
  now() - expired::interval, now() - ended::interval, now() - reviewed::interval,
  case when reviewed is not null then gen_random_uuid() end,
  case when reviewed is not null then 'justified' end
from (values
  ('over and reviewed', '7 years', '7 years -1 hour', null, '6 years 1 hour'),
  ('reviewed lately', '7 years', '7 years -1 hour', null, '6 years -1 hour'),
  ('ended lately', '7 years', '1 hour', '2 hours', '6 years 1 hour'),
  ('expired lately', '7 years', '1 hour', null, '6 years 1 hour'),
  ('never reviewed', '20 years', '20 years -1 hour', null, null)
) as access (name, began, expired, ended, reviewed);
"""
KEPT = """
select job, status, count(*), max(extract(day from now() - scheduled_for))::int as oldest
from governance.job_runs where job = 'often' group by 1, 2 order by 1, 2
"""
MESSAGES = """
insert into public.notification_logs (id, notification_type, subject, message, sent_via, recipient_user_ids)
select ('00000000-0000-4000-8000-00000000000' || number)::uuid, 'sample', 's', 'm', '{email}',
  array[gen_random_uuid()]
from generate_series(1, 3) as number;
insert into governance.notification_deliveries
  (notification_id, channel, message_key, urgent, state, finished_at)
select
  ('00000000-0000-4000-8000-00000000000' || message)::uuid, channel, 'k', false, state, now() - age::interval
from (values
  (1, 'email', 'sent', '91 days'), (1, 'slack', 'dead', '91 days'), (1, 'sms', 'skipped', '89 days'),
  (2, 'email', 'sent', '91 days'), (2, 'slack', 'pending', null), (3, 'slack', 'sent', '1 day')
) as delivery (message, channel, state, age);
insert into governance.notification_attempts (delivery_id, attempt, message_key, sender)
select delivery_id, 1, 'k', 'x' from governance.notification_deliveries;
"""


@pytest.fixture
async def context(connection: Connection) -> JobContext:
    await connection.execute(RUNS.encode())
    await connection.execute(MESSAGES.encode())
    return await lease_run(connection)


async def test_runs_and_pauses_go_when_their_period_is_over(context: JobContext) -> None:
    await context.connection.execute(
        "update governance.ledger_periods set kept = '40 days' where ledger = 'other_runs'"
    )
    outcome = await trim_ledger(context)
    # 63 succeeded, 27 of them within 30 days; of 7 that failed the newest twenty stay
    assert outcome.data == {"succeeded_runs": 36, "other_runs": 0, "pauses": 1, "emergency_accesses": 0}
    assert await fetch_all(context.connection, KEPT) == [
        ("often", "failed", 7, 70),
        ("often", "succeeded", 27, 29),
    ]
    assert (await trim_ledger(context)).summary == "0 rows removed"


async def test_the_newest_of_a_job_stay_however_old(context: JobContext) -> None:
    await trim_ledger(context)
    left = await fetch_all(
        context.connection,
        "select status from governance.job_runs where job = 'seldom' order by scheduled_for",
    )
    assert left == [("queued",), ("succeeded",), ("failed",)]


async def test_a_reviewed_emergency_access_is_kept_six_years(context: JobContext) -> None:
    await context.connection.execute(ACCESSES.encode())
    assert (await trim_ledger(context)).data["emergency_accesses"] == 1
    left = await fetch_all(
        context.connection, "select split_part(reason, ',', 1) from governance.emergency_accesses order by 1"
    )
    assert left == [("ended lately",), ("expired lately",), ("never reviewed",), ("reviewed lately",)]


async def test_in_batches(context: JobContext, monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[int] = []
    monkeypatch.setattr(trimming, "NEWEST_RUNS", 0)
    statement = trimming.queries["trim_runs"]
    values = {"kept": "30 days", "succeeded": True, "newest": []}
    original = JobContext.transaction

    def counted(self: JobContext) -> object:
        batches.append(1)
        return original(self)

    monkeypatch.setattr(JobContext, "transaction", counted)
    assert await trimming.trim(context, statement, values, batch=10) == 37
    assert len(batches) == 4


async def test_who_lost_the_lease_removes_nothing(context: JobContext) -> None:
    await context.connection.execute("update governance.job_runs set fencing_token = 2 where job = 'upkeep'")
    with pytest.raises(LeaseLostError):
        await trim_ledger(context)
    assert (
        len(await fetch_all(context.connection, "select from governance.job_runs where job = 'often'")) == 70
    )


async def test_deliveries_go_with_their_attempts_and_what_waits_keeps_its_message_whole(
    context: JobContext,
) -> None:
    assert (await trim_deliveries(context)).data == {"deliveries": 2}
    left = await fetch_all(
        context.connection,
        "select right(notification_id::text, 1), channel, state from governance.notification_deliveries "
        "order by 1, 2",
    )
    assert left == [
        ("1", "sms", "skipped"),
        ("2", "email", "sent"),
        ("2", "slack", "pending"),
        ("3", "slack", "sent"),
    ]
    assert len(await fetch_all(context.connection, "select from governance.notification_attempts")) == 4
    assert (await trim_deliveries(context)).data == {"deliveries": 0}


async def test_a_book_without_a_period_is_left_alone(context: JobContext) -> None:
    await context.connection.execute("delete from governance.ledger_periods")
    for job in (trim_ledger, trim_deliveries):
        with pytest.raises(PeriodMissingError):
            await job(context)
