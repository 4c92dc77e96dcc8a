-- Purpose: enforce the RACI matrix on appointment_waitlist
-- Affects: policies, trigger and grants of public.appointment_waitlist; function governance.guard_appointment_waitlist
-- Source: docs/raci/scheduling.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.appointment_waitlist, for an instant

drop policy if exists appointment_waitlist_select on public.appointment_waitlist;
drop policy if exists appointment_waitlist_insert on public.appointment_waitlist;
drop policy if exists appointment_waitlist_update on public.appointment_waitlist;
drop policy if exists appointment_waitlist_delete on public.appointment_waitlist;
drop policy if exists appointment_waitlist_client_sees on public.appointment_waitlist;

create policy appointment_waitlist_select on public.appointment_waitlist
as permissive for select to authenticated
using (
  (select governance.reaches_all('appointment_waitlist', 'select'))
  or provider_id = any ((select governance.reachable_owners('appointment_waitlist', 'select'))::uuid[])
  or client_id in (select governance.each_reachable_client('appointment_waitlist', 'select'))
);
comment on policy appointment_waitlist_select on public.appointment_waitlist is
  'RACI: scheduling.manage_waitlist';

create policy appointment_waitlist_insert on public.appointment_waitlist
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('appointment_waitlist', 'insert'))
  or provider_id = any ((select governance.reachable_owners('appointment_waitlist', 'insert'))::uuid[])
  or client_id in (select governance.each_reachable_client('appointment_waitlist', 'insert'))
);
comment on policy appointment_waitlist_insert on public.appointment_waitlist is
  'RACI: scheduling.manage_waitlist';

create policy appointment_waitlist_update on public.appointment_waitlist
as permissive for update to authenticated
using (
  (select governance.reaches_all('appointment_waitlist', 'update'))
  or provider_id = any ((select governance.reachable_owners('appointment_waitlist', 'update'))::uuid[])
  or client_id in (select governance.each_reachable_client('appointment_waitlist', 'update'))
)
with check (
  (select governance.reaches_all('appointment_waitlist', 'update'))
  or provider_id = any ((select governance.reachable_owners('appointment_waitlist', 'update'))::uuid[])
  or client_id in (select governance.each_reachable_client('appointment_waitlist', 'update'))
);
comment on policy appointment_waitlist_update on public.appointment_waitlist is
  'RACI: scheduling.manage_waitlist';

create or replace function governance.guard_appointment_waitlist() returns trigger
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
    -- scheduling.manage_waitlist: new rows of appointment_waitlist
    if governance.may_begin('scheduling.manage_waitlist', array[new.provider_id]::uuid[], new.client_id) then
      if (new.status = 'Waiting') is not true then
        perform governance.refuse_value('scheduling.manage_waitlist', 'appointment_waitlist', 'status');
      end if;
      if (new.appointment_id is null) is not true then
        perform governance.refuse_value('scheduling.manage_waitlist', 'appointment_waitlist', 'appointment_id');
      end if;
      return new;
    end if;
    perform governance.refuse_tasks('{"scheduling.manage_waitlist"}', 'appointment_waitlist', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'appointment_waitlist', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- scheduling.manage_waitlist: appointment_waitlist.provider_id, appointment_type, preferred_days, preferred_time_of_day, priority or notes changes
  if changed && '{provider_id,appointment_type,preferred_days,preferred_time_of_day,priority,notes}'
  then
    covers := '{provider_id,appointment_type,preferred_days,preferred_time_of_day,priority,notes}';
    if governance.may_change(
      'scheduling.manage_waitlist', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'scheduling.manage_waitlist', 'duty', covers);
    end if;
  end if;

  -- scheduling.manage_waitlist: appointment_waitlist.status becomes Waiting, Offered, Booked or Removed
  if 'status' = any (changed)
    and new.status in ('Waiting', 'Offered', 'Booked', 'Removed')
  then
    covers := '{status,appointment_id}';
    if governance.may_change(
      'scheduling.manage_waitlist', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'scheduling.manage_waitlist', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('appointment_waitlist', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_appointment_waitlist() is
  'Judges every change of public.appointment_waitlist by anonymous and authenticated callers.';
revoke all on function governance.guard_appointment_waitlist() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.appointment_waitlist;
create trigger _raci_guard before insert or update or delete on public.appointment_waitlist
  for each row execute function governance.guard_appointment_waitlist();

alter table public.appointment_waitlist enable row level security;
revoke all on table public.appointment_waitlist from public, anon, authenticated;
grant select, insert, update on table public.appointment_waitlist to authenticated;
