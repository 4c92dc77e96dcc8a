-- Purpose: record an event for every task that is performed on session_recordings
-- Affects: trigger of public.session_recordings; function governance.record_session_recordings()
-- Source: docs/raci/telehealth.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.session_recordings; drop function governance.record_session_recordings();
-- Locks: share row exclusive on public.session_recordings, for an instant

create or replace function governance.record_session_recordings() returns trigger
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
    performed := array_append(performed, 'telehealth.manage_recordings');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- telehealth.manage_recordings: session_recordings.duration_seconds changes
    if changed && '{duration_seconds}'
    then
      performed := array_append(performed, 'telehealth.manage_recordings');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'session_recordings', coalesce(new.id, old.id)::text, changed, false,
    array[old.provider_id, new.provider_id]::uuid[], array[old.client_id, new.client_id]::uuid[],
    jsonb_build_object(), jsonb_build_object()
  );
  return null;
end
$record$;
comment on function governance.record_session_recordings() is
  'Records the tasks that a change of public.session_recordings is, as events in its transaction.';
revoke all on function governance.record_session_recordings() from public;
drop trigger if exists _raci_record on public.session_recordings;
create trigger _raci_record after insert or update on public.session_recordings
  for each row execute function governance.record_session_recordings();
