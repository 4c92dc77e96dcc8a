-- Purpose: what a recorder tells of a change: one event for each task, with names, keys and states
-- Affects: function governance.record_tasks
-- Source: architecture, section 5; docs/events.md (the facts)
-- Reversal: drop function governance.record_tasks(text[], text, text, text, text[], boolean, uuid[], uuid[], jsonb, jsonb);
-- Locks: none

create or replace function governance.record_tasks(
  p_tasks text[],
  p_operation text,
  p_table text,
  p_row_key text,
  p_changed text[],
  p_is_shared boolean,
  p_owners uuid[],
  p_clients uuid[],
  p_was jsonb,
  p_is jsonb
) returns void
language plpgsql
set search_path = ''
as $$
declare
  owners uuid[];
  clients uuid[];
  facts jsonb;
begin
  if cardinality(p_tasks) = 0 then
    return;
  end if;
  owners := array(select distinct owner from unnest(p_owners) owner where owner is not null order by owner);
  clients := array(select distinct client from unnest(p_clients) client where client is not null order by client);
  facts := jsonb_build_object('command', lower(p_operation));
  if p_operation = 'UPDATE' then
    facts := facts || jsonb_build_object('changed', p_changed);
  end if;
  if p_is_shared then
    facts := facts || '{"shared": true}';
  end if;
  if cardinality(owners) > 0 then
    facts := facts || jsonb_build_object('owners', owners);
  end if;
  if cardinality(clients) = 1 then
    facts := facts || jsonb_build_object('client', clients[1]);
  elsif cardinality(clients) > 1 then
    facts := facts || jsonb_build_object('clients', clients);
  end if;
  if p_operation <> 'INSERT' and p_was <> '{}' then
    facts := facts || jsonb_build_object('was', p_was);
  end if;
  if p_operation <> 'DELETE' and p_is <> '{}' then
    facts := facts || jsonb_build_object('is', p_is);
  end if;

  -- In the order in which they were recognised; two entries of one task are one task.
  for index in 1 .. cardinality(p_tasks) loop
    if array_position(p_tasks, p_tasks[index]) = index then
      perform governance.record_event(
        split_part(p_tasks[index], '.', 1), split_part(p_tasks[index], '.', 2), p_table, p_row_key, facts
      );
    end if;
  end loop;
end
$$;
comment on function governance.record_tasks(text[], text, text, text, text[], boolean, uuid[], uuid[], jsonb, jsonb) is
  'Records one event for each task that a change of one row is. For the compiled recorders, after the row is written.';
revoke all on function governance.record_tasks(text[], text, text, text, text[], boolean, uuid[], uuid[], jsonb, jsonb)
  from public, anon, authenticated, service_role;
