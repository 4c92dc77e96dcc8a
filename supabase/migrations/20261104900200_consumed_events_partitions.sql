-- Purpose: consumed events by day, and days dropped whole
-- Affects: functions governance.add_consumed_events_days, governance.drop_consumed_events_days
-- Source: architecture, section 5
-- Reversal: drop function governance.add_consumed_events_days(date, integer); drop function governance.drop_consumed_events_days(date);
-- Locks: of the functions' callers: access exclusive on governance.consumed_events and its default partition, for an instant

create or replace function governance.add_consumed_events_days(p_from date, p_days integer) returns integer
language plpgsql
set search_path = ''
-- Whoever consumes just now is let through first; the next night tries again.
set lock_timeout = '3s'
as $$
declare
  day date;
  name text;
  added integer := 0;
begin
  for day in select p_from + number from generate_series(0, p_days - 1) number loop
    name := 'consumed_events_' || to_char(day, 'YYYYMMDD');
    continue when to_regclass('governance.' || name) is not null;
    execute format('create table governance.%I (like governance.consumed_events including all)', name);
    execute format('alter table governance.%I enable row level security', name);
    execute format('revoke all on table governance.%I from public, anon, authenticated, service_role', name);
    -- What the default partition took for want of this one.
    execute format(
      'with moved as (delete from governance.consumed_events_default '
      'where consumed_at >= %1$L and consumed_at < %2$L returning *) '
      'insert into governance.%3$I select * from moved',
      day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC', name
    );
    execute format(
      'alter table governance.consumed_events attach partition governance.%I for values from (%L) to (%L)',
      name, day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC'
    );
    added := added + 1;
  end loop;
  return added;
end
$$;
comment on function governance.add_consumed_events_days(date, integer) is
  'Adds partitions for so many days (UTC) from a day on; returns how many were missing.';

create or replace function governance.drop_consumed_events_days(p_before date) returns integer
language plpgsql
set search_path = ''
set lock_timeout = '3s'
as $$
declare
  name text;
  dropped integer := 0;
begin
  for name in
    select child.relname
    from pg_catalog.pg_inherits link
    join pg_catalog.pg_class child on child.oid = link.inhrelid
    where link.inhparent = 'governance.consumed_events'::regclass
      and child.relname ~ '^consumed_events_[0-9]{8}$'
      and child.relname < 'consumed_events_' || to_char(p_before, 'YYYYMMDD')
    order by child.relname
  loop
    execute format('drop table governance.%I', name);
    dropped := dropped + 1;
  end loop;
  delete from governance.consumed_events_default where consumed_at < p_before::timestamp at time zone 'UTC';
  return dropped;
end
$$;
comment on function governance.drop_consumed_events_days(date) is
  'Drops the partitions of days (UTC) before a day; returns how many.';

revoke all on function governance.add_consumed_events_days(date, integer) from public, anon, authenticated, service_role;
revoke all on function governance.drop_consumed_events_days(date) from public, anon, authenticated, service_role;
