-- Purpose: record an event for every task that is performed on blocked_times
-- Affects: trigger of public.blocked_times; function governance.record_blocked_times()
-- Source: docs/raci/scheduling.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.blocked_times; drop function governance.record_blocked_times();
-- Locks: share row exclusive on public.blocked_times, for an instant

create or replace function governance.record_blocked_times() returns trigger
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
    performed := array_append(performed, 'scheduling.manage_blocked_time');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- scheduling.manage_blocked_time: blocked_times.start_time, end_time, block_type or reason changes
    if changed && '{start_time,end_time,block_type,reason}'
    then
      performed := array_append(performed, 'scheduling.manage_blocked_time');
    end if;
  elsif tg_op = 'DELETE' then
    performed := array_append(performed, 'scheduling.manage_blocked_time');
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'blocked_times', coalesce(new.id, old.id)::text, changed, false,
    array[old.provider_id, new.provider_id]::uuid[], array[]::uuid[],
    jsonb_build_object(), jsonb_build_object()
  );
  return null;
end
$record$;
comment on function governance.record_blocked_times() is
  'Records the tasks that a change of public.blocked_times is, as events in its transaction.';
revoke all on function governance.record_blocked_times() from public;
drop trigger if exists _raci_record on public.blocked_times;
create trigger _raci_record after insert or update or delete on public.blocked_times
  for each row execute function governance.record_blocked_times();
