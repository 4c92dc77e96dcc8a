-- Purpose: enforce the RACI matrix on user_roles
-- Affects: policies, trigger and grants of public.user_roles; function governance.guard_user_roles
-- Source: docs/raci/administration.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.user_roles, for an instant

drop policy if exists user_roles_select on public.user_roles;
drop policy if exists user_roles_insert on public.user_roles;
drop policy if exists user_roles_update on public.user_roles;
drop policy if exists user_roles_delete on public.user_roles;
drop policy if exists user_roles_client_sees on public.user_roles;

create policy user_roles_select on public.user_roles
as permissive for select to authenticated
using (
  (select governance.reaches_all('user_roles', 'select'))
  or user_id = any ((select governance.reachable_people('user_roles', 'select'))::uuid[])
);
comment on policy user_roles_select on public.user_roles is
  'RACI: administration.view_roles, administration.assign_role, administration.revoke_role';

create policy user_roles_insert on public.user_roles
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('user_roles', 'insert'))
  or user_id = any ((select governance.reachable_people('user_roles', 'insert'))::uuid[])
);
comment on policy user_roles_insert on public.user_roles is
  'RACI: administration.assign_role';

create policy user_roles_delete on public.user_roles
as permissive for delete to authenticated
using (
  (select governance.reaches_all('user_roles', 'delete'))
  or user_id = any ((select governance.reachable_people('user_roles', 'delete'))::uuid[])
);
comment on policy user_roles_delete on public.user_roles is
  'RACI: administration.revoke_role';

create or replace function governance.guard_user_roles() returns trigger
language plpgsql
-- definer because the matrix it asks is readable by no caller
security definer
set search_path = ''
as $guard$
declare
  changed text[];
  covers text[];
  covered text[] := '{}';
  refused jsonb := '{}';
begin
  if governance.acts_as_system() then
    return coalesce(new, old);
  end if;

  if tg_op = 'INSERT' then
    -- administration.assign_role: new rows of user_roles
    if governance.may_perform('administration.assign_role', array[new.user_id]::uuid[], null) then
      if new.user_id = governance.actor_id() then
        perform governance.refuse_self('administration.assign_role', 'user_roles', 'user_id');
      end if;
      new.assigned_by := governance.actor_id();
      new.assigned_at := now();
      return new;
    end if;
    perform governance.refuse_tasks('{"administration.assign_role"}', 'user_roles', 'insert');

  elsif tg_op = 'DELETE' then
    -- administration.revoke_role: deleting rows of user_roles
    if governance.may_perform('administration.revoke_role', array[old.user_id]::uuid[], null) then
      return old;
    end if;
    perform governance.refuse_tasks('{"administration.revoke_role"}', 'user_roles', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  if not changed <@ covered then
    perform governance.refuse_change('user_roles', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_user_roles() is
  'Judges every change of public.user_roles by anonymous and authenticated callers.';
revoke all on function governance.guard_user_roles() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.user_roles;
create trigger _raci_guard before insert or update or delete on public.user_roles
  for each row execute function governance.guard_user_roles();

alter table public.user_roles enable row level security;
revoke all on table public.user_roles from public, anon, authenticated;
grant select, insert, delete on table public.user_roles to authenticated;
