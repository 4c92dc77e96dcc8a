-- Purpose: record an event for every task that is performed on appointments
-- Affects: trigger of public.appointments; function governance.record_appointments()
-- Source: docs/raci/scheduling.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.appointments; drop function governance.record_appointments();
-- Locks: share row exclusive on public.appointments, for an instant

create or replace function governance.record_appointments() returns trigger
language plpgsql
-- definer because nobody may write the outbox but through a trigger
security definer
set search_path = ''
as $record$
declare
  changed text[];
  along text[] := '{}';
  apart text[];
  performed text[] := '{}';
begin
  if tg_op = 'INSERT' then
    performed := array_append(performed, 'scheduling.create_appointment');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at,appointment_date}');

    -- scheduling.progress_appointment: appointments.status becomes Confirmed, Checked In, In Session or Completed (from status Scheduled, Confirmed, Checked In, In Session or Completed)
    if 'status' = any (changed)
    and new.status in ('Confirmed', 'Checked In', 'In Session', 'Completed')
    and old.status in ('Scheduled', 'Confirmed', 'Checked In', 'In Session', 'Completed')
    then
      performed := array_append(performed, 'scheduling.progress_appointment');
    end if;

    -- scheduling.cancel_appointment: appointments.status becomes Cancelled (from status Scheduled, Confirmed or Checked In)
    if new.status = 'Cancelled'
    and old.status in ('Scheduled', 'Confirmed', 'Checked In')
    then
      along := along || '{notes}'::text[];
      performed := array_append(performed, 'scheduling.cancel_appointment');
    end if;

    -- scheduling.cancel_appointment: appointments.status becomes Scheduled (from status Cancelled)
    if new.status = 'Scheduled'
    and old.status = 'Cancelled'
    then
      along := along || '{notes}'::text[];
      performed := array_append(performed, 'scheduling.cancel_appointment');
    end if;

    -- scheduling.reschedule_appointment: appointments.start_time, end_time or provider_id changes (from status Scheduled or Confirmed)
    if changed && '{start_time,end_time,provider_id}'
    and old.status in ('Scheduled', 'Confirmed')
    then
      along := along || '{notes,service_location}'::text[];
      performed := array_append(performed, 'scheduling.reschedule_appointment');
    end if;

    -- scheduling.reschedule_appointment: appointments.status becomes Rescheduled or Scheduled (from status Scheduled, Confirmed or Rescheduled)
    if 'status' = any (changed)
    and new.status in ('Rescheduled', 'Scheduled')
    and old.status in ('Scheduled', 'Confirmed', 'Rescheduled')
    then
      along := along || '{notes}'::text[];
      performed := array_append(performed, 'scheduling.reschedule_appointment');
    end if;

    -- scheduling.handle_no_shows: appointments.status becomes No Show (from status Scheduled, Confirmed or Checked In)
    if new.status = 'No Show'
    and old.status in ('Scheduled', 'Confirmed', 'Checked In')
    then
      along := along || '{notes}'::text[];
      performed := array_append(performed, 'scheduling.handle_no_shows');
    end if;

    -- scheduling.handle_no_shows: appointments.no_show_documented_at changes (from status No Show)
    if changed && '{no_show_documented_at}'
    and old.status = 'No Show'
    then
      along := along || '{notes}'::text[];
      performed := array_append(performed, 'scheduling.handle_no_shows');
    end if;

    -- scheduling.handle_no_shows: appointments.status becomes Scheduled or Checked In (from status No Show)
    if new.status in ('Scheduled', 'Checked In')
    and old.status = 'No Show'
    then
      along := along || '{notes}'::text[];
      performed := array_append(performed, 'scheduling.handle_no_shows');
    end if;

    -- What changes along with a task is part of it.
    apart := array(select unnest(changed) except select unnest(along));

    -- scheduling.create_appointment: appointments.appointment_type, service_location or notes changes
    if apart && '{appointment_type,service_location,notes}'
    then
      performed := array_append(performed, 'scheduling.create_appointment');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'appointments', coalesce(new.id, old.id)::text, changed, false,
    array[old.provider_id, new.provider_id]::uuid[], array[old.client_id, new.client_id]::uuid[],
    jsonb_build_object('status', old.status), jsonb_build_object('status', new.status)
  );
  return null;
end
$record$;
comment on function governance.record_appointments() is
  'Records the tasks that a change of public.appointments is, as events in its transaction.';
revoke all on function governance.record_appointments() from public;
drop trigger if exists _raci_record on public.appointments;
create trigger _raci_record after insert or update on public.appointments
  for each row execute function governance.record_appointments();
