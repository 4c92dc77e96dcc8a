-- Purpose: record an event for every task that is performed on telehealth_sessions
-- Affects: trigger of public.telehealth_sessions; function governance.record_telehealth_sessions()
-- Source: docs/raci/telehealth.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.telehealth_sessions; drop function governance.record_telehealth_sessions();
-- Locks: share row exclusive on public.telehealth_sessions, for an instant

create or replace function governance.record_telehealth_sessions() returns trigger
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
    performed := array_append(performed, 'telehealth.set_up_session');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- telehealth.set_up_session: telehealth_sessions.status becomes Waiting (from status Scheduled or Failed)
    if new.status = 'Waiting'
    and old.status in ('Scheduled', 'Failed')
    then
      performed := array_append(performed, 'telehealth.set_up_session');
    end if;

    -- telehealth.start_session: telehealth_sessions.status becomes Active (from status Scheduled, Waiting or Failed)
    if new.status = 'Active'
    and old.status in ('Scheduled', 'Waiting', 'Failed')
    then
      performed := array_append(performed, 'telehealth.start_session');
    end if;

    -- telehealth.support_session: telehealth_sessions.support_notes changes
    if changed && '{support_notes}'
    then
      performed := array_append(performed, 'telehealth.support_session');
    end if;

    -- telehealth.support_session: telehealth_sessions.status becomes Failed (from status Scheduled, Waiting or Active)
    if new.status = 'Failed'
    and old.status in ('Scheduled', 'Waiting', 'Active')
    then
      performed := array_append(performed, 'telehealth.support_session');
    end if;

    -- telehealth.end_session: telehealth_sessions.status becomes Ended (from status Waiting, Active or Failed)
    if new.status = 'Ended'
    and old.status in ('Waiting', 'Active', 'Failed')
    then
      performed := array_append(performed, 'telehealth.end_session');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'telehealth_sessions', coalesce(new.id, old.id)::text, changed, false,
    array[old.provider_id, new.provider_id]::uuid[], array[old.client_id, new.client_id]::uuid[],
    jsonb_build_object('status', old.status), jsonb_build_object('status', new.status)
  );
  return null;
end
$record$;
comment on function governance.record_telehealth_sessions() is
  'Records the tasks that a change of public.telehealth_sessions is, as events in its transaction.';
revoke all on function governance.record_telehealth_sessions() from public;
drop trigger if exists _raci_record on public.telehealth_sessions;
create trigger _raci_record after insert or update on public.telehealth_sessions
  for each row execute function governance.record_telehealth_sessions();
