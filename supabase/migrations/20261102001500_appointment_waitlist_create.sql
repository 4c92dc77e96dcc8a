-- Purpose: clients waiting for a slot
-- Affects: table public.appointment_waitlist
-- Source: governance plan, 4.1 (Manage Waitlist); architecture, section 2 (reference practice schema)
-- Reversal: drop table public.appointment_waitlist;
-- Locks: none (new table)

create table public.appointment_waitlist (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references public.clients (id) on delete restrict,
  provider_id uuid references public.profiles (id) on delete restrict,
  appointment_type text,
  preferred_days text[] not null default '{}',
  preferred_time_of_day text,
  priority text not null default 'Normal',
  status text not null default 'Waiting',
  appointment_id uuid references public.appointments (id) on delete restrict,
  notes text,
  created_by uuid default governance.actor_id() references public.profiles (id) on delete restrict,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint appointment_waitlist_preferred_days_check check (
    preferred_days <@ array['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']
  ),
  constraint appointment_waitlist_preferred_time_of_day_check
    check (preferred_time_of_day in ('Morning', 'Afternoon', 'Evening')),
  constraint appointment_waitlist_priority_check check (priority in ('Low', 'Normal', 'High', 'Urgent')),
  constraint appointment_waitlist_status_check check (status in ('Waiting', 'Offered', 'Booked', 'Removed'))
);

comment on table public.appointment_waitlist is
  'Clients waiting for an appointment; provider_id is empty when any clinician will do.';
comment on column public.appointment_waitlist.appointment_id is
  'The appointment that ended the wait.';

create index appointment_waitlist_client_id_idx on public.appointment_waitlist (client_id);
create index appointment_waitlist_provider_id_idx on public.appointment_waitlist (provider_id);
create index appointment_waitlist_appointment_id_idx on public.appointment_waitlist (appointment_id);
create index appointment_waitlist_created_by_idx on public.appointment_waitlist (created_by);
create index appointment_waitlist_priority_created_at_idx
  on public.appointment_waitlist (priority, created_at)
  where status = 'Waiting';

alter table public.appointment_waitlist enable row level security;
revoke all on table public.appointment_waitlist from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.appointment_waitlist to service_role;

create trigger appointment_waitlist_set_created_by
  before insert or update of created_by on public.appointment_waitlist
  for each row execute function governance.set_created_by();

create trigger appointment_waitlist_set_updated_at before update on public.appointment_waitlist
  for each row execute function governance.set_updated_at();
