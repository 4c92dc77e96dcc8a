-- Purpose: a job that was paused starts with the slots after it is resumed
-- Affects: column resumed_at of governance.jobs
-- Source: architecture, section 5
-- Reversal: alter table governance.jobs drop column resumed_at;
-- Locks: access exclusive on governance.jobs, for an instant

alter table governance.jobs add column resumed_at timestamptz;
comment on column governance.jobs.resumed_at is
  'Slots before it are not caught up: they were paused, which governance.job_pauses says.';
