-- Purpose: the ledger of scheduled work: one row per job and slot, claimed once, leased, fenced, recorded
-- Affects: tables governance.jobs, governance.job_runs; sequence governance.job_fencing_tokens
-- Source: architecture, section 5
-- Reversal: drop table governance.job_runs; drop table governance.jobs; drop sequence governance.job_fencing_tokens;
-- Locks: none (new tables)

create table governance.jobs (
  name text primary key,
  title text not null,
  schedule text not null,
  time_zone text not null,
  registered_at timestamptz not null default clock_timestamp(),
  paused_at timestamptz,
  constraint jobs_name_check check (name ~ '^[a-z][a-z0-9_]*$')
);

comment on table governance.jobs is
  'What the workers announced. A slot before registered_at was never missed; a paused job starts nothing new.';

-- Ever growing over all jobs: of two claims of one run, the later has the greater token.
create sequence governance.job_fencing_tokens as bigint;

create table governance.job_runs (
  run_id bigint generated always as identity primary key,
  job text not null references governance.jobs (name) on update cascade,
  scheduled_for timestamptz not null,
  triggered_by text not null default 'schedule',
  concurrency_key text not null,
  status text not null,
  worker text,
  attempt integer not null default 0,
  fencing_token bigint,
  lease_until timestamptz,
  heartbeat_at timestamptz,
  available_at timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz,
  outcome jsonb,
  error_class text,
  error_message text,
  constraint job_runs_job_scheduled_for_key unique (job, scheduled_for),
  constraint job_runs_triggered_by_check check (triggered_by in ('schedule', 'manual')),
  constraint job_runs_status_check check (
    status in ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'abandoned', 'missed')
  ),
  constraint job_runs_running_check check (
    (status = 'running') = (lease_until is not null)
    and (status <> 'running' or (fencing_token is not null and worker is not null and started_at is not null))
  ),
  constraint job_runs_queued_check check ((status = 'queued') = (available_at is not null)),
  constraint job_runs_finished_check check (
    (status in ('queued', 'running')) = (finished_at is null)
  )
) with (fillfactor = 80);

comment on table governance.job_runs is
  'One row per job and slot. Times are this database''s clock. outcome, error_class and error_message hold keys and counts, never values of rows.';
comment on column governance.job_runs.scheduled_for is 'The slot; for a run by hand, when it was asked for.';
comment on column governance.job_runs.fencing_token is
  'Of the latest claim. A holder with another token may neither finish the run nor commit under it.';
comment on column governance.job_runs.available_at is 'When a queued run may be claimed again.';

-- No index holds lease_until or heartbeat_at, so that a heartbeat stays a heap-only update.
create unique index job_runs_concurrency_key_running_key
  on governance.job_runs (concurrency_key) where status = 'running';
create index job_runs_open_idx on governance.job_runs (job) where status in ('queued', 'running');
create index job_runs_finished_at_idx on governance.job_runs (finished_at);

alter table governance.jobs enable row level security;
alter table governance.job_runs enable row level security;
revoke all on governance.jobs, governance.job_runs from public, anon, authenticated, service_role;
revoke all on sequence governance.job_fencing_tokens from public, anon, authenticated, service_role;
