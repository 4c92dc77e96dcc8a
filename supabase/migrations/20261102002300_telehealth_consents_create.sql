-- Purpose: consent to telehealth and to recording
-- Affects: table public.telehealth_consents
-- Source: governance plan, 4.2 (consent verification); architecture, section 2 (reference practice schema)
-- Reversal: drop table public.telehealth_consents;
-- Locks: none (new table)

create table public.telehealth_consents (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references public.clients (id) on delete restrict,
  consent_type text not null default 'Telehealth',
  document_version text not null,
  consented_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  verified_by uuid references public.profiles (id) on delete restrict,
  verified_at timestamptz,
  created_by uuid default governance.actor_id() references public.profiles (id) on delete restrict,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint telehealth_consents_consent_type_check check (consent_type in ('Telehealth', 'Recording')),
  constraint telehealth_consents_expires_at_check check (expires_at > consented_at),
  constraint telehealth_consents_revoked_at_check check (revoked_at >= consented_at)
);

comment on table public.telehealth_consents is
  'Consents of clients. In force from consented_at until expires_at or revoked_at.';

create index telehealth_consents_client_id_idx on public.telehealth_consents (client_id);
create index telehealth_consents_verified_by_idx on public.telehealth_consents (verified_by);
create index telehealth_consents_created_by_idx on public.telehealth_consents (created_by);

alter table public.telehealth_consents enable row level security;
revoke all on table public.telehealth_consents from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.telehealth_consents to service_role;

create trigger telehealth_consents_set_created_by
  before insert or update of created_by on public.telehealth_consents
  for each row execute function governance.set_created_by();

create trigger telehealth_consents_set_updated_at before update on public.telehealth_consents
  for each row execute function governance.set_updated_at();
