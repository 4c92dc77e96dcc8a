-- Purpose: every change of a table that checks read is captured, in the transaction that makes it
-- Affects: functions governance.capture_<table>_changes; triggers quality_capture_… on each of the tables
-- Source: docs/data-contracts, compiled by `mentalspace contracts compile`; edit there, never here
-- Reversal: run the file of this name before this one again
-- Locks: share row exclusive on each table, for an instant

do $$
declare
  old record;
begin
  for old in
    select tgname, tgrelid::regclass as relation
    from pg_catalog.pg_trigger
    where tgname in ('quality_capture_insert', 'quality_capture_update', 'quality_capture_delete', 'quality_capture_truncate') and tgrelid <> all (array['public.guests', 'public.visits']::regclass[])
  loop
    execute format('drop trigger %I on %s', old.tgname, old.relation);
  end loop;
end
$$;

create or replace function governance.capture_guests_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.guests');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.guests', jsonb_build_object('id', id), 1 from new_rows as guests;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.guests');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.guests', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(1) as change
        from (select id, is_away from old_rows except select id, is_away from new_rows) as guests
        union all
        select id, 1
        from (select id, is_away from new_rows except select id, is_away from old_rows) as guests
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.guests');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.guests', jsonb_build_object('id', id), -(1) from old_rows as guests;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.guests');
  end if;
  return null;
end
$$;
comment on function governance.capture_guests_changes() is
  'Captures which rows of public.guests changed, for the checks that read it.';
revoke all on function governance.capture_guests_changes() from public;

create or replace trigger quality_capture_insert after insert on public.guests
  referencing new table as new_rows
  for each statement execute function governance.capture_guests_changes();
alter table public.guests enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.guests
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_guests_changes();
alter table public.guests enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.guests
  referencing old table as old_rows
  for each statement execute function governance.capture_guests_changes();
alter table public.guests enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.guests
  for each statement execute function governance.capture_guests_changes();
alter table public.guests enable always trigger quality_capture_truncate;

create or replace function governance.capture_visits_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.visits');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.visits', jsonb_build_object('id', id, 'guest_id', guest_id, 'previous_id', previous_id), coalesce((gone is null)::integer, 0) from new_rows as visits;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.visits');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.visits', jsonb_build_object('id', id, 'guest_id', guest_id, 'previous_id', previous_id), sum(change)
      from (
        select id, guest_id, previous_id, -(coalesce((gone is null)::integer, 0)) as change
        from (select id, guest_id, previous_id, status, starts, ends, gone from old_rows except select id, guest_id, previous_id, status, starts, ends, gone from new_rows) as visits
        union all
        select id, guest_id, previous_id, coalesce((gone is null)::integer, 0)
        from (select id, guest_id, previous_id, status, starts, ends, gone from new_rows except select id, guest_id, previous_id, status, starts, ends, gone from old_rows) as visits
      ) as both_images
      group by id, guest_id, previous_id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.visits');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.visits', jsonb_build_object('id', id, 'guest_id', guest_id, 'previous_id', previous_id), -(coalesce((gone is null)::integer, 0)) from old_rows as visits;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.visits');
  end if;
  return null;
end
$$;
comment on function governance.capture_visits_changes() is
  'Captures which rows of public.visits changed, for the checks that read it.';
revoke all on function governance.capture_visits_changes() from public;

create or replace trigger quality_capture_insert after insert on public.visits
  referencing new table as new_rows
  for each statement execute function governance.capture_visits_changes();
alter table public.visits enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.visits
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_visits_changes();
alter table public.visits enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.visits
  referencing old table as old_rows
  for each statement execute function governance.capture_visits_changes();
alter table public.visits enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.visits
  for each statement execute function governance.capture_visits_changes();
alter table public.visits enable always trigger quality_capture_truncate;
