-- Purpose: record an event for every task that is performed on appointment_waitlist
-- Affects: trigger of public.appointment_waitlist; function governance.record_appointment_waitlist()
-- Source: docs/raci/scheduling.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.appointment_waitlist; drop function governance.record_appointment_waitlist();
-- Locks: share row exclusive on public.appointment_waitlist, for an instant

create or replace function governance.record_appointment_waitlist() returns trigger
language plpgsql
-- definer because nobody may write the outbox but through a trigger
security definer
set search_path = ''
as $record$
declare
  changed text[];
  performed text[] := '{}';
begin
  if tg_op = 'INSERT' then
    performed := array_append(performed, 'scheduling.manage_waitlist');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- scheduling.manage_waitlist: appointment_waitlist.provider_id, appointment_type, preferred_days, preferred_time_of_day, priority or notes changes
    if changed && '{provider_id,appointment_type,preferred_days,preferred_time_of_day,priority,notes}'
    then
      performed := array_append(performed, 'scheduling.manage_waitlist');
    end if;

    -- scheduling.manage_waitlist: appointment_waitlist.status becomes Waiting, Offered, Booked or Removed
    if 'status' = any (changed)
    and new.status in ('Waiting', 'Offered', 'Booked', 'Removed')
    then
      performed := array_append(performed, 'scheduling.manage_waitlist');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'appointment_waitlist', coalesce(new.id, old.id)::text, changed, false,
    array[old.provider_id, new.provider_id]::uuid[], array[old.client_id, new.client_id]::uuid[],
    jsonb_build_object('status', old.status), jsonb_build_object('status', new.status)
  );
  return null;
end
$record$;
comment on function governance.record_appointment_waitlist() is
  'Records the tasks that a change of public.appointment_waitlist is, as events in its transaction.';
revoke all on function governance.record_appointment_waitlist() from public;
drop trigger if exists _raci_record on public.appointment_waitlist;
create trigger _raci_record after insert or update on public.appointment_waitlist
  for each row execute function governance.record_appointment_waitlist();
