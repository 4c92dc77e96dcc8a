-- Purpose: record an event for every task that is performed on charge_entries
-- Affects: trigger of public.charge_entries; function governance.record_charge_entries()
-- Source: docs/raci/billing.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.charge_entries; drop function governance.record_charge_entries();
-- Locks: share row exclusive on public.charge_entries, for an instant

create or replace function governance.record_charge_entries() returns trigger
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
    performed := array_append(performed, 'billing.enter_charge');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- billing.correct_charge: charge_entries.appointment_id, note_id, service_date, cpt_code, modifiers, diagnosis_codes, units or charge_amount changes (from status Pending or Ready)
    if changed && '{appointment_id,note_id,service_date,cpt_code,modifiers,diagnosis_codes,units,charge_amount}'
    and old.status in ('Pending', 'Ready')
    then
      performed := array_append(performed, 'billing.correct_charge');
    end if;

    -- billing.correct_charge: charge_entries.status becomes Pending or Ready (from status Pending or Ready)
    if 'status' = any (changed)
    and new.status in ('Pending', 'Ready')
    and old.status in ('Pending', 'Ready')
    then
      performed := array_append(performed, 'billing.correct_charge');
    end if;

    -- billing.rework_denied_charge: charge_entries.cpt_code, modifiers, diagnosis_codes, units or charge_amount changes (from status Denied)
    if changed && '{cpt_code,modifiers,diagnosis_codes,units,charge_amount}'
    and old.status = 'Denied'
    then
      performed := array_append(performed, 'billing.rework_denied_charge');
    end if;

    -- billing.void_charge: charge_entries.status becomes Void (from status Pending or Ready)
    if new.status = 'Void'
    and old.status in ('Pending', 'Ready')
    then
      performed := array_append(performed, 'billing.void_charge');
    end if;

    -- billing.void_billed_charge: charge_entries.status becomes Void (from status Billed or Denied)
    if new.status = 'Void'
    and old.status in ('Billed', 'Denied')
    then
      performed := array_append(performed, 'billing.void_billed_charge');
    end if;

    -- billing.submit_claim: charge_entries.status becomes Billed (from status Pending, Ready or Denied)
    if new.status = 'Billed'
    and old.status in ('Pending', 'Ready', 'Denied')
    then
      performed := array_append(performed, 'billing.submit_claim');
    end if;

    -- billing.record_adjudication: charge_entries.status becomes Denied (from status Billed)
    if new.status = 'Denied'
    and old.status = 'Billed'
    then
      performed := array_append(performed, 'billing.record_adjudication');
    end if;

    -- billing.settle_charge: charge_entries.status becomes Paid (from status Billed, Ready or Denied)
    if new.status = 'Paid'
    and old.status in ('Billed', 'Ready', 'Denied')
    then
      performed := array_append(performed, 'billing.settle_charge');
    end if;

    -- billing.settle_charge: charge_entries.status becomes Billed (from status Paid)
    if new.status = 'Billed'
    and old.status = 'Paid'
    then
      performed := array_append(performed, 'billing.settle_charge');
    end if;

    -- billing.request_write_off: charge_entries.write_off_amount or write_off_reason changes (from status Billed or Denied)
    if changed && '{write_off_amount,write_off_reason}'
    and old.status in ('Billed', 'Denied')
    then
      performed := array_append(performed, 'billing.request_write_off');
    end if;

    -- billing.approve_write_off: charge_entries.status becomes Written Off (from status Billed or Denied)
    if new.status = 'Written Off'
    and old.status in ('Billed', 'Denied')
    then
      performed := array_append(performed, 'billing.approve_write_off');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'charge_entries', coalesce(new.id, old.id)::text, changed, false,
    array[old.provider_id, new.provider_id]::uuid[], array[old.client_id, new.client_id]::uuid[],
    jsonb_build_object('status', old.status), jsonb_build_object('status', new.status)
  );
  return null;
end
$record$;
comment on function governance.record_charge_entries() is
  'Records the tasks that a change of public.charge_entries is, as events in its transaction.';
revoke all on function governance.record_charge_entries() from public;
drop trigger if exists _raci_record on public.charge_entries;
create trigger _raci_record after insert or update on public.charge_entries
  for each row execute function governance.record_charge_entries();
