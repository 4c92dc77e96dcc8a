-- Purpose: record an event for every task that is performed on appointment_requests
-- Affects: trigger of public.appointment_requests; function governance.record_appointment_requests()
-- Source: docs/raci/client_portal.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.appointment_requests; drop function governance.record_appointment_requests();
-- Locks: share row exclusive on public.appointment_requests, for an instant

create or replace function governance.record_appointment_requests() returns trigger
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
    performed := array_append(performed, 'client_portal.request_appointment');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- client_portal.request_appointment: appointment_requests.status becomes Withdrawn (from status Pending)
    if new.status = 'Withdrawn'
    and old.status = 'Pending'
    then
      performed := array_append(performed, 'client_portal.request_appointment');
    end if;

    -- client_portal.decide_appointment_request: appointment_requests.status becomes Approved or Declined (from status Pending)
    if new.status in ('Approved', 'Declined')
    and old.status = 'Pending'
    then
      performed := array_append(performed, 'client_portal.decide_appointment_request');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'appointment_requests', coalesce(new.id, old.id)::text, changed, false,
    array[]::uuid[], array[old.client_id, new.client_id]::uuid[],
    jsonb_build_object('status', old.status), jsonb_build_object('status', new.status)
  );
  return null;
end
$record$;
comment on function governance.record_appointment_requests() is
  'Records the tasks that a change of public.appointment_requests is, as events in its transaction.';
revoke all on function governance.record_appointment_requests() from public;
drop trigger if exists _raci_record on public.appointment_requests;
create trigger _raci_record after insert or update on public.appointment_requests
  for each row execute function governance.record_appointment_requests();
