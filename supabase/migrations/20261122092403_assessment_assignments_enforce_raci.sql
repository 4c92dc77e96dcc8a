-- Purpose: enforce the RACI matrix on assessment_assignments
-- Affects: policies, trigger and grants of public.assessment_assignments; function governance.guard_assessment_assignments
-- Source: docs/raci/client_portal.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.assessment_assignments, for an instant

drop policy if exists assessment_assignments_select on public.assessment_assignments;
drop policy if exists assessment_assignments_insert on public.assessment_assignments;
drop policy if exists assessment_assignments_update on public.assessment_assignments;
drop policy if exists assessment_assignments_delete on public.assessment_assignments;
drop policy if exists assessment_assignments_client_sees on public.assessment_assignments;

create policy assessment_assignments_select on public.assessment_assignments
as permissive for select to authenticated
using (
  (select governance.reaches_all('assessment_assignments', 'select'))
  or client_id in (select governance.each_reachable_client('assessment_assignments', 'select'))
);
comment on policy assessment_assignments_select on public.assessment_assignments is
  'RACI: client_portal.view_assessments, client_portal.assign_assessment, '
  'client_portal.complete_assessment, client_portal.review_assessment';

create policy assessment_assignments_insert on public.assessment_assignments
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('assessment_assignments', 'insert'))
  or client_id in (select governance.each_reachable_client('assessment_assignments', 'insert'))
);
comment on policy assessment_assignments_insert on public.assessment_assignments is
  'RACI: client_portal.assign_assessment';

create policy assessment_assignments_update on public.assessment_assignments
as permissive for update to authenticated
using (
  (select governance.reaches_all('assessment_assignments', 'update'))
  or client_id in (select governance.each_reachable_client('assessment_assignments', 'update'))
)
with check (
  (select governance.reaches_all('assessment_assignments', 'update'))
  or client_id in (select governance.each_reachable_client('assessment_assignments', 'update'))
);
comment on policy assessment_assignments_update on public.assessment_assignments is
  'RACI: client_portal.assign_assessment, client_portal.complete_assessment, '
  'client_portal.review_assessment';

create or replace function governance.guard_assessment_assignments() returns trigger
language plpgsql
-- definer because the matrix it asks is readable by no caller
security definer
set search_path = ''
as $guard$
declare
  changed text[];
  covers text[];
  covered text[] := '{}';
  refused jsonb := '{}';
begin
  if governance.acts_as_system() then
    return coalesce(new, old);
  end if;

  if tg_op = 'INSERT' then
    -- client_portal.assign_assessment: new rows of assessment_assignments
    if governance.may_perform('client_portal.assign_assessment', array[]::uuid[], new.client_id) then
      if (new.status = 'Assigned') is not true then
        perform governance.refuse_value('client_portal.assign_assessment', 'assessment_assignments', 'status');
      end if;
      if (new.responses is null) is not true then
        perform governance.refuse_value('client_portal.assign_assessment', 'assessment_assignments', 'responses');
      end if;
      if (new.score is null) is not true then
        perform governance.refuse_value('client_portal.assign_assessment', 'assessment_assignments', 'score');
      end if;
      if (new.completed_at is null) is not true then
        perform governance.refuse_value('client_portal.assign_assessment', 'assessment_assignments', 'completed_at');
      end if;
      if (new.reviewed_by is null) is not true then
        perform governance.refuse_value('client_portal.assign_assessment', 'assessment_assignments', 'reviewed_by');
      end if;
      if (new.reviewed_at is null) is not true then
        perform governance.refuse_value('client_portal.assign_assessment', 'assessment_assignments', 'reviewed_at');
      end if;
      new.assigned_by := governance.actor_id();
      new.created_at := now();
      return new;
    end if;
    perform governance.refuse_tasks('{"client_portal.assign_assessment"}', 'assessment_assignments', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'assessment_assignments', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- client_portal.assign_assessment: assessment_assignments.due_date changes (from status Assigned or In Progress)
  if changed && '{due_date}'
    and old.status in ('Assigned', 'In Progress')
  then
    covers := '{due_date}';
    if governance.may_change(
      'client_portal.assign_assessment', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'client_portal.assign_assessment', 'duty', covers);
    end if;
  end if;

  -- client_portal.assign_assessment: assessment_assignments.status becomes Cancelled (from status Assigned or In Progress)
  if new.status = 'Cancelled'
    and old.status in ('Assigned', 'In Progress')
  then
    covers := '{status}';
    if governance.may_change(
      'client_portal.assign_assessment', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'client_portal.assign_assessment', 'duty', covers);
    end if;
  end if;

  -- client_portal.complete_assessment: assessment_assignments.status becomes In Progress (from status Assigned)
  if new.status = 'In Progress'
    and old.status = 'Assigned'
  then
    covers := '{status,responses}';
    if governance.may_change(
      'client_portal.complete_assessment', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'client_portal.complete_assessment', 'duty', covers);
    end if;
  end if;

  -- client_portal.complete_assessment: assessment_assignments.status becomes Completed (from status Assigned or In Progress)
  if new.status = 'Completed'
    and old.status in ('Assigned', 'In Progress')
  then
    covers := '{status,responses,completed_at}';
    if governance.may_change(
      'client_portal.complete_assessment', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
      new.completed_at := now();
    else
      refused := governance.add_refusal(refused, 'client_portal.complete_assessment', 'duty', covers);
    end if;
  end if;

  -- client_portal.complete_assessment: assessment_assignments.responses changes (from status In Progress)
  if changed && '{responses}'
    and old.status = 'In Progress'
  then
    covers := '{responses}';
    if governance.may_change(
      'client_portal.complete_assessment', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'client_portal.complete_assessment', 'duty', covers);
    end if;
  end if;

  -- client_portal.review_assessment: assessment_assignments.status becomes Reviewed (from status Completed)
  if new.status = 'Reviewed'
    and old.status = 'Completed'
  then
    covers := '{status,score,reviewed_by,reviewed_at}';
    if governance.may_change(
      'client_portal.review_assessment', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
      new.reviewed_by := governance.actor_id();
      new.reviewed_at := now();
    else
      refused := governance.add_refusal(refused, 'client_portal.review_assessment', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('assessment_assignments', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_assessment_assignments() is
  'Judges every change of public.assessment_assignments by anonymous and authenticated callers.';
revoke all on function governance.guard_assessment_assignments() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.assessment_assignments;
create trigger _raci_guard before insert or update or delete on public.assessment_assignments
  for each row execute function governance.guard_assessment_assignments();

alter table public.assessment_assignments enable row level security;
revoke all on table public.assessment_assignments from public, anon, authenticated;
grant select, insert, update on table public.assessment_assignments to authenticated;
