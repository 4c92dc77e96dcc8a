-- Purpose: which rows a caller reaches, for the policies to ask once per statement
-- Affects: functions governance.find_reach, find_supervisees, reaches_any, reaches_all, reachable_owners, reachable_clients
-- Source: architecture, section 3 (scopes; roles at statement time; policies never raise)
-- Reversal: drop the functions, after the policies that call them
-- Locks: none

-- All of these are definer functions because no caller may read roles, supervision and matrix of others.
-- plpgsql and not sql: it keeps its plans for the session, sql functions would plan at every statement; generic
-- plans, because the first five calls of a session would plan too, and every plan here is index lookups.
-- None of them raises, whatever the claims are: one raising policy silences Realtime for every subscriber.

create or replace function governance.find_reach(p_subject text, p_action text) returns governance.raci_scope
language plpgsql stable parallel safe
security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  actor uuid := governance.actor_id();
begin
  return (
    select max(reach.scope)
    from public.user_roles held
    join governance.raci_reach reach on reach.role = held.role
    where held.user_id = actor
      and reach.subject = p_subject
      and reach.action = p_action
      and exists (select from public.profiles person where person.id = actor and person.is_active)
  );
end
$$;
comment on function governance.find_reach(text, text) is
  'The widest scope in which the caller reaches a table by a command, or performs a task (module.task, perform); '
  'null: not at all.';

create or replace function governance.find_supervisees(p_supervisor uuid) returns uuid[]
language plpgsql stable parallel safe
security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  today date := (now() at time zone 'America/New_York')::date;
begin
  return array(
    select supervision.supervisee_id
    from public.supervision_relationships supervision
    where supervision.supervisor_id = p_supervisor
      and supervision.status = 'Active'
      and supervision.start_date <= today
      and coalesce(supervision.end_date, today) >= today
  );
end
$$;
comment on function governance.find_supervisees(uuid) is
  'People whom this person supervises today, by the calendar of the practice.';

create or replace function governance.reaches_any(p_table text, p_command text) returns boolean
language plpgsql stable parallel safe
security definer
set search_path = ''
as $$
begin
  return governance.find_reach(p_table, p_command) is not null;
end
$$;
comment on function governance.reaches_any(text, text) is
  'Whether the caller holds any duty that reaches this table, which has nobody''s rows, by this command.';

create or replace function governance.reaches_all(p_table text, p_command text) returns boolean
language plpgsql stable parallel safe
security definer
set search_path = ''
as $$
begin
  return coalesce(governance.find_reach(p_table, p_command) = 'all', false);
end
$$;
comment on function governance.reaches_all(text, text) is
  'Whether the caller reaches every row of a table by a command.';

create or replace function governance.reachable_owners(p_table text, p_command text) returns uuid[]
language plpgsql stable parallel safe
security definer
set search_path = ''
as $$
declare
  actor uuid := governance.actor_id();
  reach governance.raci_scope := governance.find_reach(p_table, p_command);
begin
  if actor is null or reach is null then
    return '{}';
  elsif reach >= 'supervisees' then
    return actor || governance.find_supervisees(actor);
  end if;
  return array[actor];
end
$$;
comment on function governance.reachable_owners(text, text) is
  'People whose rows the caller reaches by a command: themselves, and supervisees where the scope says so.';

create or replace function governance.reachable_clients(p_table text, p_command text) returns uuid[]
language plpgsql stable parallel safe
security definer
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
declare
  actor uuid := governance.actor_id();
  reach governance.raci_scope := governance.find_reach(p_table, p_command);
begin
  if actor is null or reach is null then
    return '{}';
  elsif reach = 'own' then
    return array(select client.id from public.clients client where client.portal_user_id = actor);
  end if;
  return array(
    select client.id from public.clients client where client.portal_user_id = actor
    union
    select client.id from public.clients client
    where client.primary_therapist_id
      = any (case when reach >= 'supervisees' then actor || governance.find_supervisees(actor) else array[actor] end)
  );
end
$$;
comment on function governance.reachable_clients(text, text) is
  'Clients whose rows the caller reaches by a command: as that client, as primary therapist, as supervisor of it. '
  'A supervisee''s own care as a client is never part of supervision.';

revoke all on function governance.find_reach(text, text) from public;
revoke all on function governance.find_supervisees(uuid) from public;
revoke all on function governance.reaches_any(text, text) from public;
revoke all on function governance.reaches_all(text, text) from public;
revoke all on function governance.reachable_owners(text, text) from public;
revoke all on function governance.reachable_clients(text, text) from public;
-- The policies run as the caller, who learns nothing from these but their own reach.
grant execute on function governance.reaches_any(text, text) to authenticated;
grant execute on function governance.reaches_all(text, text) to authenticated;
grant execute on function governance.reachable_owners(text, text) to authenticated;
grant execute on function governance.reachable_clients(text, text) to authenticated;
