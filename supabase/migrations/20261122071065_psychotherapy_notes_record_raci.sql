-- Purpose: record an event for every task that is performed on psychotherapy_notes
-- Affects: trigger of public.psychotherapy_notes; function governance.record_psychotherapy_notes()
-- Source: docs/raci/clinical_notes.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.psychotherapy_notes; drop function governance.record_psychotherapy_notes();
-- Locks: share row exclusive on public.psychotherapy_notes, for an instant

create or replace function governance.record_psychotherapy_notes() returns trigger
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
    performed := array_append(performed, 'clinical_notes.write_psychotherapy_notes');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- clinical_notes.write_psychotherapy_notes: psychotherapy_notes.session_date or content changes
    if changed && '{session_date,content}'
    then
      performed := array_append(performed, 'clinical_notes.write_psychotherapy_notes');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'psychotherapy_notes', coalesce(new.id, old.id)::text, changed, false,
    array[old.author_id, new.author_id]::uuid[], array[]::uuid[],
    jsonb_build_object(), jsonb_build_object()
  );
  return null;
end
$record$;
comment on function governance.record_psychotherapy_notes() is
  'Records the tasks that a change of public.psychotherapy_notes is, as events in its transaction.';
revoke all on function governance.record_psychotherapy_notes() from public;
drop trigger if exists _raci_record on public.psychotherapy_notes;
create trigger _raci_record after insert or update on public.psychotherapy_notes
  for each row execute function governance.record_psychotherapy_notes();
