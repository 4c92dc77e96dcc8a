-- Purpose: record an event for every task that is performed on telehealth_consents
-- Affects: trigger of public.telehealth_consents; function governance.record_telehealth_consents()
-- Source: docs/raci/telehealth.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.telehealth_consents; drop function governance.record_telehealth_consents();
-- Locks: share row exclusive on public.telehealth_consents, for an instant

create or replace function governance.record_telehealth_consents() returns trigger
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
    performed := array_append(performed, 'telehealth.give_consent');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- telehealth.give_consent: telehealth_consents.revoked_at is set
    if 'revoked_at' = any (changed) and old.revoked_at is null
    then
      performed := array_append(performed, 'telehealth.give_consent');
    end if;

    -- telehealth.verify_consent: telehealth_consents.verified_at is set (from revoked_at empty)
    if 'verified_at' = any (changed) and old.verified_at is null
    and old.revoked_at is null
    then
      performed := array_append(performed, 'telehealth.verify_consent');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'telehealth_consents', coalesce(new.id, old.id)::text, changed, false,
    array[]::uuid[], array[old.client_id, new.client_id]::uuid[],
    jsonb_build_object(), jsonb_build_object()
  );
  return null;
end
$record$;
comment on function governance.record_telehealth_consents() is
  'Records the tasks that a change of public.telehealth_consents is, as events in its transaction.';
revoke all on function governance.record_telehealth_consents() from public;
drop trigger if exists _raci_record on public.telehealth_consents;
create trigger _raci_record after insert or update on public.telehealth_consents
  for each row execute function governance.record_telehealth_consents();
