-- Purpose: record an event for every task that is performed on user_roles
-- Affects: trigger of public.user_roles; function governance.record_user_roles()
-- Source: docs/raci/administration.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.user_roles; drop function governance.record_user_roles();
-- Locks: share row exclusive on public.user_roles, for an instant

create or replace function governance.record_user_roles() returns trigger
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
    performed := array_append(performed, 'administration.assign_role');
  elsif tg_op = 'DELETE' then
    performed := array_append(performed, 'administration.revoke_role');
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'user_roles', coalesce(new.id, old.id)::text, changed, false,
    array[old.user_id, new.user_id]::uuid[], array[]::uuid[],
    jsonb_build_object(), jsonb_build_object()
  );
  return null;
end
$record$;
comment on function governance.record_user_roles() is
  'Records the tasks that a change of public.user_roles is, as events in its transaction.';
revoke all on function governance.record_user_roles() from public;
drop trigger if exists _raci_record on public.user_roles;
create trigger _raci_record after insert or delete on public.user_roles
  for each row execute function governance.record_user_roles();
