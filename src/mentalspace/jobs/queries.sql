-- Every time in here is the database's: workers' clocks may be wrong.

-- name: register_job
insert into governance.jobs as job (name, title, schedule, time_zone)
values (%(name)s, %(title)s, %(schedule)s, %(time_zone)s)
on conflict (name) do update
set title = excluded.title, schedule = excluded.schedule, time_zone = excluded.time_zone
where (job.title, job.schedule, job.time_zone) is distinct from (excluded.title, excluded.schedule, excluded.time_zone)
returning name;

-- name: list_states
select
  clock_timestamp() as now,
  job.name,
  -- slots before it are not missed: nobody knew the job yet, or it was paused
  greatest(job.registered_at, job.resumed_at) as registered_at,
  job.paused_at,
  (
    select run.scheduled_for
    from governance.job_runs as run
    where run.job = job.name and run.triggered_by = 'schedule'
    order by run.scheduled_for desc
    limit 1
  ) as last_slot
from governance.jobs as job
where job.name = any(%(names)s);

-- name: claim_run
-- does nothing if the slot has its row, is still to come, or another run holds the concurrency key
insert into governance.job_runs
  (job, scheduled_for, triggered_by, concurrency_key, status, worker, attempt, fencing_token,
   lease_until, heartbeat_at, started_at)
select
  job.name, coalesce(%(scheduled_for)s, clock_timestamp()), %(triggered_by)s, %(concurrency_key)s, 'running',
  %(worker)s, 1, nextval('governance.job_fencing_tokens'),
  clock_timestamp() + %(lease)s, clock_timestamp(), clock_timestamp()
from governance.jobs as job
where job.name = %(job)s
  and (%(triggered_by)s = 'manual' or job.paused_at is null)
  and (%(scheduled_for)s::timestamptz is null or %(scheduled_for)s <= clock_timestamp())
on conflict do nothing
returning run_id, job, scheduled_for, triggered_by, attempt, fencing_token;

-- name: record_missed
insert into governance.job_runs (job, scheduled_for, concurrency_key, status, finished_at)
values (%(job)s, %(scheduled_for)s, %(concurrency_key)s, 'missed', clock_timestamp())
on conflict do nothing
returning run_id;

-- name: find_open
-- runs that somebody must take over: handed back, or their worker went silent
select run.run_id, run.job, run.attempt
from governance.job_runs as run
join governance.jobs as job on job.name = run.job
where run.job = any(%(names)s)
  and job.paused_at is null
  and (
    run.status = 'queued' and run.available_at <= clock_timestamp()
    or run.status = 'running' and run.lease_until < clock_timestamp()
  )
order by run.scheduled_for;

-- name: take_over_run
-- `for update` waits for nobody: a holder inside a fenced transaction (`for key share`) keeps its run.
-- The attempt is the one that the caller saw: who comes late takes nothing over from who came first.
with candidate as (
  select run_id
  from governance.job_runs
  where run_id = %(run_id)s
    and attempt = %(attempt)s
    and attempt < %(attempts)s
    and (
      status = 'queued' and available_at <= clock_timestamp()
      or status = 'running' and lease_until < clock_timestamp()
    )
  for update skip locked
)
update governance.job_runs as run
set status = 'running',
    worker = %(worker)s,
    attempt = run.attempt + 1,
    fencing_token = nextval('governance.job_fencing_tokens'),
    lease_until = clock_timestamp() + %(lease)s,
    heartbeat_at = clock_timestamp(),
    started_at = clock_timestamp(),
    available_at = null
from candidate
where run.run_id = candidate.run_id
returning run.run_id, run.job, run.scheduled_for, run.triggered_by, run.attempt, run.fencing_token;

-- name: abandon_run
with candidate as (
  select run_id
  from governance.job_runs
  where run_id = %(run_id)s
    and attempt >= %(attempts)s
    and (status = 'queued' or status = 'running' and lease_until < clock_timestamp())
  for update skip locked
)
update governance.job_runs as run
set status = 'abandoned', finished_at = clock_timestamp(), lease_until = null, available_at = null
from candidate
where run.run_id = candidate.run_id
returning run.run_id;

-- name: hold_run
-- `for key share` lets heartbeats through and keeps out a take-over, which locks `for update`
select run_id
from governance.job_runs
where run_id = %(run_id)s and fencing_token = %(fencing_token)s and status = 'running'
for key share;

-- name: renew_lease
update governance.job_runs
set lease_until = clock_timestamp() + %(lease)s, heartbeat_at = clock_timestamp()
where run_id = %(run_id)s and fencing_token = %(fencing_token)s and status = 'running'
returning run_id;

-- name: finish_run
-- repeatable: a holder whose answer got lost may ask again
update governance.job_runs
set status = %(status)s,
    finished_at = coalesce(finished_at, clock_timestamp()),
    lease_until = null,
    outcome = %(outcome)s,
    error_class = %(error_class)s,
    error_message = %(error_message)s
where run_id = %(run_id)s and fencing_token = %(fencing_token)s and status in ('running', %(status)s)
returning run_id;

-- name: release_run
-- back into the queue; an attempt that was only interrupted does not count
update governance.job_runs
set status = 'queued',
    available_at = clock_timestamp() + %(delay)s,
    lease_until = null,
    attempt = attempt - %(uncounted)s,
    error_class = %(error_class)s,
    error_message = %(error_message)s
where run_id = %(run_id)s and fencing_token = %(fencing_token)s and status = 'running'
returning run_id;

-- name: list_latest
-- the latest run of every job that has one
select latest.*
from unnest(%(names)s::text[]) as name
cross join lateral (
  select
    run_id, job, scheduled_for, triggered_by, status, worker, attempt, started_at, finished_at,
    outcome, error_class, error_message, extract(epoch from finished_at - started_at)::float8 as seconds
  from governance.job_runs
  where job = name
  order by scheduled_for desc
  limit 1
) as latest;

-- name: list_runs
select
  run_id, job, scheduled_for, triggered_by, status, worker, attempt, started_at, finished_at,
  outcome, error_class, error_message, extract(epoch from finished_at - started_at)::float8 as seconds
from governance.job_runs
where %(job)s::text is null or job = %(job)s
order by scheduled_for desc, run_id desc
limit %(limit)s;

-- name: fetch_time
select clock_timestamp() as now;

-- name: pause_job
-- does nothing if it is paused already
with paused as (
  update governance.jobs
  set paused_at = clock_timestamp()
  where name = %(job)s and paused_at is null
  returning name, paused_at
)
insert into governance.job_pauses (job, paused_at, paused_by, reason)
select name, paused_at, %(by)s || ' as ' || session_user, %(reason)s
from paused
returning job, paused_at, paused_by, reason, resumed_at, resumed_by;

-- name: resume_job
with resumed as (
  update governance.jobs
  set paused_at = null, resumed_at = clock_timestamp()
  where name = %(job)s and paused_at is not null
  returning name, resumed_at
)
update governance.job_pauses as pause
set resumed_at = resumed.resumed_at, resumed_by = %(by)s || ' as ' || session_user
from resumed
where pause.job = resumed.name and pause.resumed_at is null
returning pause.job, pause.paused_at, pause.paused_by, pause.reason, pause.resumed_at, pause.resumed_by;

-- name: list_pauses
-- pauses that go on
select job, paused_at, paused_by, reason, resumed_at, resumed_by
from governance.job_pauses
where resumed_at is null and job = any(%(names)s);

-- name: list_durations
-- seconds of the latest runs that succeeded, oldest first
select name as job, array_agg(recent.seconds order by recent.scheduled_for) as seconds
from unnest(%(names)s::text[]) as name
cross join lateral (
  select scheduled_for, extract(epoch from finished_at - started_at)::float8 as seconds
  from governance.job_runs
  where job = name and status = 'succeeded'
  order by scheduled_for desc
  limit %(limit)s
) as recent
group by name;

-- name: fetch_period
-- As text: a timedelta of six years would be 2190 days, which six years never are.
select kept::text as kept from governance.ledger_periods where ledger = %(ledger)s;

-- name: list_newest
-- the newest runs of every job, by what started them and how they ended
select placed.run_id
from (
  select
    run_id,
    row_number() over (partition by job, triggered_by, status order by scheduled_for desc) as place
  from governance.job_runs
) as placed
where placed.place <= %(newest)s;

-- name: trim_runs
-- What is open has no end, and so is never due.
with due as (
  select run_id
  from governance.job_runs
  where finished_at < clock_timestamp() - %(kept)s::interval
    and (status = 'succeeded') = %(succeeded)s
    and run_id <> all (%(newest)s::bigint[])
  order by finished_at
  limit %(limit)s
  for update skip locked
)
delete from governance.job_runs as run
using due
where run.run_id = due.run_id;

-- name: trim_pauses
with due as (
  select pause_id
  from governance.job_pauses
  where resumed_at < clock_timestamp() - %(kept)s::interval
  order by resumed_at
  limit %(limit)s
  for update skip locked
)
delete from governance.job_pauses as pause
using due
where pause.pause_id = due.pause_id;

-- name: trim_emergency_accesses
-- What nobody reviewed is never due, nor what is still open.
with due as (
  select id
  from governance.emergency_accesses
  where reviewed_at is not null
    and greatest(reviewed_at, coalesce(ended_at, expires_at)) < clock_timestamp() - %(kept)s::interval
  order by reviewed_at
  limit %(limit)s
  for update skip locked
)
delete from governance.emergency_accesses as access
using due
where access.id = due.id;
