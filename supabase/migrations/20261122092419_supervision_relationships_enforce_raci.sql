-- Purpose: enforce the RACI matrix on supervision_relationships
-- Affects: policies, trigger and grants of public.supervision_relationships; function governance.guard_supervision_relationships
-- Source: docs/raci/administration.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.supervision_relationships, for an instant

drop policy if exists supervision_relationships_select on public.supervision_relationships;
drop policy if exists supervision_relationships_insert on public.supervision_relationships;
drop policy if exists supervision_relationships_update on public.supervision_relationships;
drop policy if exists supervision_relationships_delete on public.supervision_relationships;
drop policy if exists supervision_relationships_client_sees on public.supervision_relationships;

create policy supervision_relationships_select on public.supervision_relationships
as permissive for select to authenticated
using (
  (select governance.reaches_all('supervision_relationships', 'select'))
  or supervisor_id = any ((select governance.reachable_people('supervision_relationships', 'select'))::uuid[])
  or supervisee_id = any ((select governance.reachable_people('supervision_relationships', 'select'))::uuid[])
);
comment on policy supervision_relationships_select on public.supervision_relationships is
  'RACI: administration.manage_supervision';

create policy supervision_relationships_insert on public.supervision_relationships
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('supervision_relationships', 'insert'))
  or supervisor_id = any ((select governance.reachable_people('supervision_relationships', 'insert'))::uuid[])
  or supervisee_id = any ((select governance.reachable_people('supervision_relationships', 'insert'))::uuid[])
);
comment on policy supervision_relationships_insert on public.supervision_relationships is
  'RACI: administration.manage_supervision';

create policy supervision_relationships_update on public.supervision_relationships
as permissive for update to authenticated
using (
  (select governance.reaches_all('supervision_relationships', 'update'))
  or supervisor_id = any ((select governance.reachable_people('supervision_relationships', 'update'))::uuid[])
  or supervisee_id = any ((select governance.reachable_people('supervision_relationships', 'update'))::uuid[])
)
with check (
  (select governance.reaches_all('supervision_relationships', 'update'))
  or supervisor_id = any ((select governance.reachable_people('supervision_relationships', 'update'))::uuid[])
  or supervisee_id = any ((select governance.reachable_people('supervision_relationships', 'update'))::uuid[])
);
comment on policy supervision_relationships_update on public.supervision_relationships is
  'RACI: administration.manage_supervision';

create or replace function governance.guard_supervision_relationships() returns trigger
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
    -- administration.manage_supervision: new rows of supervision_relationships
    if governance.may_perform('administration.manage_supervision', array[new.supervisor_id, new.supervisee_id]::uuid[], null) then
      if (new.status in ('Pending', 'Active')) is not true then
        perform governance.refuse_value('administration.manage_supervision', 'supervision_relationships', 'status');
      end if;
      if new.supervisor_id = governance.actor_id() then
        perform governance.refuse_self('administration.manage_supervision', 'supervision_relationships', 'supervisor_id');
      end if;
      return new;
    end if;
    perform governance.refuse_tasks('{"administration.manage_supervision"}', 'supervision_relationships', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'supervision_relationships', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- administration.manage_supervision: supervision_relationships.status, start_date or end_date changes
  if changed && '{status,start_date,end_date}'
  then
    covers := '{status,start_date,end_date}';
    if new.supervisor_id = governance.actor_id() then
      refused := governance.add_refusal(refused, 'administration.manage_supervision', 'self', covers);
    elsif governance.may_change(
      'administration.manage_supervision', array[old.supervisor_id, old.supervisee_id]::uuid[], null,
      array[new.supervisor_id, new.supervisee_id]::uuid[], null
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'administration.manage_supervision', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('supervision_relationships', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_supervision_relationships() is
  'Judges every change of public.supervision_relationships by anonymous and authenticated callers.';
revoke all on function governance.guard_supervision_relationships() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.supervision_relationships;
create trigger _raci_guard before insert or update or delete on public.supervision_relationships
  for each row execute function governance.guard_supervision_relationships();

alter table public.supervision_relationships enable row level security;
revoke all on table public.supervision_relationships from public, anon, authenticated;
grant select, insert, update on table public.supervision_relationships to authenticated;
