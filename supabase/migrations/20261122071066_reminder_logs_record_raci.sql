-- Purpose: record an event for every task that is performed on reminder_logs
-- Affects: trigger of public.reminder_logs; function governance.record_reminder_logs()
-- Source: docs/raci/scheduling.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.reminder_logs; drop function governance.record_reminder_logs();
-- Locks: share row exclusive on public.reminder_logs, for an instant

create or replace function governance.record_reminder_logs() returns trigger
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
    performed := array_append(performed, 'scheduling.send_reminders');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- scheduling.send_reminders: reminder_logs.status becomes Pending or Cancelled (from status Pending, Failed or Cancelled)
    if 'status' = any (changed)
    and new.status in ('Pending', 'Cancelled')
    and old.status in ('Pending', 'Failed', 'Cancelled')
    then
      performed := array_append(performed, 'scheduling.send_reminders');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'reminder_logs', coalesce(new.id, old.id)::text, changed, false,
    array[]::uuid[], array[old.client_id, new.client_id]::uuid[],
    jsonb_build_object('status', old.status), jsonb_build_object('status', new.status)
  );
  return null;
end
$record$;
comment on function governance.record_reminder_logs() is
  'Records the tasks that a change of public.reminder_logs is, as events in its transaction.';
revoke all on function governance.record_reminder_logs() from public;
drop trigger if exists _raci_record on public.reminder_logs;
create trigger _raci_record after insert or update on public.reminder_logs
  for each row execute function governance.record_reminder_logs();
