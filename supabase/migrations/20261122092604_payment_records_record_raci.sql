-- Purpose: record an event for every task that is performed on payment_records
-- Affects: trigger of public.payment_records; function governance.record_payment_records()
-- Source: docs/raci/billing.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.payment_records; drop function governance.record_payment_records();
-- Locks: share row exclusive on public.payment_records, for an instant

create or replace function governance.record_payment_records() returns trigger
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
    if new.payment_method in ('Card', 'Cash', 'Check', 'Electronic Transfer') and new.deleted_at is null and governance.may_perform('billing.post_payment', array[]::uuid[], new.client_id) then
      performed := array_append(performed, 'billing.post_payment');
    elsif new.payer_type = 'Client' and new.payment_method in ('Card', 'Cash', 'Check') and new.deleted_at is null and governance.may_perform('billing.take_payment', array[]::uuid[], new.client_id) then
      performed := array_append(performed, 'billing.take_payment');
    elsif new.payment_method = 'Adjustment' and new.deleted_at is null and governance.may_perform('billing.post_adjustment', array[]::uuid[], new.client_id) then
      performed := array_append(performed, 'billing.post_adjustment');
    elsif new.payment_method in ('Card', 'Cash', 'Check', 'Electronic Transfer') and new.deleted_at is null then
      performed := array_append(performed, 'billing.post_payment');
    elsif new.payer_type = 'Client' and new.payment_method in ('Card', 'Cash', 'Check') and new.deleted_at is null then
      performed := array_append(performed, 'billing.take_payment');
    elsif new.payment_method = 'Adjustment' and new.deleted_at is null then
      performed := array_append(performed, 'billing.post_adjustment');
    else
      performed := array_append(performed, 'billing.post_payment');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'payment_records', coalesce(new.id, old.id)::text, changed, false,
    array[]::uuid[], array[old.client_id, new.client_id]::uuid[],
    jsonb_build_object(), jsonb_build_object()
  );
  return null;
end
$record$;
comment on function governance.record_payment_records() is
  'Records the tasks that a change of public.payment_records is, as events in its transaction.';
revoke all on function governance.record_payment_records() from public;
drop trigger if exists _raci_record on public.payment_records;
create trigger _raci_record after insert on public.payment_records
  for each row execute function governance.record_payment_records();
