-- Purpose: what was alerted and is still wrong, so that it is told once and its end is told too
-- Affects: table governance.quality_alerts
-- Source: governance plan, 5.3 (alert if failed); architecture, section 4
-- Reversal: drop table governance.quality_alerts;
-- Locks: none (new table)

create table governance.quality_alerts (
  id bigint generated always as identity primary key,
  table_name text not null,
  name text not null,
  owner text not null,
  severity text not null,
  opened_at timestamptz not null default now(),
  opened_by uuid references public.data_quality_results (id) on delete set null,
  resolved_at timestamptz,
  resolved_by uuid references public.data_quality_results (id) on delete set null,
  constraint quality_alerts_severity_check check (severity in ('high', 'critical')),
  constraint quality_alerts_resolved_at_check check (resolved_at >= opened_at)
);

comment on table governance.quality_alerts is
  'One row from the first failure of a check of high or critical severity until it passes again.';

-- Two runs at once open one alert.
create unique index quality_alerts_table_name_name_open_key on governance.quality_alerts (table_name, name)
  where resolved_at is null;
create index quality_alerts_opened_by_idx on governance.quality_alerts (opened_by);
create index quality_alerts_resolved_by_idx on governance.quality_alerts (resolved_by);

alter table governance.quality_alerts enable row level security;
revoke all on table governance.quality_alerts from public, anon, authenticated, service_role;
