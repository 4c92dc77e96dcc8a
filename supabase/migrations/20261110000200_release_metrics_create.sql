-- Purpose: what the first 72 hours of a release came to
-- Affects: table public.release_metrics
-- Source: governance plan, 6.2 (collect-release-metrics)
-- Reversal: drop table public.release_metrics;
-- Locks: none (new table)

create table public.release_metrics (
  id uuid primary key default gen_random_uuid(),
  release_id uuid not null references public.releases (id) on delete restrict,
  release_version text not null,
  release_date timestamptz not null,
  defects jsonb not null,
  total_defects integer not null
    generated always as (
      (defects ->> 'p0')::integer + (defects ->> 'p1')::integer
      + (defects ->> 'p2')::integer + (defects ->> 'p3')::integer
    ) stored,
  escaped_defects integer not null,
  business_metrics jsonb not null,
  p95_response_time_ms integer,
  error_rate numeric(6, 3),
  window_end timestamptz not null,
  is_complete boolean not null,
  collected_at timestamptz not null,
  constraint release_metrics_release_id_key unique (release_id),
  constraint release_metrics_defects_check check (defects ?& array['p0', 'p1', 'p2', 'p3']),
  constraint release_metrics_error_rate_check check (error_rate between 0 and 100),
  constraint release_metrics_is_complete_check check (is_complete = (collected_at >= window_end))
);

comment on table public.release_metrics is
  'Metrics from deployment until 72 hours later, that moment excluded. Captured again until the window is over.';
comment on column public.release_metrics.p95_response_time_ms is
  'Null when no request was logged: never a made-up zero.';
comment on column public.release_metrics.error_rate is
  'Percent of logged requests answered with 500 or more; null when none was logged.';
comment on column public.release_metrics.escaped_defects is
  'Those of the defects that were found in production.';
comment on column public.release_metrics.is_complete is
  'Whether the window was over at collected_at. A complete row is final: the logs it came from are deleted.';

create index release_metrics_release_date_idx on public.release_metrics (release_date desc);

alter table public.release_metrics enable row level security;
revoke all on table public.release_metrics from public, anon, authenticated, service_role;
grant select, insert, update on table public.release_metrics to service_role;
