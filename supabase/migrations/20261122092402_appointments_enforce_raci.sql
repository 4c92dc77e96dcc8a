-- Purpose: enforce the RACI matrix on appointments
-- Affects: policies, trigger and grants of public.appointments; function governance.guard_appointments
-- Source: docs/raci/scheduling.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.appointments, for an instant

drop policy if exists appointments_select on public.appointments;
drop policy if exists appointments_insert on public.appointments;
drop policy if exists appointments_update on public.appointments;
drop policy if exists appointments_delete on public.appointments;
drop policy if exists appointments_client_sees on public.appointments;

create policy appointments_select on public.appointments
as permissive for select to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('appointments', 'select'))
    or provider_id = any ((select governance.reachable_owners('appointments', 'select'))::uuid[])
    or client_id in (select governance.each_reachable_client('appointments', 'select'))
  )
);
comment on policy appointments_select on public.appointments is
  'RACI: scheduling.view_schedule, scheduling.create_appointment, scheduling.progress_appointment, '
  'scheduling.cancel_appointment, scheduling.reschedule_appointment, scheduling.handle_no_shows, '
  'scheduling.report_schedule';

create policy appointments_insert on public.appointments
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('appointments', 'insert'))
  or provider_id = any ((select governance.reachable_owners('appointments', 'insert'))::uuid[])
  or client_id in (select governance.each_reachable_client('appointments', 'insert'))
);
comment on policy appointments_insert on public.appointments is
  'RACI: scheduling.create_appointment';

create policy appointments_update on public.appointments
as permissive for update to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('appointments', 'update'))
    or provider_id = any ((select governance.reachable_owners('appointments', 'update'))::uuid[])
    or client_id in (select governance.each_reachable_client('appointments', 'update'))
  )
)
with check (
  (deleted_at is null)
  and (
    (select governance.reaches_all('appointments', 'update'))
    or provider_id = any ((select governance.reachable_owners('appointments', 'update'))::uuid[])
    or client_id in (select governance.each_reachable_client('appointments', 'update'))
  )
);
comment on policy appointments_update on public.appointments is
  'RACI: scheduling.create_appointment, scheduling.progress_appointment, scheduling.cancel_appointment, '
  'scheduling.reschedule_appointment, scheduling.handle_no_shows';

create or replace function governance.guard_appointments() returns trigger
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
    -- scheduling.create_appointment: new rows of appointments
    if governance.may_begin('scheduling.create_appointment', array[new.provider_id]::uuid[], new.client_id) then
      if (new.status in ('Scheduled', 'Confirmed')) is not true then
        perform governance.refuse_value('scheduling.create_appointment', 'appointments', 'status');
      end if;
      if (new.cancellation_reason is null) is not true then
        perform governance.refuse_value('scheduling.create_appointment', 'appointments', 'cancellation_reason');
      end if;
      if (new.cancelled_at is null) is not true then
        perform governance.refuse_value('scheduling.create_appointment', 'appointments', 'cancelled_at');
      end if;
      if (new.cancelled_by is null) is not true then
        perform governance.refuse_value('scheduling.create_appointment', 'appointments', 'cancelled_by');
      end if;
      if (new.no_show_documented_at is null) is not true then
        perform governance.refuse_value('scheduling.create_appointment', 'appointments', 'no_show_documented_at');
      end if;
      if (new.deleted_at is null) is not true then
        perform governance.refuse_value('scheduling.create_appointment', 'appointments', 'deleted_at');
      end if;
      new.created_date := now();
      return new;
    end if;
    perform governance.refuse_tasks('{"scheduling.create_appointment"}', 'appointments', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'appointments', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at,appointment_date}');

  -- scheduling.create_appointment: appointments.appointment_type, service_location or notes changes
  if changed && '{appointment_type,service_location,notes}'
  then
    covers := '{appointment_type,service_location,notes}';
    if governance.may_change(
      'scheduling.create_appointment', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'scheduling.create_appointment', 'duty', covers);
    end if;
  end if;

  -- scheduling.progress_appointment: appointments.status becomes Confirmed, Checked In, In Session or Completed (from status Scheduled, Confirmed, Checked In, In Session or Completed)
  if 'status' = any (changed)
    and new.status in ('Confirmed', 'Checked In', 'In Session', 'Completed')
    and old.status in ('Scheduled', 'Confirmed', 'Checked In', 'In Session', 'Completed')
  then
    covers := '{status}';
    if governance.may_change(
      'scheduling.progress_appointment', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'scheduling.progress_appointment', 'duty', covers);
    end if;
  end if;

  -- scheduling.cancel_appointment: appointments.status becomes Cancelled (from status Scheduled, Confirmed or Checked In)
  if new.status = 'Cancelled'
    and old.status in ('Scheduled', 'Confirmed', 'Checked In')
  then
    covers := '{status,cancellation_reason,notes,cancelled_at,cancelled_by}';
    if governance.may_change(
      'scheduling.cancel_appointment', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
      new.cancelled_at := now();
      new.cancelled_by := governance.actor_id();
    else
      refused := governance.add_refusal(refused, 'scheduling.cancel_appointment', 'duty', covers);
    end if;
  end if;

  -- scheduling.cancel_appointment: appointments.status becomes Scheduled (from status Cancelled)
  if new.status = 'Scheduled'
    and old.status = 'Cancelled'
  then
    covers := '{status,cancellation_reason,cancelled_at,cancelled_by,notes}';
    if governance.may_change(
      'scheduling.cancel_appointment', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'scheduling.cancel_appointment', 'duty', covers);
    end if;
  end if;

  -- scheduling.reschedule_appointment: appointments.start_time, end_time or provider_id changes (from status Scheduled or Confirmed)
  if changed && '{start_time,end_time,provider_id}'
    and old.status in ('Scheduled', 'Confirmed')
  then
    covers := '{start_time,end_time,provider_id,service_location,notes}';
    if governance.may_change(
      'scheduling.reschedule_appointment', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'scheduling.reschedule_appointment', 'duty', covers);
    end if;
  end if;

  -- scheduling.reschedule_appointment: appointments.status becomes Rescheduled or Scheduled (from status Scheduled, Confirmed or Rescheduled)
  if 'status' = any (changed)
    and new.status in ('Rescheduled', 'Scheduled')
    and old.status in ('Scheduled', 'Confirmed', 'Rescheduled')
  then
    covers := '{status,notes}';
    if governance.may_change(
      'scheduling.reschedule_appointment', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'scheduling.reschedule_appointment', 'duty', covers);
    end if;
  end if;

  -- scheduling.handle_no_shows: appointments.status becomes No Show (from status Scheduled, Confirmed or Checked In)
  if new.status = 'No Show'
    and old.status in ('Scheduled', 'Confirmed', 'Checked In')
  then
    covers := '{status,no_show_documented_at,notes}';
    if governance.may_change(
      'scheduling.handle_no_shows', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'scheduling.handle_no_shows', 'duty', covers);
    end if;
  end if;

  -- scheduling.handle_no_shows: appointments.no_show_documented_at changes (from status No Show)
  if changed && '{no_show_documented_at}'
    and old.status = 'No Show'
  then
    covers := '{no_show_documented_at,notes}';
    if governance.may_change(
      'scheduling.handle_no_shows', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'scheduling.handle_no_shows', 'duty', covers);
    end if;
  end if;

  -- scheduling.handle_no_shows: appointments.status becomes Scheduled or Checked In (from status No Show)
  if new.status in ('Scheduled', 'Checked In')
    and old.status = 'No Show'
  then
    covers := '{status,no_show_documented_at,notes}';
    if governance.may_change(
      'scheduling.handle_no_shows', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'scheduling.handle_no_shows', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('appointments', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_appointments() is
  'Judges every change of public.appointments by anonymous and authenticated callers.';
revoke all on function governance.guard_appointments() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.appointments;
create trigger _raci_guard before insert or update or delete on public.appointments
  for each row execute function governance.guard_appointments();

alter table public.appointments enable row level security;
revoke all on table public.appointments from public, anon, authenticated;
grant select, insert, update on table public.appointments to authenticated;
