-- Purpose: a row per listening worker, which it writes and hears of through Realtime
-- Affects: table public.feed_canaries; publication supabase_realtime
-- Source: architecture, section 5; supabase/realtime issue 2093 (a feed that is silent without a word)
-- Reversal: alter publication supabase_realtime drop table public.feed_canaries; drop table public.feed_canaries;
-- Locks: none (new table)

create table public.feed_canaries (
  listener text primary key,
  beat bigint not null,
  heard bigint not null default 0,
  beaten_at timestamptz not null default clock_timestamp(),
  heard_at timestamptz not null default clock_timestamp(),
  constraint feed_canaries_listener_check check (listener ~ '^[a-z0-9]{1,40}$')
)
with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

comment on table public.feed_canaries is
  'Heartbeats of workers through Realtime. beat is the last one sent, heard the last one that came back.';

alter table public.feed_canaries enable row level security;
revoke all on table public.feed_canaries from public, anon, authenticated, service_role;
-- Realtime reads the row as the subscriber, which is service_role.
grant select on table public.feed_canaries to service_role;

do $$
begin
  if exists (select from pg_publication where pubname = 'supabase_realtime' and not puballtables) then
    alter publication supabase_realtime add table public.feed_canaries;
  end if;
end
$$;
