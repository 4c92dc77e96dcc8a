-- Purpose: record an event for every task that is performed on assessment_assignments
-- Affects: trigger of public.assessment_assignments; function governance.record_assessment_assignments()
-- Source: docs/raci/client_portal.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.assessment_assignments; drop function governance.record_assessment_assignments();
-- Locks: share row exclusive on public.assessment_assignments, for an instant

create or replace function governance.record_assessment_assignments() returns trigger
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
    performed := array_append(performed, 'client_portal.assign_assessment');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- client_portal.assign_assessment: assessment_assignments.due_date changes (from status Assigned or In Progress)
    if changed && '{due_date}'
    and old.status in ('Assigned', 'In Progress')
    then
      performed := array_append(performed, 'client_portal.assign_assessment');
    end if;

    -- client_portal.assign_assessment: assessment_assignments.status becomes Cancelled (from status Assigned or In Progress)
    if new.status = 'Cancelled'
    and old.status in ('Assigned', 'In Progress')
    then
      performed := array_append(performed, 'client_portal.assign_assessment');
    end if;

    -- client_portal.complete_assessment: assessment_assignments.status becomes In Progress (from status Assigned)
    if new.status = 'In Progress'
    and old.status = 'Assigned'
    then
      performed := array_append(performed, 'client_portal.complete_assessment');
    end if;

    -- client_portal.complete_assessment: assessment_assignments.status becomes Completed (from status Assigned or In Progress)
    if new.status = 'Completed'
    and old.status in ('Assigned', 'In Progress')
    then
      performed := array_append(performed, 'client_portal.complete_assessment');
    end if;

    -- client_portal.complete_assessment: assessment_assignments.responses changes (from status In Progress)
    if changed && '{responses}'
    and old.status = 'In Progress'
    then
      performed := array_append(performed, 'client_portal.complete_assessment');
    end if;

    -- client_portal.review_assessment: assessment_assignments.status becomes Reviewed (from status Completed)
    if new.status = 'Reviewed'
    and old.status = 'Completed'
    then
      performed := array_append(performed, 'client_portal.review_assessment');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'assessment_assignments', coalesce(new.id, old.id)::text, changed, false,
    array[]::uuid[], array[old.client_id, new.client_id]::uuid[],
    jsonb_build_object('status', old.status), jsonb_build_object('status', new.status)
  );
  return null;
end
$record$;
comment on function governance.record_assessment_assignments() is
  'Records the tasks that a change of public.assessment_assignments is, as events in its transaction.';
revoke all on function governance.record_assessment_assignments() from public;
drop trigger if exists _raci_record on public.assessment_assignments;
create trigger _raci_record after insert or update on public.assessment_assignments
  for each row execute function governance.record_assessment_assignments();
