-- Purpose: record an event for every task that is performed on prices
-- Affects: trigger of public.prices; function governance.record_prices()
-- Source: docs/raci/billing.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.prices; drop function governance.record_prices();
-- Locks: share row exclusive on public.prices, for an instant

create or replace function governance.record_prices() returns trigger
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
    if governance.may_perform('billing.keep_prices') then
      performed := array_append(performed, 'billing.keep_prices');
    elsif governance.may_perform('billing.propose_price') then
      performed := array_append(performed, 'billing.propose_price');
    else
      performed := array_append(performed, 'billing.keep_prices');
    end if;
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- billing.keep_prices: prices.amount changes
    if changed && '{amount}'
      and (governance.may_perform('billing.keep_prices')
        or (changed && '{amount}' and governance.may_perform('billing.propose_price') and new.code is distinct from governance.actor_id()) is not true)
    then
      performed := array_append(performed, 'billing.keep_prices');
    end if;

    -- billing.propose_price: prices.amount changes
    if changed && '{amount}'
      and (governance.may_perform('billing.propose_price') and new.code is distinct from governance.actor_id()
        or (changed && '{amount}' and governance.may_perform('billing.keep_prices')) is not true)
    then
      performed := array_append(performed, 'billing.propose_price');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'prices', coalesce(new.code, old.code)::text, changed, true,
    array[]::uuid[], array[]::uuid[],
    jsonb_build_object(), jsonb_build_object()
  );
  return null;
end
$record$;
comment on function governance.record_prices() is
  'Records the tasks that a change of public.prices is, as events in its transaction.';
revoke all on function governance.record_prices() from public;
drop trigger if exists _raci_record on public.prices;
create trigger _raci_record after insert or update on public.prices
  for each row execute function governance.record_prices();
