-- Purpose: recordings of telehealth sessions
-- Affects: table public.session_recordings
-- Source: governance plan, 4.2 (recording management); architecture, section 2 (reference practice schema)
-- Reversal: drop table public.session_recordings;
-- Locks: none (new table)

create table public.session_recordings (
  id uuid primary key default gen_random_uuid(),
  session_id uuid not null references public.telehealth_sessions (id) on delete restrict,
  client_id uuid not null references public.clients (id) on delete restrict,
  provider_id uuid not null references public.profiles (id) on delete restrict,
  consent_id uuid not null references public.telehealth_consents (id) on delete restrict,
  storage_path text not null,
  started_at timestamptz not null default now(),
  duration_seconds integer,
  created_by uuid default governance.actor_id() references public.profiles (id) on delete restrict,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint session_recordings_storage_path_key unique (storage_path),
  constraint session_recordings_duration_seconds_check check (duration_seconds >= 0)
);

comment on table public.session_recordings is
  'Recordings. None exists without a consent.';

create index session_recordings_session_id_idx on public.session_recordings (session_id);
create index session_recordings_client_id_idx on public.session_recordings (client_id);
create index session_recordings_provider_id_idx on public.session_recordings (provider_id);
create index session_recordings_consent_id_idx on public.session_recordings (consent_id);
create index session_recordings_created_by_idx on public.session_recordings (created_by);

alter table public.session_recordings enable row level security;
revoke all on table public.session_recordings from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.session_recordings to service_role;

create trigger session_recordings_set_created_by
  before insert or update of created_by on public.session_recordings
  for each row execute function governance.set_created_by();

create trigger session_recordings_set_updated_at before update on public.session_recordings
  for each row execute function governance.set_updated_at();
