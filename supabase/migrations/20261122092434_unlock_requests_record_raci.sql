-- Purpose: record an event for every task that is performed on unlock_requests
-- Affects: trigger of public.unlock_requests; function governance.record_unlock_requests()
-- Source: docs/raci/clinical_notes.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.unlock_requests; drop function governance.record_unlock_requests();
-- Locks: share row exclusive on public.unlock_requests, for an instant

create or replace function governance.record_unlock_requests() returns trigger
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
    performed := array_append(performed, 'clinical_notes.request_unlock');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- clinical_notes.request_unlock: unlock_requests.status becomes Withdrawn (from status Pending)
    if new.status = 'Withdrawn'
    and old.status = 'Pending'
    then
      performed := array_append(performed, 'clinical_notes.request_unlock');
    end if;

    -- clinical_notes.decide_unlock: unlock_requests.status becomes Approved or Denied (from status Pending)
    if new.status in ('Approved', 'Denied')
    and old.status = 'Pending'
    then
      performed := array_append(performed, 'clinical_notes.decide_unlock');
    end if;

    -- clinical_notes.unlock_note: unlock_requests.used_at is set (from status Approved)
    if 'used_at' = any (changed) and old.used_at is null
    and old.status = 'Approved'
    then
      performed := array_append(performed, 'clinical_notes.unlock_note');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'unlock_requests', coalesce(new.id, old.id)::text, changed, false,
    array[old.requested_by, new.requested_by]::uuid[], array[old.client_id, new.client_id]::uuid[],
    jsonb_build_object('status', old.status), jsonb_build_object('status', new.status)
  );
  return null;
end
$record$;
comment on function governance.record_unlock_requests() is
  'Records the tasks that a change of public.unlock_requests is, as events in its transaction.';
revoke all on function governance.record_unlock_requests() from public;
drop trigger if exists _raci_record on public.unlock_requests;
create trigger _raci_record after insert or update on public.unlock_requests
  for each row execute function governance.record_unlock_requests();
