-- Purpose: alerts that climb until somebody acknowledges them, one per occasion
-- Affects: table public.system_alerts
-- Source: architecture, sections 4 and 5 (escalation path of the module)
-- Reversal: alter table public.system_alerts drop column alert_key, drop column path, drop column step, drop column occurrences, drop column last_seen_at, drop column escalates_at;
-- Locks: access exclusive on public.system_alerts, for an instant

alter table public.system_alerts
  add column alert_key text,
  add column path text[] not null default '{}',
  add column step smallint not null default 0,
  add column occurrences integer not null default 1,
  add column last_seen_at timestamptz not null default now(),
  add column escalates_at timestamptz;

comment on column public.system_alerts.alert_key is
  'What is wrong, where: one alert is open per key. Null for alerts that were written without.';
comment on column public.system_alerts.path is 'Positions or roles that are told one after the other.';
comment on column public.system_alerts.step is 'How often it has climbed; the top of the path is told again and again.';
comment on column public.system_alerts.escalates_at is 'When it climbs next, unless somebody acknowledges it.';

create unique index system_alerts_alert_key_open_key on public.system_alerts (alert_key) where status <> 'resolved';
create index system_alerts_escalates_at_idx on public.system_alerts (escalates_at) where status = 'open';
