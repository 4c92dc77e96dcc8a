-- Purpose: who paused which job, when, why, and who let it go on
-- Affects: table governance.job_pauses
-- Source: architecture, section 5
-- Reversal: drop table governance.job_pauses;
-- Locks: share row exclusive on governance.jobs, for an instant (foreign key)

create table governance.job_pauses (
  pause_id bigint generated always as identity primary key,
  job text not null references governance.jobs (name) on update cascade,
  paused_at timestamptz not null default clock_timestamp(),
  paused_by text not null,
  reason text,
  resumed_at timestamptz,
  resumed_by text,
  constraint job_pauses_resumed_check check ((resumed_at is null) = (resumed_by is null)),
  constraint job_pauses_reason_check check (char_length(reason) between 1 and 300)
);

comment on table governance.job_pauses is
  'One row from pause to resume. The slots between are skipped and not recorded one by one: this row is the record.';
comment on column governance.job_pauses.paused_by is 'Login on the machine, and database role.';

create unique index job_pauses_job_open_key on governance.job_pauses (job) where resumed_at is null;
create index job_pauses_job_idx on governance.job_pauses (job);

alter table governance.job_pauses enable row level security;
revoke all on table governance.job_pauses from public, anon, authenticated, service_role;
