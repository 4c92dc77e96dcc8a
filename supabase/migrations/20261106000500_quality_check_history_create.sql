-- Purpose: the outcome of every check of every run
-- Affects: table governance.quality_check_history
-- Source: governance plan, 5.3 (quality metrics tracked over time); architecture, section 4
-- Reversal: drop table governance.quality_check_history;
-- Locks: none (new table)

create table governance.quality_check_history (
  run_id uuid not null references public.data_quality_results (id) on delete cascade,
  table_name text not null,
  name text not null,
  checked_at timestamptz not null,
  outcome text not null,
  method text not null,
  proof text,
  failures bigint,
  row_count bigint,
  failing_keys text[] not null default '{}',
  duration_ms numeric(12, 3) not null,
  error_code text,
  threshold numeric not null,
  unit text not null,
  severity text not null,
  owner text not null,
  contract_version text not null,
  digest text not null,
  primary key (run_id, table_name, name),
  constraint quality_check_history_outcome_check check (outcome in ('passed', 'failed', 'error')),
  constraint quality_check_history_method_check check (method in ('proved', 'scan', 'cross', 'value')),
  constraint quality_check_history_proof_check check ((method = 'proved') = (proof is not null)),
  -- An error has no count, and what has no count is an error.
  constraint quality_check_history_error_check
    check ((outcome = 'error') = (error_code is not null) and (outcome = 'error') = (failures is null))
);

comment on table governance.quality_check_history is
  'One row per check and run: outcome, count, and some keys of failing rows. Never values of rows.';
comment on column governance.quality_check_history.failing_keys is
  'Primary keys of some failing rows, at most as many as the run asked for.';
comment on column governance.quality_check_history.row_count is
  'Rows in use of the judged table at the time.';
comment on column governance.quality_check_history.error_code is
  'SQLSTATE of a check that could not run. Its message may hold values and is not kept.';

create index quality_check_history_table_name_name_checked_at_idx
  on governance.quality_check_history (table_name, name, checked_at desc);

alter table governance.quality_check_history enable row level security;
revoke all on table governance.quality_check_history from public, anon, authenticated, service_role;
