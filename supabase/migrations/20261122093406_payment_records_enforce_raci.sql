-- Purpose: enforce the RACI matrix on payment_records
-- Affects: policies, trigger and grants of public.payment_records; function governance.guard_payment_records
-- Source: docs/raci/billing.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.payment_records, for an instant

drop policy if exists payment_records_select on public.payment_records;
drop policy if exists payment_records_insert on public.payment_records;
drop policy if exists payment_records_update on public.payment_records;
drop policy if exists payment_records_delete on public.payment_records;
drop policy if exists payment_records_client_sees on public.payment_records;

create policy payment_records_select on public.payment_records
as permissive for select to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('payment_records', 'select'))
    or client_id in (select governance.each_reachable_client('payment_records', 'select'))
  )
);
comment on policy payment_records_select on public.payment_records is
  'RACI: billing.view_payments, billing.post_payment, billing.take_payment, billing.post_adjustment';

create policy payment_records_insert on public.payment_records
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('payment_records', 'insert'))
  or client_id in (select governance.each_reachable_client('payment_records', 'insert'))
);
comment on policy payment_records_insert on public.payment_records is
  'RACI: billing.post_payment, billing.take_payment, billing.post_adjustment';

create or replace function governance.guard_payment_records() returns trigger
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
    -- billing.post_payment: new rows of payment_records
    if governance.may_perform('billing.post_payment', array[]::uuid[], new.client_id) then
      if (new.payment_method in ('Card', 'Cash', 'Check', 'Electronic Transfer')) is not true then
        perform governance.refuse_value('billing.post_payment', 'payment_records', 'payment_method');
      end if;
      if (new.deleted_at is null) is not true then
        perform governance.refuse_value('billing.post_payment', 'payment_records', 'deleted_at');
      end if;
      new.posted_by := governance.actor_id();
      new.created_at := now();
      return new;
    end if;
    -- billing.take_payment: new rows of payment_records
    if governance.may_perform('billing.take_payment', array[]::uuid[], new.client_id) then
      if (new.payer_type = 'Client') is not true then
        perform governance.refuse_value('billing.take_payment', 'payment_records', 'payer_type');
      end if;
      if (new.payment_method in ('Card', 'Cash', 'Check')) is not true then
        perform governance.refuse_value('billing.take_payment', 'payment_records', 'payment_method');
      end if;
      if (new.deleted_at is null) is not true then
        perform governance.refuse_value('billing.take_payment', 'payment_records', 'deleted_at');
      end if;
      new.posted_by := governance.actor_id();
      new.created_at := now();
      return new;
    end if;
    -- billing.post_adjustment: new rows of payment_records
    if governance.may_perform('billing.post_adjustment', array[]::uuid[], new.client_id) then
      if (new.payment_method = 'Adjustment') is not true then
        perform governance.refuse_value('billing.post_adjustment', 'payment_records', 'payment_method');
      end if;
      if (new.deleted_at is null) is not true then
        perform governance.refuse_value('billing.post_adjustment', 'payment_records', 'deleted_at');
      end if;
      new.posted_by := governance.actor_id();
      new.created_at := now();
      return new;
    end if;
    perform governance.refuse_tasks('{"billing.post_payment","billing.take_payment","billing.post_adjustment"}', 'payment_records', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'payment_records', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  if not changed <@ covered then
    perform governance.refuse_change('payment_records', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_payment_records() is
  'Judges every change of public.payment_records by anonymous and authenticated callers.';
revoke all on function governance.guard_payment_records() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.payment_records;
create trigger _raci_guard before insert or update or delete on public.payment_records
  for each row execute function governance.guard_payment_records();

alter table public.payment_records enable row level security;
revoke all on table public.payment_records from public, anon, authenticated;
grant select, insert on table public.payment_records to authenticated;
