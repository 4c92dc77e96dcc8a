-- Purpose: video sessions
-- Affects: table public.telehealth_sessions
-- Source: governance plan, 4.2 (session setup, technical support, termination); architecture, section 2
--   (reference practice schema)
-- Reversal: drop table public.telehealth_sessions;
-- Locks: none (new table)

create table public.telehealth_sessions (
  id uuid primary key default gen_random_uuid(),
  appointment_id uuid not null references public.appointments (id) on delete restrict,
  client_id uuid not null references public.clients (id) on delete restrict,
  provider_id uuid not null references public.profiles (id) on delete restrict,
  room_name text not null default gen_random_uuid()::text,
  status text not null default 'Scheduled',
  started_at timestamptz,
  ended_at timestamptz,
  ended_by uuid references public.profiles (id) on delete restrict,
  support_notes text,
  created_by uuid default governance.actor_id() references public.profiles (id) on delete restrict,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint telehealth_sessions_room_name_key unique (room_name),
  constraint telehealth_sessions_status_check check (status in ('Scheduled', 'Waiting', 'Active', 'Ended', 'Failed')),
  constraint telehealth_sessions_times_check check (ended_at >= started_at)
);

comment on table public.telehealth_sessions is
  'Telehealth sessions. A room name says nothing about anybody.';

create index telehealth_sessions_appointment_id_idx on public.telehealth_sessions (appointment_id);
create index telehealth_sessions_client_id_idx on public.telehealth_sessions (client_id);
create index telehealth_sessions_provider_id_idx on public.telehealth_sessions (provider_id);
create index telehealth_sessions_ended_by_idx on public.telehealth_sessions (ended_by);
create index telehealth_sessions_created_by_idx on public.telehealth_sessions (created_by);

alter table public.telehealth_sessions enable row level security;
revoke all on table public.telehealth_sessions from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.telehealth_sessions to service_role;

create trigger telehealth_sessions_set_created_by
  before insert or update of created_by on public.telehealth_sessions
  for each row execute function governance.set_created_by();

create trigger telehealth_sessions_set_updated_at before update on public.telehealth_sessions
  for each row execute function governance.set_updated_at();
