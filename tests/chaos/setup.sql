-- A table whose changes are events, and what consumers make of them. No unique keys: a second effect would stay.
create schema chaos;
create table chaos.things (id text primary key, version integer not null);
create table chaos.effects (
  number bigint generated always as identity, event_id bigint not null, thing text not null, version integer not null
);
create table chaos.counts (event_id bigint not null);
create table chaos.slots (number bigint generated always as identity, job bigint not null, slot timestamptz not null);

-- Every slot that came since the jobs were announced, and until a moment.
create function chaos.list_slots(until timestamptz) returns table (job text, slot timestamptz)
language sql
set search_path = ''
as $$
  select job.name, to_timestamp(second)
  from governance.jobs as job
  cross join lateral generate_series(
    extract(epoch from job.registered_at)::bigint + 1, extract(epoch from until)::bigint
  ) as second
  where (second - split_part(job.schedule, ' ', 1)::bigint) % 30 = 0
$$;

create function chaos.record_thing() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform governance.record_event(
    'chaos', 'change_thing', 'things', new.id,
    jsonb_build_object('command', lower(tg_op), 'is', jsonb_build_object('version', new.version))
  );
  return null;
end
$$;
create trigger record_thing after insert or update on chaos.things
  for each row execute function chaos.record_thing();
