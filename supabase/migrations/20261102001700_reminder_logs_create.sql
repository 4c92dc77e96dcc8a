-- Purpose: reminders of appointments
-- Affects: table public.reminder_logs
-- Source: governance plan, 4.1 (Send Reminders, 24 to 48 hours before); architecture, section 2 (reference
--   practice schema)
-- Reversal: drop table public.reminder_logs;
-- Locks: none (new table)

create table public.reminder_logs (
  id uuid primary key default gen_random_uuid(),
  appointment_id uuid not null references public.appointments (id) on delete restrict,
  client_id uuid not null references public.clients (id) on delete restrict,
  channel text not null,
  status text not null default 'Pending',
  scheduled_for timestamptz not null,
  sent_at timestamptz,
  error_code text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint reminder_logs_channel_check check (channel in ('email', 'sms', 'phone', 'in_app')),
  constraint reminder_logs_status_check check (status in ('Pending', 'Sent', 'Failed', 'Cancelled')),
  constraint reminder_logs_sent_check check (status <> 'Sent' or sent_at is not null)
);

comment on table public.reminder_logs is
  'Reminders, one row per message. Never holds the text that was sent.';

create index reminder_logs_appointment_id_idx on public.reminder_logs (appointment_id);
create index reminder_logs_client_id_idx on public.reminder_logs (client_id);
create index reminder_logs_scheduled_for_idx on public.reminder_logs (scheduled_for)
  where status = 'Pending';

alter table public.reminder_logs enable row level security;
revoke all on table public.reminder_logs from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.reminder_logs to service_role;

create trigger reminder_logs_set_updated_at before update on public.reminder_logs
  for each row execute function governance.set_updated_at();
