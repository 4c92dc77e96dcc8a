-- Purpose: record an event for every task that is performed on clinical_notes
-- Affects: trigger of public.clinical_notes; function governance.record_clinical_notes()
-- Source: docs/raci/clinical_notes.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.clinical_notes; drop function governance.record_clinical_notes();
-- Locks: share row exclusive on public.clinical_notes, for an instant

create or replace function governance.record_clinical_notes() returns trigger
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
    performed := array_append(performed, 'clinical_notes.create_note');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- clinical_notes.submit_note: clinical_notes.status becomes submitted_for_review (from status draft)
    if new.status = 'submitted_for_review'
    and old.status = 'draft'
    then
      along := along || '{content,note_type,title}'::text[];
      performed := array_append(performed, 'clinical_notes.submit_note');
    end if;

    -- clinical_notes.submit_note: clinical_notes.status becomes draft (from status submitted_for_review)
    if new.status = 'draft'
    and old.status = 'submitted_for_review'
    then
      performed := array_append(performed, 'clinical_notes.submit_note');
    end if;

    -- clinical_notes.sign_note: clinical_notes.status becomes signed (from status draft or submitted_for_review)
    if new.status = 'signed'
    and old.status in ('draft', 'submitted_for_review')
    then
      along := along || '{content,note_type,title}'::text[];
      performed := array_append(performed, 'clinical_notes.sign_note');
    end if;

    -- clinical_notes.lock_note: clinical_notes.status becomes locked (from status signed)
    if new.status = 'locked'
    and old.status = 'signed'
    then
      performed := array_append(performed, 'clinical_notes.lock_note');
    end if;

    -- clinical_notes.unlock_note: clinical_notes.status becomes draft (from status signed or locked)
    if new.status = 'draft'
    and old.status in ('signed', 'locked')
    then
      performed := array_append(performed, 'clinical_notes.unlock_note');
    end if;

    -- What changes along with a task is part of it.
    apart := array(select unnest(changed) except select unnest(along));

    -- clinical_notes.edit_note: clinical_notes.title, note_type, content or appointment_id changes (from status draft)
    if apart && '{title,note_type,content,appointment_id}'
    and old.status = 'draft'
    then
      performed := array_append(performed, 'clinical_notes.edit_note');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'clinical_notes', coalesce(new.id, old.id)::text, changed, false,
    array[old.provider_id, new.provider_id]::uuid[], array[old.client_id, new.client_id]::uuid[],
    jsonb_build_object('status', old.status), jsonb_build_object('status', new.status)
  );
  return null;
end
$record$;
comment on function governance.record_clinical_notes() is
  'Records the tasks that a change of public.clinical_notes is, as events in its transaction.';
revoke all on function governance.record_clinical_notes() from public;
drop trigger if exists _raci_record on public.clinical_notes;
create trigger _raci_record after insert or update on public.clinical_notes
  for each row execute function governance.record_clinical_notes();
