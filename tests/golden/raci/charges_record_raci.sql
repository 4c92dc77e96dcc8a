-- Purpose: record an event for every task that is performed on charges
-- Affects: trigger of public.charges; function governance.record_charges()
-- Source: docs/raci/billing.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.charges; drop function governance.record_charges();
-- Locks: share row exclusive on public.charges, for an instant

create or replace function governance.record_charges() returns trigger
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
    performed := array_append(performed, 'billing.enter_charge');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at,created_at}');

    -- billing.sign_charge: charges.signed_at or signed_by is set
    if ('signed_at' = any (changed) and old.signed_at is null or 'signed_by' = any (changed) and old.signed_by is null)
    then
      performed := array_append(performed, 'billing.sign_charge');
    end if;

    -- billing.sign_charge: charges.signed_at is cleared
    if 'signed_at' = any (changed) and new.signed_at is null
    then
      performed := array_append(performed, 'billing.sign_charge');
    end if;

    -- billing.write_off: charges.status becomes Written Off (from status Draft or empty and is_final false)
    if new.status = 'Written Off'
    and (old.status is null or old.status = 'Draft')
    and old.is_final = false
    then
      along := along || '{units}'::text[];
      performed := array_append(performed, 'billing.write_off');
    end if;

    -- What changes along with a task is part of it.
    apart := array(select unnest(changed) except select unnest(along));

    -- billing.enter_charge: charges.amount or units changes (from status Draft)
    if apart && '{amount,units}'
    and old.status = 'Draft'
    then
      performed := array_append(performed, 'billing.enter_charge');
    end if;
  elsif tg_op = 'DELETE' then
    performed := array_append(performed, 'billing.delete_draft');
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'charges', coalesce(new.id, old.id)::text, changed, false,
    array[old.provider_id, new.provider_id]::uuid[], array[old.client_id, new.client_id]::uuid[],
    jsonb_build_object('status', old.status), jsonb_build_object('status', new.status)
  );
  return null;
end
$record$;
comment on function governance.record_charges() is
  'Records the tasks that a change of public.charges is, as events in its transaction.';
revoke all on function governance.record_charges() from public;
drop trigger if exists _raci_record on public.charges;
create trigger _raci_record after insert or update or delete on public.charges
  for each row execute function governance.record_charges();
