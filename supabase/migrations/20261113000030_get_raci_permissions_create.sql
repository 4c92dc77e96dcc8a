-- Purpose: all duties of the signed-in user on a task in one call, as the frontend's hook wants them
-- Affects: function public.get_raci_permissions
-- Source: governance plan, 4.3 (useRACIPermissions)
-- Reversal: drop function public.get_raci_permissions(text, text);
-- Locks: none

-- Out parameters and no set: the API answers with one object.
create or replace function public.get_raci_permissions(
  module text, task text,
  out is_responsible boolean, out is_accountable boolean, out is_consulted boolean, out is_informed boolean,
  out can_perform boolean
)
language sql stable
set search_path = ''
begin atomic
  select governance.holds_duty(module, task, 'responsible'), governance.holds_duty(module, task, 'accountable'),
    governance.holds_duty(module, task, 'consulted'), governance.holds_duty(module, task, 'informed'),
    governance.holds_duty(module, task, 'perform');
end;
comment on function public.get_raci_permissions(text, text) is
  'Duties of the signed-in user on a task, all roles together. Module and task in snake_case or camelCase; all false '
  'for names that do not exist. For showing buttons: Postgres decides anyway.';
revoke all on function public.get_raci_permissions(text, text) from public, anon, authenticated, service_role;
grant execute on function public.get_raci_permissions(text, text) to authenticated, service_role;
