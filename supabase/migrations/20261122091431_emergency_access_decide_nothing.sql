-- Purpose: in an emergency nobody decides about a colleague's work; nobody brings a client into the caseloads that they supervise
-- Affects: table governance.emergency_access_rules (column stay_closed), functions governance.emergency_clients and
--   governance.keep_caseloads_apart, trigger keep_caseloads_apart on public.clients
-- Source: docs/emergency-access.md (one chart, for an hour); docs/raci/administration.yaml (assign_therapist): a caseload is what a
--   clinician may see, and a supervisor sees the caseloads of supervisees
-- Reversal: emergency_clients of <timestamp>_emergency_reach_create; drop trigger keep_caseloads_apart on public.clients;
--   drop function governance.keep_caseloads_apart(); alter table governance.emergency_access_rules drop column stay_closed;
-- Locks: access exclusive on governance.emergency_access_rules and share row exclusive on public.clients, for an instant

alter table governance.emergency_access_rules
  add column stay_closed text[] not null default array[
    'administration.assign_therapist', 'clinical_notes.cosign_note', 'clinical_notes.decide_unlock',
    'clinical_notes.lock_note', 'clinical_notes.unlock_note'
  ];
comment on column governance.emergency_access_rules.stay_closed is
  'Tasks that no emergency opens: they decide about a colleague''s work, or who treats the client afterwards.';

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
      and not exists (select from governance.emergency_access_rules rules where p_subject = any (rules.stay_closed))
      and exists (select from public.profiles person where person.id = actor and person.is_active)
  );
end
$$;
comment on function governance.emergency_clients(text, text) is
  'Clients whose charts the caller has opened in an emergency, for a table and command or a task that a role of theirs '
  'which may do so reaches anyway, unless it stays closed.';

create or replace function governance.keep_caseloads_apart() returns trigger
language plpgsql
security definer -- because no caller may read all of supervision
set search_path = ''
as $$
declare
  actor uuid := governance.actor_id();
  supervisees uuid[] := governance.find_supervisees(actor);
begin
  if governance.acts_as_system() or not new.primary_therapist_id = any (supervisees) then
    return new;
  elsif old.primary_therapist_id = any (actor || supervisees) then
    return new;
  end if;
  raise exception using
    errcode = '42501',
    message = 'nobody brings a client into the caseloads that they supervise',
    detail = 'Task administration.assign_therapist. Column primary_therapist_id.',
    hint = 'Ask the front desk, or the supervisor of whoever has the client.';
end
$$;
comment on function governance.keep_caseloads_apart() is
  'Refuses to assign a client to a supervisee of the caller, unless the caller or a supervisee had the client.';
revoke all on function governance.keep_caseloads_apart() from public;

-- Sorts after _raci_guard, which decides who assigns at all.
create trigger keep_caseloads_apart before update of primary_therapist_id on public.clients
  for each row when (new.primary_therapist_id is distinct from old.primary_therapist_id)
  execute function governance.keep_caseloads_apart();
