-- Purpose: how each person wants to be told: channels they do not want, quiet hours, digest
-- Affects: table public.notification_preferences
-- Source: architecture, section 5
-- Reversal: drop table public.notification_preferences;
-- Locks: share row exclusive on public.profiles, for an instant (foreign key)

create table public.notification_preferences (
  user_id uuid primary key references public.profiles (id) on delete restrict,
  muted_channels text[] not null default '{}',
  quiet_from time,
  quiet_until time,
  wants_digest boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint notification_preferences_muted_channels_check check (muted_channels <@ array['email', 'slack', 'sms']),
  constraint notification_preferences_quiet_check check ((quiet_from is null) = (quiet_until is null))
);

comment on table public.notification_preferences is
  'How a person wants to be told; without a row, the practice''s settings. in_app cannot be muted: it waits to be read.';
comment on column public.notification_preferences.quiet_from is
  'On the practice''s wall clock; equal to quiet_until: no quiet hours. Null: the practice''s. Urgent messages ignore them.';
comment on column public.notification_preferences.wants_digest is
  'Messages of low priority come by email once a day; if false, at once.';

alter table public.notification_preferences enable row level security;
revoke all on table public.notification_preferences from public, anon, authenticated, service_role;
grant select, insert, update on table public.notification_preferences to authenticated;
grant select, insert, update, delete on table public.notification_preferences to service_role;

create policy notification_preferences_select on public.notification_preferences
  for select to authenticated using (user_id = (select governance.actor_id()));
create policy notification_preferences_insert on public.notification_preferences
  for insert to authenticated with check (user_id = (select governance.actor_id()));
create policy notification_preferences_update on public.notification_preferences
  for update to authenticated
  using (user_id = (select governance.actor_id()))
  with check (user_id = (select governance.actor_id()));
comment on policy notification_preferences_select on public.notification_preferences is 'One''s own.';
comment on policy notification_preferences_insert on public.notification_preferences is 'One''s own.';
comment on policy notification_preferences_update on public.notification_preferences is 'One''s own.';

create trigger notification_preferences_set_updated_at before update on public.notification_preferences
  for each row execute function governance.set_updated_at();
