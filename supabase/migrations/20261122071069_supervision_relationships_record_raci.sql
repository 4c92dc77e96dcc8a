-- Purpose: record an event for every task that is performed on supervision_relationships
-- Affects: trigger of public.supervision_relationships; function governance.record_supervision_relationships()
-- Source: docs/raci/administration.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.supervision_relationships; drop function governance.record_supervision_relationships();
-- Locks: share row exclusive on public.supervision_relationships, for an instant

create or replace function governance.record_supervision_relationships() returns trigger
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
    performed := array_append(performed, 'administration.manage_supervision');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- administration.manage_supervision: supervision_relationships.status, start_date or end_date changes
    if changed && '{status,start_date,end_date}'
    then
      performed := array_append(performed, 'administration.manage_supervision');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'supervision_relationships', coalesce(new.id, old.id)::text, changed, false,
    array[old.supervisor_id, old.supervisee_id, new.supervisor_id, new.supervisee_id]::uuid[], array[]::uuid[],
    jsonb_build_object(), jsonb_build_object()
  );
  return null;
end
$record$;
comment on function governance.record_supervision_relationships() is
  'Records the tasks that a change of public.supervision_relationships is, as events in its transaction.';
revoke all on function governance.record_supervision_relationships() from public;
drop trigger if exists _raci_record on public.supervision_relationships;
create trigger _raci_record after insert or update on public.supervision_relationships
  for each row execute function governance.record_supervision_relationships();
