-- Purpose: enforce the RACI matrix on charges
-- Affects: policies, trigger and grants of public.charges; function governance.guard_charges
-- Source: docs/raci/billing.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.charges, for an instant

drop policy if exists charges_select on public.charges;
drop policy if exists charges_insert on public.charges;
drop policy if exists charges_update on public.charges;
drop policy if exists charges_delete on public.charges;
drop policy if exists charges_client_sees on public.charges;

create policy charges_select on public.charges
as permissive for select to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('charges', 'select'))
    or provider_id = any ((select governance.reachable_owners('charges', 'select'))::uuid[])
    or client_id in (select governance.each_reachable_client('charges', 'select'))
  )
);
comment on policy charges_select on public.charges is
  'RACI: billing.enter_charge, billing.sign_charge, billing.write_off, billing.delete_draft';

create policy charges_insert on public.charges
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('charges', 'insert'))
  or provider_id = any ((select governance.reachable_owners('charges', 'insert'))::uuid[])
  or client_id in (select governance.each_reachable_client('charges', 'insert'))
);
comment on policy charges_insert on public.charges is
  'RACI: billing.enter_charge';

create policy charges_update on public.charges
as permissive for update to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('charges', 'update'))
    or provider_id = any ((select governance.reachable_owners('charges', 'update'))::uuid[])
    or client_id in (select governance.each_reachable_client('charges', 'update'))
  )
)
with check (
  (deleted_at is null)
  and (
    (select governance.reaches_all('charges', 'update'))
    or provider_id = any ((select governance.reachable_owners('charges', 'update'))::uuid[])
    or client_id in (select governance.each_reachable_client('charges', 'update'))
  )
);
comment on policy charges_update on public.charges is
  'RACI: billing.enter_charge, billing.sign_charge, billing.write_off';

create policy charges_delete on public.charges
as permissive for delete to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('charges', 'delete'))
    or provider_id = any ((select governance.reachable_owners('charges', 'delete'))::uuid[])
    or client_id in (select governance.each_reachable_client('charges', 'delete'))
  )
);
comment on policy charges_delete on public.charges is
  'RACI: billing.delete_draft';

create or replace function governance.guard_charges() returns trigger
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
    -- billing.enter_charge: new rows of charges
    if governance.may_begin('billing.enter_charge', array[new.provider_id]::uuid[], new.client_id) then
      if (new.status in ('Draft', 'Bill''d')) is not true then
        perform governance.refuse_value('billing.enter_charge', 'charges', 'status');
      end if;
      if (new.is_final = false) is not true then
        perform governance.refuse_value('billing.enter_charge', 'charges', 'is_final');
      end if;
      if (new.written_off_at is null) is not true then
        perform governance.refuse_value('billing.enter_charge', 'charges', 'written_off_at');
      end if;
      new.created_by := governance.actor_id();
      new.created_at := now();
      return new;
    end if;
    perform governance.refuse_tasks('{"billing.enter_charge"}', 'charges', 'insert');

  elsif tg_op = 'DELETE' then
    -- billing.delete_draft: deleting rows of charges (from status Draft)
    if governance.may_perform('billing.delete_draft', array[old.provider_id]::uuid[], old.client_id) then
      if (old.status = 'Draft') is not true then
        perform governance.refuse_value('billing.delete_draft', 'charges', 'status');
      end if;
      if old.signed_by = governance.actor_id() then
        perform governance.refuse_self('billing.delete_draft', 'charges', 'signed_by');
      end if;
      return old;
    end if;
    perform governance.refuse_tasks('{"billing.delete_draft"}', 'charges', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at,created_at}');

  -- billing.enter_charge: charges.amount or units changes (from status Draft)
  if changed && '{amount,units}'
    and old.status = 'Draft'
  then
    covers := '{amount,units}';
    if governance.may_change(
      'billing.enter_charge', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.enter_charge', 'duty', covers);
    end if;
  end if;

  -- billing.sign_charge: charges.signed_at or signed_by is set
  if ('signed_at' = any (changed) and old.signed_at is null or 'signed_by' = any (changed) and old.signed_by is null)
  then
    covers := '{signed_at,signed_by,status}';
    if new.created_by = governance.actor_id() then
      refused := governance.add_refusal(refused, 'billing.sign_charge', 'self', covers);
    elsif governance.may_change(
      'billing.sign_charge', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.sign_charge', 'duty', covers);
    end if;
  end if;

  -- billing.sign_charge: charges.signed_at is cleared
  if 'signed_at' = any (changed) and new.signed_at is null
  then
    covers := '{signed_at,signed_by}';
    if governance.may_change(
      'billing.sign_charge', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.sign_charge', 'duty', covers);
    end if;
  end if;

  -- billing.write_off: charges.status becomes Written Off (from status Draft or empty and is_final false)
  if new.status = 'Written Off'
    and (old.status is null or old.status = 'Draft')
    and old.is_final = false
  then
    covers := '{status,reason,units,written_off_at}';
    if new.created_by = governance.actor_id() or new.signed_by = governance.actor_id() then
      refused := governance.add_refusal(refused, 'billing.write_off', 'self', covers);
    elsif governance.may_change(
      'billing.write_off', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
      new.written_off_at := now();
    else
      refused := governance.add_refusal(refused, 'billing.write_off', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('charges', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_charges() is
  'Judges every change of public.charges by anonymous and authenticated callers.';
revoke all on function governance.guard_charges() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.charges;
create trigger _raci_guard before insert or update or delete on public.charges
  for each row execute function governance.guard_charges();

alter table public.charges enable row level security;
revoke all on table public.charges from public, anon, authenticated;
grant select, insert, update, delete on table public.charges to authenticated;
