-- Purpose: in an emergency nobody reads more of a stranger's chart than of those of their own clients
-- Affects: function governance.emergency_clients
-- Source: docs/emergency-access.md (scope widens, duty does not): tables that a role reads its own rows of only, as those of billing,
--   opened for the whole chart
-- Reversal: emergency_clients of 20261122091431_emergency_access_decide_nothing
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
        where held.user_id = actor and reach.scope >= 'caseload'
      )
      and not exists (select from governance.emergency_access_rules rules where p_subject = any (rules.stay_closed))
      and exists (select from public.profiles person where person.id = actor and person.is_active)
  );
end
$$;
comment on function governance.emergency_clients(text, text) is
  'Clients whose charts the caller has opened in an emergency, for a table and command or a task that a role of theirs '
  'which may do so reaches anyway, unless it stays closed.';
