-- Purpose: the bounds of a client's own charts for one look-up, or two for a client
-- Affects: functions governance.first_reachable_client, last_reachable_client
-- Source: figures in docs/raci.md, Cost
-- Reversal: run <timestamp>_raci_reach_cheapen again
-- Locks: none

-- Whoever has no chart, or a scope in the matrix, is bounded by nothing: the rest of the policy decides alone.
create or replace function governance.first_reachable_client(p_table text, p_command text) returns uuid
language plpgsql stable parallel safe
security definer -- because it asks find_reach, and no caller may read all clients
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  actor uuid := governance.actor_id();
  own uuid := (
    select client.id from public.clients client where client.portal_user_id = actor order by client.id limit 1
  );
begin
  if own is null or governance.find_reach(p_table, p_command) is not null then
    return '00000000-0000-0000-0000-000000000000';
  end if;
  return own;
end
$$;
comment on function governance.first_reachable_client(text, text) is
  'No client before this one is within the caller''s reach: the first of a client''s own charts, the least key there is '
  'for everybody else.';

create or replace function governance.last_reachable_client(p_table text, p_command text) returns uuid
language plpgsql stable parallel safe
security definer -- because it asks find_reach, and no caller may read all clients
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  actor uuid := governance.actor_id();
  own uuid := (
    select client.id from public.clients client where client.portal_user_id = actor order by client.id desc limit 1
  );
begin
  if own is null or governance.find_reach(p_table, p_command) is not null then
    return 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  end if;
  return own;
end
$$;
comment on function governance.last_reachable_client(text, text) is
  'No client after this one is within the caller''s reach; see first_reachable_client.';
