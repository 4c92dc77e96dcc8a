-- Purpose: record an event for every task that is performed on service_codes
-- Affects: trigger of public.service_codes; function governance.record_service_codes()
-- Source: docs/raci/administration.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.service_codes; drop function governance.record_service_codes();
-- Locks: share row exclusive on public.service_codes, for an instant

create or replace function governance.record_service_codes() returns trigger
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
    performed := array_append(performed, 'administration.manage_service_codes');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- administration.manage_service_codes: service_codes.description, default_minutes, standard_rate or is_active changes
    if changed && '{description,default_minutes,standard_rate,is_active}'
    then
      performed := array_append(performed, 'administration.manage_service_codes');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'service_codes', coalesce(new.code, old.code)::text, changed, true,
    array[]::uuid[], array[]::uuid[],
    jsonb_build_object(), jsonb_build_object()
  );
  return null;
end
$record$;
comment on function governance.record_service_codes() is
  'Records the tasks that a change of public.service_codes is, as events in its transaction.';
revoke all on function governance.record_service_codes() from public;
drop trigger if exists _raci_record on public.service_codes;
create trigger _raci_record after insert or update on public.service_codes
  for each row execute function governance.record_service_codes();
