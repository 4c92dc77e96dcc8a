-- Purpose: what the policies ask at every statement, from held_reach: one index look-up each, or two
-- Affects: functions governance.find_reach, reaches_all, reachable_owners, each_reachable_client, reachable_clients, first_reachable_client, last_reachable_client
-- Source: figures in docs/raci.md, Cost
-- Reversal: find_reach of 20261122064500_raci_reach_by_persona, reaches_all of 20261104000300_raci_reach_create, reachable_owners and each_reachable_client of 20261122064800_raci_reach_cheapen, reachable_clients of 20261122072702_emergency_reach_create, the bounds of 20261122072200_raci_bounds_cheapen
-- Locks: none

create or replace function governance.find_reach(p_subject text, p_action text) returns governance.raci_scope
language plpgsql stable parallel safe
security definer -- because no caller may read what others reach
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  actor uuid := governance.actor_id();
begin
  return (
    select max(reach.scope)
    from governance.held_reach reach
    where reach.user_id = actor
      and reach.subject = p_subject
      and reach.action = p_action
      and reach.is_active
  );
end
$$;

create or replace function governance.reaches_all(p_table text, p_command text) returns boolean
language plpgsql stable parallel safe
security definer -- because no caller may read what others reach
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  actor uuid := governance.actor_id();
begin
  return exists (
    select
    from governance.held_reach reach
    where reach.user_id = actor
      and reach.subject = p_table
      and reach.action = p_command
      and reach.scope = 'all'
      and reach.is_active
  );
end
$$;

create or replace function governance.reachable_owners(p_table text, p_command text) returns uuid[]
language plpgsql stable parallel safe
security definer -- because no caller may read what others reach, and supervision
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  actor uuid := governance.actor_id();
  reach governance.raci_scope := (
    select max(held.scope)
    from governance.held_reach held
    where held.user_id = actor
      and held.subject = p_table
      and held.action = p_command
      and held.is_active
  );
begin
  if reach is null then
    return '{}';
  elsif reach >= 'supervisees' then
    return actor || governance.find_supervisees(actor);
  end if;
  return array[actor];
end
$$;

create or replace function governance.each_reachable_client(p_table text, p_command text) returns setof uuid
language plpgsql stable parallel safe rows 300
security definer -- because no caller may read roles, matrix and all clients
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  actor uuid := governance.actor_id();
  reach governance.raci_scope := (
    select max(held.scope)
    from governance.held_reach held
    where held.user_id = actor
      and held.subject = p_table
      and held.action = p_command
      and held.is_active
  );
  staff uuid[] := '{}';
begin
  if exists (
    select
    from public.user_roles held
    join governance.raci_reach duty on duty.role = held.role
    join public.profiles person on person.id = held.user_id
    where held.user_id = actor
      and held.role = 'client_user'
      and duty.subject = p_table
      and duty.action = p_command
      and person.is_active
  ) then
    return query
      select client.id from public.clients client
      where client.portal_user_id = actor and client.portal_enabled and client.deleted_at is null;
  end if;
  if reach is null then
    return;
  elsif reach >= 'supervisees' then
    staff := actor || governance.find_supervisees(actor);
  elsif reach >= 'caseload' then
    staff := array[actor];
  end if;
  return query
    select client.id from public.clients client
    where client.primary_therapist_id = any (staff) and client.portal_user_id is distinct from actor
    union all
    -- Who has opened no chart is not asked what they may open.
    select opened.client_id from governance.emergency_accesses opened
    where opened.user_id = actor and opened.client_id = any (governance.emergency_clients(p_table, p_command));
end
$$;
comment on function governance.each_reachable_client(text, text) is
  'Clients whose rows the caller reaches by a command: as that client, while the portal is switched on; as primary '
  'therapist; as supervisor of it; in an emergency. One''s own care is no part of a caseload, and a supervisee''s none '
  'of supervision. A row each, unknown to the planner; some may come twice.';

create or replace function governance.reachable_clients(p_table text, p_command text) returns uuid[]
language plpgsql stable parallel safe
security definer -- because it asks each_reachable_client
set search_path = ''
as $$
begin
  return array(select governance.each_reachable_client(p_table, p_command));
end
$$;
comment on function governance.reachable_clients(text, text) is
  'The clients of each_reachable_client as an array.';

-- Whoever has no chart, or any role of staff, is bounded by nothing: the rest of the policy decides alone.
create or replace function governance.first_reachable_client(p_table text, p_command text) returns uuid
language plpgsql stable parallel safe
security definer -- because no caller may read all roles and clients
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  actor uuid := governance.actor_id();
begin
  return coalesce(
    (
      select client.id from public.clients client
      where client.portal_user_id = actor
        and not exists (select from public.user_roles held where held.user_id = actor and held.role <> 'client_user')
      order by client.id limit 1
    ),
    '00000000-0000-0000-0000-000000000000'
  );
end
$$;

create or replace function governance.last_reachable_client(p_table text, p_command text) returns uuid
language plpgsql stable parallel safe
security definer -- because no caller may read all roles and clients
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  actor uuid := governance.actor_id();
begin
  return coalesce(
    (
      select client.id from public.clients client
      where client.portal_user_id = actor
        and not exists (select from public.user_roles held where held.user_id = actor and held.role <> 'client_user')
      order by client.id desc limit 1
    ),
    'ffffffff-ffff-ffff-ffff-ffffffffffff'
  );
end
$$;
