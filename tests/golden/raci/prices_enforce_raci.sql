-- Purpose: enforce the RACI matrix on prices
-- Affects: policies, trigger and grants of public.prices; function governance.guard_prices
-- Source: docs/raci/billing.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.prices, for an instant

drop policy if exists prices_select on public.prices;
drop policy if exists prices_insert on public.prices;
drop policy if exists prices_update on public.prices;
drop policy if exists prices_delete on public.prices;
drop policy if exists prices_client_sees on public.prices;

create policy prices_select on public.prices
as permissive for select to authenticated
using (
  (select governance.reaches_any('prices', 'select'))
);
comment on policy prices_select on public.prices is
  'RACI: billing.keep_prices, billing.propose_price';

create policy prices_insert on public.prices
as permissive for insert to authenticated
with check (
  (select governance.reaches_any('prices', 'insert'))
);
comment on policy prices_insert on public.prices is
  'RACI: billing.keep_prices, billing.propose_price';

create policy prices_update on public.prices
as permissive for update to authenticated
using (
  (select governance.reaches_any('prices', 'update'))
)
with check (
  (select governance.reaches_any('prices', 'update'))
);
comment on policy prices_update on public.prices is
  'RACI: billing.keep_prices, billing.propose_price';

create or replace function governance.guard_prices() returns trigger
language plpgsql
-- definer because the matrix it asks is readable by no caller
security definer
set search_path = ''
as $guard$
declare
  changed text[];
  covers text[];
  covered text[] := '{}';
  refused jsonb := '{}';
begin
  if governance.acts_as_system() then
    return coalesce(new, old);
  end if;

  if tg_op = 'INSERT' then
    -- billing.keep_prices: new rows of prices
    if governance.may_perform('billing.keep_prices') then
      return new;
    end if;
    -- billing.propose_price: new rows of prices
    if governance.may_perform('billing.propose_price') then
      return new;
    end if;
    perform governance.refuse_tasks('{"billing.keep_prices","billing.propose_price"}', 'prices', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'prices', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- billing.keep_prices: prices.amount changes
  if changed && '{amount}'
  then
    covers := '{amount}';
    if governance.may_perform('billing.keep_prices') then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.keep_prices', 'duty', covers);
    end if;
  end if;

  -- billing.propose_price: prices.amount changes
  if changed && '{amount}'
  then
    covers := '{amount}';
    if new.code = governance.actor_id() then
      refused := governance.add_refusal(refused, 'billing.propose_price', 'self', covers);
    elsif governance.may_perform('billing.propose_price') then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.propose_price', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('prices', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_prices() is
  'Judges every change of public.prices by anonymous and authenticated callers.';
revoke all on function governance.guard_prices() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.prices;
create trigger _raci_guard before insert or update or delete on public.prices
  for each row execute function governance.guard_prices();

alter table public.prices enable row level security;
revoke all on table public.prices from public, anon, authenticated;
grant select, insert, update on table public.prices to authenticated;
