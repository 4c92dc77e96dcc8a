-- Purpose: what the frontend is told of a client's duties is what the policies enforce: none while the portal is off
-- Affects: function governance.holds_duty
-- Source: docs/raci.md (what a duty gives); docs/raci/client_portal.yaml (create_portal_account)
-- Reversal: run the part of 20261104000600 that creates the function again
-- Locks: none

create or replace function governance.holds_duty(p_module text, p_task text, p_duty text) returns boolean
language plpgsql stable
security definer -- because no caller may read roles, matrix and clients of others; it answers for the caller alone
set search_path = ''
as $$
declare
  actor uuid := governance.actor_id();
  -- createAppointment and create_appointment are the same task, clinicalNotes and clinical_notes the same module.
  module_name text := lower(regexp_replace(p_module, '([a-z0-9])([A-Z])', '\1_\2', 'g'));
  task_name text := lower(regexp_replace(p_task, '([a-z0-9])([A-Z])', '\1_\2', 'g'));
  wanted text[] := case lower(p_duty)
    when 'responsible' then '{R}' when 'r' then '{R}'
    when 'accountable' then '{A}' when 'a' then '{A}'
    when 'consulted' then '{C}' when 'c' then '{C}'
    when 'informed' then '{I}' when 'i' then '{I}'
    when 'perform' then '{R,A}'
  end;
begin
  return exists (
    select
    from public.profiles person
    join public.user_roles held on held.user_id = person.id
    join governance.raci_versions matrix on matrix.module = module_name and matrix.is_active
    join governance.raci_assignments cell
      on cell.module = matrix.module and cell.version = matrix.version
      and cell.task = task_name and cell.role = held.role
    where person.id = actor and person.is_active and cell.duties && wanted
      -- As reaches_as_client: a login whose portal is switched off for every client is nobody's.
      and (
        held.role <> 'client_user' or exists (
          select from public.clients client
          where client.portal_user_id = actor and client.portal_enabled and client.deleted_at is null
        )
      )
  );
end
$$;
comment on function governance.holds_duty(text, text, text) is
  'Whether the caller holds a duty on a task, as a client only while the portal is switched on for some client of '
  'theirs; false for names that do not exist. Never raises.';
