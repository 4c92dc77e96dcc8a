-- Purpose: what each run of the checks came to
-- Affects: table public.data_quality_results
-- Source: governance plan, 5.3 (data_quality_results); architecture, section 4
-- Reversal: drop table public.data_quality_results;
-- Locks: none (new table)

create table public.data_quality_results (
  id uuid primary key default gen_random_uuid(),
  check_date timestamptz not null,
  results jsonb not null,
  scores jsonb not null default '{}',
  score numeric(6, 3),
  triggered_by text not null default 'manual',
  duration_ms integer,
  created_at timestamptz not null default now(),
  constraint data_quality_results_results_check check (jsonb_typeof(results) = 'array'),
  constraint data_quality_results_scores_check check (jsonb_typeof(scores) = 'object'),
  constraint data_quality_results_score_check check (score between 0 and 100)
);

comment on table public.data_quality_results is
  'Runs of the data quality checks. Names, counts and outcomes: never keys or values of rows.';
comment on column public.data_quality_results.results is
  'Array of {table, checkName, outcome, passed, actualValue, threshold, severity, owner}; passed is false for an error.';
comment on column public.data_quality_results.scores is
  'By table: {score, checks, failed, errors, rows}.';
comment on column public.data_quality_results.score is
  'Over all checks of the run, in percent; the goal is over 99.';

create index data_quality_results_check_date_idx on public.data_quality_results (check_date desc);

alter table public.data_quality_results enable row level security;
revoke all on table public.data_quality_results from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.data_quality_results to service_role;
