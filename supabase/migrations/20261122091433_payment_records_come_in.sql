-- Purpose: at the desk money comes in; what goes back is posted by billing
-- Affects: function governance.keep_payments_incoming, trigger keep_payments_incoming on public.payment_records
-- Source: docs/raci/billing.yaml (take_payment: what a client pays; post_payment: what came in or went back)
-- Reversal: drop trigger keep_payments_incoming on public.payment_records; drop function governance.keep_payments_incoming();
-- Locks: share row exclusive on public.payment_records, for an instant

create or replace function governance.keep_payments_incoming() returns trigger
language plpgsql
security definer -- because no caller may read roles and matrix
set search_path = ''
as $$
begin
  if governance.acts_as_system() or governance.find_reach('billing.post_payment', 'perform') is not null then
    return new;
  end if;
  raise exception using
    errcode = '42501',
    message = 'billing.take_payment does not cover this value of payment_records.amount',
    detail = 'Task billing.take_payment. Column amount.',
    hint = 'Money that goes back is posted by billing staff (billing.post_payment).';
end
$$;
comment on function governance.keep_payments_incoming() is
  'Refuses money that goes back to who only takes payments.';
revoke all on function governance.keep_payments_incoming() from public;

-- Sorts after _raci_guard. An adjustment goes either way, and is no money.
create trigger keep_payments_incoming before insert on public.payment_records
  for each row when (new.amount < 0 and new.payment_method <> 'Adjustment')
  execute function governance.keep_payments_incoming();
