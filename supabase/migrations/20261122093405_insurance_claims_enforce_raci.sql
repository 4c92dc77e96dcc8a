-- Purpose: enforce the RACI matrix on insurance_claims
-- Affects: policies, trigger and grants of public.insurance_claims; function governance.guard_insurance_claims
-- Source: docs/raci/billing.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.insurance_claims, for an instant

drop policy if exists insurance_claims_select on public.insurance_claims;
drop policy if exists insurance_claims_insert on public.insurance_claims;
drop policy if exists insurance_claims_update on public.insurance_claims;
drop policy if exists insurance_claims_delete on public.insurance_claims;
drop policy if exists insurance_claims_client_sees on public.insurance_claims;

create policy insurance_claims_select on public.insurance_claims
as permissive for select to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('insurance_claims', 'select'))
    or client_id in (select governance.each_reachable_client('insurance_claims', 'select'))
  )
);
comment on policy insurance_claims_select on public.insurance_claims is
  'RACI: billing.view_claims, billing.prepare_claim, billing.submit_claim, billing.record_adjudication';

create policy insurance_claims_insert on public.insurance_claims
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('insurance_claims', 'insert'))
  or client_id in (select governance.each_reachable_client('insurance_claims', 'insert'))
);
comment on policy insurance_claims_insert on public.insurance_claims is
  'RACI: billing.prepare_claim';

create policy insurance_claims_update on public.insurance_claims
as permissive for update to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('insurance_claims', 'update'))
    or client_id in (select governance.each_reachable_client('insurance_claims', 'update'))
  )
)
with check (
  (deleted_at is null)
  and (
    (select governance.reaches_all('insurance_claims', 'update'))
    or client_id in (select governance.each_reachable_client('insurance_claims', 'update'))
  )
);
comment on policy insurance_claims_update on public.insurance_claims is
  'RACI: billing.prepare_claim, billing.submit_claim, billing.record_adjudication';

create or replace function governance.guard_insurance_claims() returns trigger
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
    -- billing.prepare_claim: new rows of insurance_claims
    if governance.may_perform('billing.prepare_claim', array[]::uuid[], new.client_id) then
      if (new.status = 'Draft') is not true then
        perform governance.refuse_value('billing.prepare_claim', 'insurance_claims', 'status');
      end if;
      if (new.submitted_at is null) is not true then
        perform governance.refuse_value('billing.prepare_claim', 'insurance_claims', 'submitted_at');
      end if;
      if (new.submitted_by is null) is not true then
        perform governance.refuse_value('billing.prepare_claim', 'insurance_claims', 'submitted_by');
      end if;
      if (new.adjudicated_at is null) is not true then
        perform governance.refuse_value('billing.prepare_claim', 'insurance_claims', 'adjudicated_at');
      end if;
      if (new.deleted_at is null) is not true then
        perform governance.refuse_value('billing.prepare_claim', 'insurance_claims', 'deleted_at');
      end if;
      new.created_at := now();
      return new;
    end if;
    perform governance.refuse_tasks('{"billing.prepare_claim"}', 'insurance_claims', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'insurance_claims', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- billing.prepare_claim: insurance_claims.claim_number, payer_name or total_amount changes (from status Draft or Rejected)
  if changed && '{claim_number,payer_name,total_amount}'
    and old.status in ('Draft', 'Rejected')
  then
    covers := '{claim_number,payer_name,total_amount}';
    if governance.may_change(
      'billing.prepare_claim', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.prepare_claim', 'duty', covers);
    end if;
  end if;

  -- billing.submit_claim: insurance_claims.status becomes Submitted (from status Draft or Rejected)
  if new.status = 'Submitted'
    and old.status in ('Draft', 'Rejected')
  then
    covers := '{status,submitted_at,submitted_by}';
    if governance.may_change(
      'billing.submit_claim', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
      new.submitted_at := now();
      new.submitted_by := governance.actor_id();
    else
      refused := governance.add_refusal(refused, 'billing.submit_claim', 'duty', covers);
    end if;
  end if;

  -- billing.record_adjudication: insurance_claims.status becomes Accepted or Rejected (from status Submitted)
  if new.status in ('Accepted', 'Rejected')
    and old.status = 'Submitted'
  then
    covers := '{status}';
    if governance.may_change(
      'billing.record_adjudication', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.record_adjudication', 'duty', covers);
    end if;
  end if;

  -- billing.record_adjudication: insurance_claims.status becomes Paid or Denied (from status Submitted, Accepted or Appealed)
  if new.status in ('Paid', 'Denied')
    and old.status in ('Submitted', 'Accepted', 'Appealed')
  then
    covers := '{status,adjudicated_at}';
    if governance.may_change(
      'billing.record_adjudication', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.record_adjudication', 'duty', covers);
    end if;
  end if;

  -- billing.record_adjudication: insurance_claims.status becomes Appealed (from status Paid or Denied)
  if new.status = 'Appealed'
    and old.status in ('Paid', 'Denied')
  then
    covers := '{status}';
    if governance.may_change(
      'billing.record_adjudication', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.record_adjudication', 'duty', covers);
    end if;
  end if;

  -- billing.record_adjudication: insurance_claims.status becomes Void (from status Draft, Submitted, Accepted, Rejected, Denied or Appealed)
  if new.status = 'Void'
    and old.status in ('Draft', 'Submitted', 'Accepted', 'Rejected', 'Denied', 'Appealed')
  then
    covers := '{status}';
    if governance.may_change(
      'billing.record_adjudication', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.record_adjudication', 'duty', covers);
    end if;
  end if;

  -- billing.record_adjudication: insurance_claims.adjudicated_at changes (from status Paid or Denied)
  if changed && '{adjudicated_at}'
    and old.status in ('Paid', 'Denied')
  then
    covers := '{adjudicated_at}';
    if governance.may_change(
      'billing.record_adjudication', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.record_adjudication', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('insurance_claims', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_insurance_claims() is
  'Judges every change of public.insurance_claims by anonymous and authenticated callers.';
revoke all on function governance.guard_insurance_claims() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.insurance_claims;
create trigger _raci_guard before insert or update or delete on public.insurance_claims
  for each row execute function governance.guard_insurance_claims();

alter table public.insurance_claims enable row level security;
revoke all on table public.insurance_claims from public, anon, authenticated;
grant select, insert, update on table public.insurance_claims to authenticated;
