-- Purpose: messages to people, and the outbox they leave from
-- Affects: table public.notification_logs
-- Source: governance plan, 5.3 (data_quality_alert); architecture, section 5
-- Reversal: drop table public.notification_logs;
-- Locks: none (new table)

create table public.notification_logs (
  id uuid primary key default gen_random_uuid(),
  notification_type text not null,
  recipient_user_ids uuid[] not null default '{}',
  subject text not null,
  message text not null,
  priority text not null default 'normal',
  sent_via text[] not null default '{in_app}',
  delivery_key text,
  status text not null default 'pending',
  attempts smallint not null default 0,
  available_at timestamptz not null default now(),
  sent_at timestamptz,
  last_error text,
  read_by uuid[] not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint notification_logs_delivery_key_key unique (delivery_key),
  constraint notification_logs_subject_check check (char_length(subject) between 1 and 300),
  constraint notification_logs_priority_check check (priority in ('low', 'normal', 'high', 'urgent')),
  constraint notification_logs_sent_via_check check (sent_via <@ array['in_app', 'email', 'slack', 'sms']),
  constraint notification_logs_status_check check (status in ('pending', 'sending', 'sent', 'failed', 'cancelled')),
  constraint notification_logs_attempts_check check (attempts >= 0)
);

comment on table public.notification_logs is
  'Notifications and their delivery. Texts name tables, rules, keys and counts: never PHI.';
comment on column public.notification_logs.recipient_user_ids is
  'People (profiles) who get it; an array as the plan has it, so without foreign key.';
comment on column public.notification_logs.delivery_key is
  'The same event writes the same key: it is sent once.';
comment on column public.notification_logs.last_error is
  'Code or class of the last failure, never the message body.';

create index notification_logs_recipient_user_ids_idx
  on public.notification_logs using gin (recipient_user_ids);
create index notification_logs_created_at_id_idx on public.notification_logs (created_at, id)
  where sent_at is null;
create index notification_logs_created_at_idx on public.notification_logs (created_at desc);

alter table public.notification_logs enable row level security;
revoke all on table public.notification_logs from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.notification_logs to service_role;

create trigger notification_logs_set_updated_at before update on public.notification_logs
  for each row execute function governance.set_updated_at();
