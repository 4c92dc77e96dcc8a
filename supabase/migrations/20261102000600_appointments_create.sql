-- Purpose: the schedule
-- Affects: table public.appointments
-- Source: governance plan, 4.1 and 5.2 (appointments); production plan, 5.2; architecture, section 2
--   (reference practice schema)
-- Reversal: drop table public.appointments;
-- Locks: none (new table)

create table public.appointments (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references public.clients (id) on delete restrict,
  provider_id uuid not null references public.profiles (id) on delete restrict,
  start_time timestamptz not null,
  end_time timestamptz not null,
  appointment_date date not null
    generated always as ((start_time at time zone 'America/New_York')::date) stored,
  appointment_type text,
  status text not null default 'Scheduled',
  service_location text not null default 'Office',
  notes text,
  cancellation_reason text,
  cancelled_at timestamptz,
  cancelled_by uuid references public.profiles (id) on delete restrict,
  no_show_documented_at timestamptz,
  rescheduled_from_id uuid references public.appointments (id) on delete restrict,
  created_date timestamptz not null default now(),
  created_by uuid default governance.actor_id() references public.profiles (id) on delete restrict,
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint appointments_end_time_check check (end_time > start_time),
  constraint appointments_duration_check check (end_time - start_time <= interval '24 hours'),
  constraint appointments_appointment_type_check check (
    appointment_type in (
      'Intake', 'Individual Therapy', 'Couples Therapy', 'Family Therapy', 'Group Therapy',
      'Assessment', 'Consultation', 'Crisis Intervention', 'Follow-up'
    )
  ),
  constraint appointments_status_check check (
    status in (
      'Scheduled', 'Confirmed', 'Checked In', 'In Session', 'Completed', 'No Show', 'Cancelled', 'Rescheduled'
    )
  ),
  constraint appointments_service_location_check
    check (service_location in ('Office', 'Telehealth', 'Home', 'Community')),
  constraint appointments_rescheduled_from_check check (rescheduled_from_id <> id),
  -- Half open: one may start when the other ends. A cancelled, rescheduled, missed or deleted one frees the slot.
  constraint appointments_no_double_booking exclude using gist (
    provider_id with =,
    tstzrange(start_time, end_time, '[)') with &&
  ) where (
    status in ('Scheduled', 'Confirmed', 'Checked In', 'In Session', 'Completed') and deleted_at is null
  )
);

comment on table public.appointments is
  'Appointments of clients with providers. A provider cannot be booked twice: '
  'appointments_no_double_booking.';
comment on column public.appointments.appointment_date is
  'Calendar day of start_time in the practice time zone (America/New_York).';
comment on column public.appointments.notes is
  'For scheduling only; clinical content belongs to clinical_notes.';
comment on column public.appointments.rescheduled_from_id is
  'The appointment that this one replaces; that one has status Rescheduled.';
comment on column public.appointments.created_date is
  'When it was booked; the plans name it so and count by it.';

create index appointments_provider_id_start_time_idx on public.appointments (provider_id, start_time);
create index appointments_client_id_start_time_idx on public.appointments (client_id, start_time);
create index appointments_start_time_idx on public.appointments (start_time);
create index appointments_appointment_date_idx on public.appointments (appointment_date);
create index appointments_status_start_time_idx on public.appointments (status, start_time);
create index appointments_created_date_idx on public.appointments (created_date);
create index appointments_created_by_idx on public.appointments (created_by);
create index appointments_cancelled_by_idx on public.appointments (cancelled_by);
create index appointments_rescheduled_from_id_idx on public.appointments (rescheduled_from_id);

alter table public.appointments enable row level security;
revoke all on table public.appointments from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.appointments to service_role;

create trigger appointments_set_created_by before insert or update of created_by on public.appointments
  for each row execute function governance.set_created_by();

create trigger appointments_set_updated_at before update on public.appointments
  for each row execute function governance.set_updated_at();
