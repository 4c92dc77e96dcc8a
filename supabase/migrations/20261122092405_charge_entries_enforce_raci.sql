-- Purpose: enforce the RACI matrix on charge_entries
-- Affects: policies, trigger and grants of public.charge_entries; function governance.guard_charge_entries
-- Source: docs/raci/billing.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.charge_entries, for an instant

drop policy if exists charge_entries_select on public.charge_entries;
drop policy if exists charge_entries_insert on public.charge_entries;
drop policy if exists charge_entries_update on public.charge_entries;
drop policy if exists charge_entries_delete on public.charge_entries;
drop policy if exists charge_entries_client_sees on public.charge_entries;

create policy charge_entries_select on public.charge_entries
as permissive for select to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('charge_entries', 'select'))
    or provider_id = any ((select governance.reachable_owners('charge_entries', 'select'))::uuid[])
    or client_id in (select governance.each_reachable_client('charge_entries', 'select'))
  )
);
comment on policy charge_entries_select on public.charge_entries is
  'RACI: billing.view_charges, billing.enter_charge, billing.correct_charge, '
  'billing.rework_denied_charge, billing.void_charge, billing.void_billed_charge, billing.submit_claim, '
  'billing.record_adjudication, billing.settle_charge, billing.request_write_off, '
  'billing.approve_write_off';

create policy charge_entries_insert on public.charge_entries
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('charge_entries', 'insert'))
  or provider_id = any ((select governance.reachable_owners('charge_entries', 'insert'))::uuid[])
  or client_id in (select governance.each_reachable_client('charge_entries', 'insert'))
);
comment on policy charge_entries_insert on public.charge_entries is
  'RACI: billing.enter_charge';

create policy charge_entries_update on public.charge_entries
as permissive for update to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('charge_entries', 'update'))
    or provider_id = any ((select governance.reachable_owners('charge_entries', 'update'))::uuid[])
    or client_id in (select governance.each_reachable_client('charge_entries', 'update'))
  )
)
with check (
  (deleted_at is null)
  and (
    (select governance.reaches_all('charge_entries', 'update'))
    or provider_id = any ((select governance.reachable_owners('charge_entries', 'update'))::uuid[])
    or client_id in (select governance.each_reachable_client('charge_entries', 'update'))
  )
);
comment on policy charge_entries_update on public.charge_entries is
  'RACI: billing.correct_charge, billing.rework_denied_charge, billing.void_charge, '
  'billing.void_billed_charge, billing.submit_claim, billing.record_adjudication, '
  'billing.settle_charge, billing.request_write_off, billing.approve_write_off';

create or replace function governance.guard_charge_entries() returns trigger
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
    -- billing.enter_charge: new rows of charge_entries
    if governance.may_begin('billing.enter_charge', array[new.provider_id]::uuid[], new.client_id) then
      if (new.status in ('Pending', 'Ready')) is not true then
        perform governance.refuse_value('billing.enter_charge', 'charge_entries', 'status');
      end if;
      if (new.claim_id is null) is not true then
        perform governance.refuse_value('billing.enter_charge', 'charge_entries', 'claim_id');
      end if;
      if (new.write_off_amount is null) is not true then
        perform governance.refuse_value('billing.enter_charge', 'charge_entries', 'write_off_amount');
      end if;
      if (new.write_off_reason is null) is not true then
        perform governance.refuse_value('billing.enter_charge', 'charge_entries', 'write_off_reason');
      end if;
      if (new.write_off_requested_by is null) is not true then
        perform governance.refuse_value('billing.enter_charge', 'charge_entries', 'write_off_requested_by');
      end if;
      if (new.write_off_approved_by is null) is not true then
        perform governance.refuse_value('billing.enter_charge', 'charge_entries', 'write_off_approved_by');
      end if;
      if (new.write_off_at is null) is not true then
        perform governance.refuse_value('billing.enter_charge', 'charge_entries', 'write_off_at');
      end if;
      if (new.deleted_at is null) is not true then
        perform governance.refuse_value('billing.enter_charge', 'charge_entries', 'deleted_at');
      end if;
      new.created_date := now();
      return new;
    end if;
    perform governance.refuse_tasks('{"billing.enter_charge"}', 'charge_entries', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'charge_entries', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- billing.correct_charge: charge_entries.appointment_id, note_id, service_date, cpt_code, modifiers, diagnosis_codes, units or charge_amount changes (from status Pending or Ready)
  if changed && '{appointment_id,note_id,service_date,cpt_code,modifiers,diagnosis_codes,units,charge_amount}'
    and old.status in ('Pending', 'Ready')
  then
    covers := '{appointment_id,note_id,service_date,cpt_code,modifiers,diagnosis_codes,units,charge_amount}';
    if governance.may_change(
      'billing.correct_charge', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.correct_charge', 'duty', covers);
    end if;
  end if;

  -- billing.correct_charge: charge_entries.status becomes Pending or Ready (from status Pending or Ready)
  if 'status' = any (changed)
    and new.status in ('Pending', 'Ready')
    and old.status in ('Pending', 'Ready')
  then
    covers := '{status}';
    if governance.may_change(
      'billing.correct_charge', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.correct_charge', 'duty', covers);
    end if;
  end if;

  -- billing.rework_denied_charge: charge_entries.cpt_code, modifiers, diagnosis_codes, units or charge_amount changes (from status Denied)
  if changed && '{cpt_code,modifiers,diagnosis_codes,units,charge_amount}'
    and old.status = 'Denied'
  then
    covers := '{cpt_code,modifiers,diagnosis_codes,units,charge_amount}';
    if governance.may_change(
      'billing.rework_denied_charge', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.rework_denied_charge', 'duty', covers);
    end if;
  end if;

  -- billing.void_charge: charge_entries.status becomes Void (from status Pending or Ready)
  if new.status = 'Void'
    and old.status in ('Pending', 'Ready')
  then
    covers := '{status}';
    if governance.may_change(
      'billing.void_charge', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.void_charge', 'duty', covers);
    end if;
  end if;

  -- billing.void_billed_charge: charge_entries.status becomes Void (from status Billed or Denied)
  if new.status = 'Void'
    and old.status in ('Billed', 'Denied')
  then
    covers := '{status}';
    if governance.may_change(
      'billing.void_billed_charge', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.void_billed_charge', 'duty', covers);
    end if;
  end if;

  -- billing.submit_claim: charge_entries.status becomes Billed (from status Pending, Ready or Denied)
  if new.status = 'Billed'
    and old.status in ('Pending', 'Ready', 'Denied')
  then
    covers := '{status,claim_id}';
    if governance.may_change(
      'billing.submit_claim', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.submit_claim', 'duty', covers);
    end if;
  end if;

  -- billing.record_adjudication: charge_entries.status becomes Denied (from status Billed)
  if new.status = 'Denied'
    and old.status = 'Billed'
  then
    covers := '{status}';
    if governance.may_change(
      'billing.record_adjudication', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.record_adjudication', 'duty', covers);
    end if;
  end if;

  -- billing.settle_charge: charge_entries.status becomes Paid (from status Billed, Ready or Denied)
  if new.status = 'Paid'
    and old.status in ('Billed', 'Ready', 'Denied')
  then
    covers := '{status}';
    if governance.may_change(
      'billing.settle_charge', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.settle_charge', 'duty', covers);
    end if;
  end if;

  -- billing.settle_charge: charge_entries.status becomes Billed (from status Paid)
  if new.status = 'Billed'
    and old.status = 'Paid'
  then
    covers := '{status}';
    if governance.may_change(
      'billing.settle_charge', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.settle_charge', 'duty', covers);
    end if;
  end if;

  -- billing.request_write_off: charge_entries.write_off_amount or write_off_reason changes (from status Billed or Denied)
  if changed && '{write_off_amount,write_off_reason}'
    and old.status in ('Billed', 'Denied')
  then
    covers := '{write_off_amount,write_off_reason,write_off_requested_by}';
    if governance.may_change(
      'billing.request_write_off', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
      new.write_off_requested_by := governance.actor_id();
    else
      refused := governance.add_refusal(refused, 'billing.request_write_off', 'duty', covers);
    end if;
  end if;

  -- billing.approve_write_off: charge_entries.status becomes Written Off (from status Billed or Denied)
  if new.status = 'Written Off'
    and old.status in ('Billed', 'Denied')
  then
    covers := '{status,write_off_approved_by,write_off_at}';
    if new.write_off_requested_by = governance.actor_id() then
      refused := governance.add_refusal(refused, 'billing.approve_write_off', 'self', covers);
    elsif governance.may_change(
      'billing.approve_write_off', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
      new.write_off_approved_by := governance.actor_id();
      new.write_off_at := now();
    else
      refused := governance.add_refusal(refused, 'billing.approve_write_off', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('charge_entries', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_charge_entries() is
  'Judges every change of public.charge_entries by anonymous and authenticated callers.';
revoke all on function governance.guard_charge_entries() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.charge_entries;
create trigger _raci_guard before insert or update or delete on public.charge_entries
  for each row execute function governance.guard_charge_entries();

alter table public.charge_entries enable row level security;
revoke all on table public.charge_entries from public, anon, authenticated;
grant select, insert, update on table public.charge_entries to authenticated;
