-- Purpose: record an event for every task that is performed on note_cosignatures
-- Affects: trigger of public.note_cosignatures; function governance.record_note_cosignatures()
-- Source: docs/raci/clinical_notes.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.note_cosignatures; drop function governance.record_note_cosignatures();
-- Locks: share row exclusive on public.note_cosignatures, for an instant

create or replace function governance.record_note_cosignatures() returns trigger
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
    performed := array_append(performed, 'clinical_notes.request_cosignature');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- clinical_notes.cosign_note: note_cosignatures.status becomes Cosigned or Returned (from status Pending)
    if new.status in ('Cosigned', 'Returned')
    and old.status = 'Pending'
    then
      performed := array_append(performed, 'clinical_notes.cosign_note');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'note_cosignatures', coalesce(new.id, old.id)::text, changed, false,
    array[old.supervisee_id, old.supervisor_id, new.supervisee_id, new.supervisor_id]::uuid[], array[old.client_id, new.client_id]::uuid[],
    jsonb_build_object('status', old.status), jsonb_build_object('status', new.status)
  );
  return null;
end
$record$;
comment on function governance.record_note_cosignatures() is
  'Records the tasks that a change of public.note_cosignatures is, as events in its transaction.';
revoke all on function governance.record_note_cosignatures() from public;
drop trigger if exists _raci_record on public.note_cosignatures;
create trigger _raci_record after insert or update on public.note_cosignatures
  for each row execute function governance.record_note_cosignatures();
