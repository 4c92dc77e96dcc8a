-- Purpose: record an event for every task that is performed on insurance_claims
-- Affects: trigger of public.insurance_claims; function governance.record_insurance_claims()
-- Source: docs/raci/billing.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.insurance_claims; drop function governance.record_insurance_claims();
-- Locks: share row exclusive on public.insurance_claims, for an instant

create or replace function governance.record_insurance_claims() returns trigger
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
    performed := array_append(performed, 'billing.prepare_claim');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- billing.prepare_claim: insurance_claims.claim_number, payer_name or total_amount changes (from status Draft or Rejected)
    if changed && '{claim_number,payer_name,total_amount}'
    and old.status in ('Draft', 'Rejected')
    then
      performed := array_append(performed, 'billing.prepare_claim');
    end if;

    -- billing.submit_claim: insurance_claims.status becomes Submitted (from status Draft or Rejected)
    if new.status = 'Submitted'
    and old.status in ('Draft', 'Rejected')
    then
      performed := array_append(performed, 'billing.submit_claim');
    end if;

    -- billing.record_adjudication: insurance_claims.status becomes Accepted or Rejected (from status Submitted)
    if new.status in ('Accepted', 'Rejected')
    and old.status = 'Submitted'
    then
      performed := array_append(performed, 'billing.record_adjudication');
    end if;

    -- billing.record_adjudication: insurance_claims.status becomes Paid or Denied (from status Submitted, Accepted or Appealed)
    if new.status in ('Paid', 'Denied')
    and old.status in ('Submitted', 'Accepted', 'Appealed')
    then
      performed := array_append(performed, 'billing.record_adjudication');
    end if;

    -- billing.record_adjudication: insurance_claims.status becomes Appealed (from status Paid or Denied)
    if new.status = 'Appealed'
    and old.status in ('Paid', 'Denied')
    then
      performed := array_append(performed, 'billing.record_adjudication');
    end if;

    -- billing.record_adjudication: insurance_claims.status becomes Void (from status Draft, Submitted, Accepted, Rejected, Denied or Appealed)
    if new.status = 'Void'
    and old.status in ('Draft', 'Submitted', 'Accepted', 'Rejected', 'Denied', 'Appealed')
    then
      performed := array_append(performed, 'billing.record_adjudication');
    end if;

    -- billing.record_adjudication: insurance_claims.adjudicated_at changes (from status Paid or Denied)
    if changed && '{adjudicated_at}'
    and old.status in ('Paid', 'Denied')
    then
      performed := array_append(performed, 'billing.record_adjudication');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'insurance_claims', coalesce(new.id, old.id)::text, changed, false,
    array[]::uuid[], array[old.client_id, new.client_id]::uuid[],
    jsonb_build_object('status', old.status), jsonb_build_object('status', new.status)
  );
  return null;
end
$record$;
comment on function governance.record_insurance_claims() is
  'Records the tasks that a change of public.insurance_claims is, as events in its transaction.';
revoke all on function governance.record_insurance_claims() from public;
drop trigger if exists _raci_record on public.insurance_claims;
create trigger _raci_record after insert or update on public.insurance_claims
  for each row execute function governance.record_insurance_claims();
