-- Purpose: alerts of the monitoring
-- Affects: table public.system_alerts
-- Source: production plan, 6.2 (monitoring-alerts)
-- Reversal: drop table public.system_alerts;
-- Locks: none (new table)

create table public.system_alerts (
  id uuid primary key default gen_random_uuid(),
  metric text not null,
  value numeric not null,
  threshold numeric not null,
  severity text not null,
  message text not null,
  status text not null default 'open',
  acknowledged_by uuid references public.profiles (id) on delete restrict,
  acknowledged_at timestamptz,
  resolved_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint system_alerts_severity_check check (severity in ('low', 'medium', 'high', 'critical')),
  constraint system_alerts_status_check check (status in ('open', 'acknowledged', 'resolved'))
);

comment on table public.system_alerts is
  'Alerts: a metric passed its threshold.';

create index system_alerts_created_at_idx on public.system_alerts (created_at desc);
create index system_alerts_acknowledged_by_idx on public.system_alerts (acknowledged_by);
create index system_alerts_metric_idx on public.system_alerts (metric)
  where status <> 'resolved';

alter table public.system_alerts enable row level security;
revoke all on table public.system_alerts from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.system_alerts to service_role;

create trigger system_alerts_set_updated_at before update on public.system_alerts
  for each row execute function governance.set_updated_at();
