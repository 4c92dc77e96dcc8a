-- Purpose: clients hear of things in the application alone, unless they ask for more
-- Affects: table public.notification_preferences
-- Source: 45 CFR 164.502(b) (minimum necessary), 164.522(b) (confidential communications); architecture, section 5
-- Reversal: alter table public.notification_preferences drop column wanted_channels;
-- Locks: access exclusive on public.notification_preferences, for an instant

alter table public.notification_preferences
  add column wanted_channels text[] not null default '{}',
  add constraint notification_preferences_wanted_channels_check check (wanted_channels <@ array['email', 'slack', 'sms']);

comment on column public.notification_preferences.wanted_channels is
  'Channels that a client asked for: without, a client''s messages wait in the application. Staff need not ask.';
comment on column public.notification_preferences.muted_channels is
  'Channels that are not wanted, whoever it is; in_app cannot be muted.';
