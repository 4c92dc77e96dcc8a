-- Purpose: what a clinician reaches in an emergency: one client more, by the duties that they have
-- Affects: functions governance.emergency_clients, reachable_clients, may_perform, may_begin
-- Source: 45 CFR 164.312(a)(2)(ii), 164.501 (psychotherapy notes stay closed); docs/emergency-access.md
-- Reversal: reachable_clients, may_perform and may_begin of <timestamp>_raci_reach_by_persona; drop function governance.emergency_clients(text, text);
-- Locks: none

create or replace function governance.emergency_clients(p_subject text, p_action text) returns uuid[]
language plpgsql stable parallel safe
security definer -- because no caller may read emergency accesses, roles and matrix
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  actor uuid := governance.actor_id();
begin
  return array(
    select opened.client_id
    from governance.emergency_accesses opened
    where opened.user_id = actor
      and opened.ended_at is null
      -- Of the statement, not of the transaction: a long one does not outlast it.
      and opened.expires_at > statement_timestamp()
      -- A role that may do this reaches the table or task by itself: scope widens, duty does not. What a task
      -- narrows to own rows is about authorship, and stays with the author.
      and exists (
        select
        from public.user_roles held
        join governance.raci_reach glass
          on glass.role = held.role and glass.subject = 'administration.break_glass' and glass.action = 'perform'
        join governance.raci_reach reach
          on reach.role = held.role and reach.subject = p_subject and reach.action = p_action
        where held.user_id = actor and (p_action <> 'perform' or reach.scope >= 'caseload')
      )
      and exists (select from public.profiles person where person.id = actor and person.is_active)
  );
end
$$;
comment on function governance.emergency_clients(text, text) is
  'Clients whose charts the caller has opened in an emergency, for a table and command or a task that a role of theirs '
  'which may do so reaches anyway.';
revoke all on function governance.emergency_clients(text, text) from public;

create or replace function governance.reachable_clients(p_table text, p_command text) returns uuid[]
language plpgsql stable parallel safe
security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  actor uuid := governance.actor_id();
  reach governance.raci_scope := governance.find_reach(p_table, p_command);
  staff uuid[] := '{}';
begin
  if actor is null then
    return '{}';
  elsif reach >= 'supervisees' then
    staff := actor || governance.find_supervisees(actor);
  elsif reach >= 'caseload' then
    staff := array[actor];
  end if;
  return array(
    select client.id from public.clients client
    where client.primary_therapist_id = any (staff) and client.portal_user_id is distinct from actor
  ) || governance.emergency_clients(p_table, p_command)
    || case when governance.reaches_as_client(p_table, p_command) then array(
    select client.id from public.clients client where client.portal_user_id = actor and client.portal_enabled
  ) end;
end
$$;

create or replace function governance.may_perform(p_task text, p_owners uuid[], p_client uuid) returns boolean
language plpgsql stable
security definer -- because it asks find_reach, and no caller may read all clients
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  actor uuid := governance.actor_id();
  reach governance.raci_scope := governance.find_reach(p_task, 'perform');
  staff uuid[];
  is_mine boolean;
begin
  if actor is null then
    return false;
  end if;
  is_mine := exists (
    select from public.clients client where client.id = p_client and client.portal_user_id = actor
  );
  -- Whatever their duties: nobody performs them on their own chart.
  if reach is not null and not is_mine then
    staff := case when reach >= 'supervisees' then actor || governance.find_supervisees(actor) else array[actor] end;
    if reach = 'all' or coalesce(p_owners && staff, false) or reach >= 'caseload' and exists (
      select from public.clients client where client.id = p_client and client.primary_therapist_id = any (staff)
    ) or p_client = any (governance.emergency_clients(p_task, 'perform')) then
      return true;
    end if;
  end if;
  if not governance.reaches_as_client(p_task, 'perform') then
    return false;
  elsif p_client is null then
    return coalesce(actor = any (p_owners), false);
  end if;
  return exists (
    select from public.clients client
    where client.id = p_client and client.portal_user_id = actor and client.portal_enabled
  );
end
$$;

create or replace function governance.may_begin(p_task text, p_owners uuid[], p_client uuid) returns boolean
language plpgsql stable
security definer -- because it asks may_perform and treats
set search_path = ''
as $$
declare
  actor uuid := governance.actor_id();
  reach governance.raci_scope := governance.find_reach(p_task, 'perform');
begin
  if not governance.may_perform(p_task, p_owners, p_client) then
    return false;
  elsif reach = 'all' or exists (
    select from public.clients client where client.id = p_client and client.portal_user_id = actor
  ) then
    return true;
  end if;
  return governance.treats(
    case when reach >= 'supervisees' then actor || governance.find_supervisees(actor) else array[actor] end, p_client
  ) or p_client = any (governance.emergency_clients('administration.break_glass', 'perform'));
end
$$;
