-- Purpose: appointments that clients ask for
-- Affects: table public.appointment_requests
-- Source: governance plan, 4.2 (appointment requests); architecture, section 2 (reference practice schema)
-- Reversal: drop table public.appointment_requests;
-- Locks: none (new table)

create table public.appointment_requests (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references public.clients (id) on delete restrict,
  provider_id uuid references public.profiles (id) on delete restrict,
  requested_start_time timestamptz not null,
  requested_end_time timestamptz,
  appointment_type text,
  reason text,
  status text not null default 'Pending',
  decided_by uuid references public.profiles (id) on delete restrict,
  decided_at timestamptz,
  appointment_id uuid references public.appointments (id) on delete restrict,
  created_by uuid default governance.actor_id() references public.profiles (id) on delete restrict,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint appointment_requests_times_check check (requested_end_time > requested_start_time),
  constraint appointment_requests_status_check check (status in ('Pending', 'Approved', 'Declined', 'Withdrawn'))
);

comment on table public.appointment_requests is
  'Requests from the portal; an approved one points to the appointment made.';

create index appointment_requests_client_id_idx on public.appointment_requests (client_id);
create index appointment_requests_provider_id_idx on public.appointment_requests (provider_id);
create index appointment_requests_decided_by_idx on public.appointment_requests (decided_by);
create index appointment_requests_appointment_id_idx on public.appointment_requests (appointment_id);
create index appointment_requests_created_by_idx on public.appointment_requests (created_by);
create index appointment_requests_status_idx on public.appointment_requests (status);

alter table public.appointment_requests enable row level security;
revoke all on table public.appointment_requests from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.appointment_requests to service_role;

create trigger appointment_requests_set_created_by
  before insert or update of created_by on public.appointment_requests
  for each row execute function governance.set_created_by();

create trigger appointment_requests_set_updated_at before update on public.appointment_requests
  for each row execute function governance.set_updated_at();
