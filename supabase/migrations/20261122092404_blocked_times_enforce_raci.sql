-- Purpose: enforce the RACI matrix on blocked_times
-- Affects: policies, trigger and grants of public.blocked_times; function governance.guard_blocked_times
-- Source: docs/raci/scheduling.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.blocked_times, for an instant

drop policy if exists blocked_times_select on public.blocked_times;
drop policy if exists blocked_times_insert on public.blocked_times;
drop policy if exists blocked_times_update on public.blocked_times;
drop policy if exists blocked_times_delete on public.blocked_times;
drop policy if exists blocked_times_client_sees on public.blocked_times;

create policy blocked_times_select on public.blocked_times
as permissive for select to authenticated
using (
  (select governance.reaches_all('blocked_times', 'select'))
  or provider_id = any ((select governance.reachable_people('blocked_times', 'select'))::uuid[])
);
comment on policy blocked_times_select on public.blocked_times is
  'RACI: scheduling.manage_blocked_time';

create policy blocked_times_insert on public.blocked_times
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('blocked_times', 'insert'))
  or provider_id = any ((select governance.reachable_people('blocked_times', 'insert'))::uuid[])
);
comment on policy blocked_times_insert on public.blocked_times is
  'RACI: scheduling.manage_blocked_time';

create policy blocked_times_update on public.blocked_times
as permissive for update to authenticated
using (
  (select governance.reaches_all('blocked_times', 'update'))
  or provider_id = any ((select governance.reachable_people('blocked_times', 'update'))::uuid[])
)
with check (
  (select governance.reaches_all('blocked_times', 'update'))
  or provider_id = any ((select governance.reachable_people('blocked_times', 'update'))::uuid[])
);
comment on policy blocked_times_update on public.blocked_times is
  'RACI: scheduling.manage_blocked_time';

create policy blocked_times_delete on public.blocked_times
as permissive for delete to authenticated
using (
  (select governance.reaches_all('blocked_times', 'delete'))
  or provider_id = any ((select governance.reachable_people('blocked_times', 'delete'))::uuid[])
);
comment on policy blocked_times_delete on public.blocked_times is
  'RACI: scheduling.manage_blocked_time';

create or replace function governance.guard_blocked_times() returns trigger
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
    -- scheduling.manage_blocked_time: new rows of blocked_times
    if governance.may_perform('scheduling.manage_blocked_time', array[new.provider_id]::uuid[], null) then
      return new;
    end if;
    perform governance.refuse_tasks('{"scheduling.manage_blocked_time"}', 'blocked_times', 'insert');

  elsif tg_op = 'DELETE' then
    -- scheduling.manage_blocked_time: deleting rows of blocked_times
    if governance.may_perform('scheduling.manage_blocked_time', array[old.provider_id]::uuid[], null) then
      return old;
    end if;
    perform governance.refuse_tasks('{"scheduling.manage_blocked_time"}', 'blocked_times', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- scheduling.manage_blocked_time: blocked_times.start_time, end_time, block_type or reason changes
  if changed && '{start_time,end_time,block_type,reason}'
  then
    covers := '{start_time,end_time,block_type,reason}';
    if governance.may_change(
      'scheduling.manage_blocked_time', array[old.provider_id]::uuid[], null,
      array[new.provider_id]::uuid[], null
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'scheduling.manage_blocked_time', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('blocked_times', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_blocked_times() is
  'Judges every change of public.blocked_times by anonymous and authenticated callers.';
revoke all on function governance.guard_blocked_times() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.blocked_times;
create trigger _raci_guard before insert or update or delete on public.blocked_times
  for each row execute function governance.guard_blocked_times();

alter table public.blocked_times enable row level security;
revoke all on table public.blocked_times from public, anon, authenticated;
grant select, insert, update, delete on table public.blocked_times to authenticated;
