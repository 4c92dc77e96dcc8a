-- Purpose: a message on its way: one row per channel and person, claimed, leased, and every attempt recorded
-- Affects: tables governance.notification_deliveries, governance.notification_attempts
-- Source: architecture, section 5
-- Reversal: drop table governance.notification_attempts; drop table governance.notification_deliveries;
-- Locks: share row exclusive on public.notification_logs and public.profiles, for an instant (foreign keys)

create table governance.notification_deliveries (
  delivery_id bigint generated always as identity primary key,
  notification_id uuid not null references public.notification_logs (id) on delete cascade,
  channel text not null,
  user_id uuid references public.profiles (id),
  message_key text not null,
  digest_at timestamptz,
  urgent boolean not null,
  state text not null default 'pending',
  reason text,
  available_at timestamptz not null default clock_timestamp(),
  attempts smallint not null default 0,
  attempt_id bigint,
  lease_until timestamptz,
  created_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  constraint notification_deliveries_notification_id_channel_user_id_key
    unique nulls not distinct (notification_id, channel, user_id),
  constraint notification_deliveries_channel_check check (channel in ('email', 'slack', 'sms')),
  constraint notification_deliveries_state_check check (state in ('pending', 'sent', 'dead', 'skipped')),
  constraint notification_deliveries_finished_check check ((state = 'pending') = (finished_at is null)),
  constraint notification_deliveries_attempts_check check (attempts >= 0)
);

comment on table governance.notification_deliveries is
  'What has to leave, or left, through a channel. Addresses are looked up when it leaves, and not kept. No PHI.';
comment on column governance.notification_deliveries.user_id is 'Null: the channel is one for everybody, such as a team''s.';
comment on column governance.notification_deliveries.message_key is
  'What is sent goes out under this key, again and again until it is known to have left. A digest''s rows share one.';
comment on column governance.notification_deliveries.attempt_id is
  'Of the latest claim. A sender with another one may not record anything.';

create index notification_deliveries_waiting_idx
  on governance.notification_deliveries (urgent desc, available_at, delivery_id) where state = 'pending';
create index notification_deliveries_message_key_idx
  on governance.notification_deliveries (message_key, delivery_id) where state = 'pending';
create index notification_deliveries_user_id_idx
  on governance.notification_deliveries (user_id, channel, finished_at);
create index notification_deliveries_dead_idx
  on governance.notification_deliveries (finished_at) where state = 'dead';

create table governance.notification_attempts (
  attempt_id bigint generated always as identity primary key,
  delivery_id bigint not null references governance.notification_deliveries (delivery_id) on delete cascade,
  attempt smallint not null,
  message_key text not null,
  sender text not null,
  started_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  outcome text,
  error_class text,
  constraint notification_attempts_outcome_check check (outcome in ('sent', 'failed', 'deferred')),
  constraint notification_attempts_finished_check check ((outcome is null) = (finished_at is null))
);

comment on table governance.notification_attempts is
  'Every try to send. One without an end: the sender died, and nobody knows whether the message left.';

create index notification_attempts_delivery_id_idx on governance.notification_attempts (delivery_id);

alter table governance.notification_deliveries enable row level security;
alter table governance.notification_attempts enable row level security;
revoke all on table governance.notification_deliveries, governance.notification_attempts
  from public, anon, authenticated, service_role;
