-- Purpose: the matrix in force, for the frontend to show and to ask
-- Affects: functions governance.list_raci_matrix, governance.holds_duty, public.has_raci_permission; view public.raci_matrix
-- Source: governance plan, 4.3 (hasRACIPermission, useRACIPermissions); architecture, section 3
-- Reversal: drop view public.raci_matrix; drop the functions
-- Locks: none

create or replace function governance.list_raci_matrix()
returns table (
  module text,
  module_title text,
  version integer,
  task text,
  "position" smallint,
  task_title text,
  role public.app_role,
  duties text[],
  scope governance.raci_scope,
  can_perform boolean,
  enforced_by text[],
  procedural text,
  performed_by_system text,
  sla text,
  note text
)
language plpgsql stable
security definer -- because the matrix's tables are granted to nobody; this shows the versions in force only
set search_path = ''
as $$
begin
  return query
    select matrix.module, matrix.title, matrix.version, task.task, task.position, task.title,
      cell.role, cell.duties, cell.scope, cell.performs,
      array(
        select enforced.description
        from governance.raci_enforcements enforced
        where enforced.module = task.module and enforced.version = task.version and enforced.task = task.task
        order by enforced.position
      ),
      task.procedural, task.performed_by_system, task.sla, coalesce(nullif(cell.note, ''), task.note)
    from governance.raci_versions matrix
    join governance.raci_tasks task on task.module = matrix.module and task.version = matrix.version
    join governance.raci_assignments cell
      on cell.module = task.module and cell.version = task.version and cell.task = task.task
    where matrix.is_active;
end
$$;
comment on function governance.list_raci_matrix() is 'The cells of the matrix in force.';
revoke all on function governance.list_raci_matrix() from public;
grant execute on function governance.list_raci_matrix() to authenticated, service_role;

create view public.raci_matrix with (security_invoker = true) as
select * from governance.list_raci_matrix();
comment on view public.raci_matrix is
  'Who is Responsible, Accountable, Consulted, Informed: one row per module, task and role of the versions in force.';
revoke all on table public.raci_matrix from public, anon, authenticated, service_role;
grant select on table public.raci_matrix to authenticated, service_role;

create or replace function governance.holds_duty(p_module text, p_task text, p_duty text) returns boolean
language plpgsql stable
security definer -- because no caller may read roles and matrix of others; it answers for the caller alone
set search_path = ''
as $$
declare
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
    where person.id = governance.actor_id() and person.is_active and cell.duties && wanted
  );
end
$$;
comment on function governance.holds_duty(text, text, text) is
  'Whether the caller holds a duty on a task; false for names that do not exist. Never raises.';
revoke all on function governance.holds_duty(text, text, text) from public;
grant execute on function governance.holds_duty(text, text, text) to authenticated, service_role;

create or replace function public.has_raci_permission(module text, task text, duty text) returns boolean
language sql stable
set search_path = ''
return governance.holds_duty(module, task, duty);
comment on function public.has_raci_permission(text, text, text) is
  'Whether the signed-in user holds a duty (responsible, accountable, consulted, informed, perform) on a task. '
  'Module and task in snake_case or camelCase. For showing buttons: Postgres decides anyway.';
revoke all on function public.has_raci_permission(text, text, text) from public, anon, authenticated, service_role;
grant execute on function public.has_raci_permission(text, text, text) to authenticated, service_role;
