-- Purpose: security incidents from detection to resolution
-- Affects: table public.security_incidents
-- Source: production plan, 3.4 (SecurityIncident); 45 CFR 164.308(a)(6)
-- Reversal: drop table public.security_incidents;
-- Locks: none (new table)

create table public.security_incidents (
  id uuid primary key default gen_random_uuid(),
  type text not null,
  severity text not null,
  description text not null,
  affected_users uuid[] not null default '{}',
  affected_data text[] not null default '{}',
  detected_at timestamptz not null default now(),
  reported_by uuid not null default governance.actor_id() references public.profiles (id) on delete restrict,
  status text not null default 'detected',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint security_incidents_type_check
    check (type in ('data_breach', 'unauthorized_access', 'system_compromise', 'policy_violation')),
  constraint security_incidents_severity_check check (severity in ('low', 'medium', 'high', 'critical')),
  constraint security_incidents_status_check check (status in ('detected', 'investigating', 'contained', 'resolved'))
);

comment on table public.security_incidents is
  'Security incidents. The description names no patient; affected_users holds keys.';

create index security_incidents_reported_by_idx on public.security_incidents (reported_by);
create index security_incidents_detected_at_idx on public.security_incidents (detected_at desc);
create index security_incidents_status_idx on public.security_incidents (status);

alter table public.security_incidents enable row level security;
revoke all on table public.security_incidents from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.security_incidents to service_role;

create trigger security_incidents_set_updated_at before update on public.security_incidents
  for each row execute function governance.set_updated_at();
