-- Purpose: what each run of retention removed
-- Affects: tables governance.retention_runs, governance.retention_removals
-- Source: architecture, section 8
-- Reversal: drop table governance.retention_removals; drop table governance.retention_runs;
-- Locks: none

create table governance.retention_runs (
  id bigint generated always as identity primary key,
  origin text not null,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  constraint retention_runs_origin_check check (origin in ('job', 'command', 'rpc'))
);
comment on table governance.retention_runs is
  'One row per run. Without finished_at it was interrupted: what it counted is gone all the same.';
alter table governance.retention_runs enable row level security;

create table governance.retention_removals (
  run_id bigint not null references governance.retention_runs (id),
  data_type text not null,
  table_name text not null,
  deletion_method text not null,
  retention_period_months integer not null,
  removed bigint not null default 0,
  batches integer not null default 0,
  primary key (run_id, data_type)
);
comment on table governance.retention_removals is
  'Rows removed by rule and run, counted in the transaction that removed them; zero when nothing was due.';
alter table governance.retention_removals enable row level security;
