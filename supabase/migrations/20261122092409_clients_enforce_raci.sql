-- Purpose: enforce the RACI matrix on clients
-- Affects: policies, trigger and grants of public.clients; function governance.guard_clients
-- Source: docs/raci/administration.yaml, docs/raci/client_portal.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.clients, for an instant

drop policy if exists clients_select on public.clients;
drop policy if exists clients_insert on public.clients;
drop policy if exists clients_update on public.clients;
drop policy if exists clients_delete on public.clients;
drop policy if exists clients_client_sees on public.clients;

create policy clients_select on public.clients
as permissive for select to authenticated
using (
  (deleted_at is null)
  and (id, 0) >= ((select governance.first_reachable_client('clients', 'select')), 0)
  and (id, 0) <= ((select governance.last_reachable_client('clients', 'select')), 0)
  and (
    (select governance.reaches_all('clients', 'select'))
    or primary_therapist_id = any ((select governance.reachable_owners('clients', 'select'))::uuid[])
    or id in (select governance.each_reachable_client('clients', 'select'))
  )
);
comment on policy clients_select on public.clients is
  'RACI: administration.view_clients, administration.register_client, '
  'administration.update_client_contact, administration.correct_client_identity, '
  'administration.update_client_insurance, administration.assign_therapist, '
  'administration.change_client_status, administration.discharge_client, administration.record_death, '
  'client_portal.create_portal_account';

create policy clients_insert on public.clients
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('clients', 'insert'))
  or primary_therapist_id = any ((select governance.reachable_owners('clients', 'insert'))::uuid[])
  or id in (select governance.each_reachable_client('clients', 'insert'))
);
comment on policy clients_insert on public.clients is
  'RACI: administration.register_client';

create policy clients_update on public.clients
as permissive for update to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('clients', 'update'))
    or primary_therapist_id = any ((select governance.reachable_owners('clients', 'update'))::uuid[])
    or id in (select governance.each_reachable_client('clients', 'update'))
  )
)
with check (
  (deleted_at is null)
  and (
    (select governance.reaches_all('clients', 'update'))
    or primary_therapist_id = any ((select governance.reachable_owners('clients', 'update'))::uuid[])
    or id in (select governance.each_reachable_client('clients', 'update'))
  )
);
comment on policy clients_update on public.clients is
  'RACI: administration.update_client_contact, administration.correct_client_identity, '
  'administration.update_client_insurance, administration.assign_therapist, '
  'administration.change_client_status, administration.discharge_client, administration.record_death, '
  'client_portal.create_portal_account';

create or replace function governance.guard_clients() returns trigger
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
    -- administration.register_client: new rows of clients
    if governance.may_begin('administration.register_client', array[new.primary_therapist_id]::uuid[], new.id) then
      if (new.status in ('Pending', 'Active')) is not true then
        perform governance.refuse_value('administration.register_client', 'clients', 'status');
      end if;
      if (new.is_active = true) is not true then
        perform governance.refuse_value('administration.register_client', 'clients', 'is_active');
      end if;
      if (new.portal_user_id is null) is not true then
        perform governance.refuse_value('administration.register_client', 'clients', 'portal_user_id');
      end if;
      if (new.portal_enabled = false) is not true then
        perform governance.refuse_value('administration.register_client', 'clients', 'portal_enabled');
      end if;
      if (new.discharge_date is null) is not true then
        perform governance.refuse_value('administration.register_client', 'clients', 'discharge_date');
      end if;
      if (new.discharge_reason is null) is not true then
        perform governance.refuse_value('administration.register_client', 'clients', 'discharge_reason');
      end if;
      if (new.deceased_date is null) is not true then
        perform governance.refuse_value('administration.register_client', 'clients', 'deceased_date');
      end if;
      if (new.deleted_at is null) is not true then
        perform governance.refuse_value('administration.register_client', 'clients', 'deleted_at');
      end if;
      new.created_at := now();
      return new;
    end if;
    perform governance.refuse_tasks('{"administration.register_client"}', 'clients', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'clients', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- administration.update_client_contact: clients.preferred_name, pronouns, email, phone_numbers, address_line_1, address_line_2, city, state or postal_code changes
  if changed && '{preferred_name,pronouns,email,phone_numbers,address_line_1,address_line_2,city,state,postal_code}'
  then
    covers := '{preferred_name,pronouns,email,phone_numbers,address_line_1,address_line_2,city,state,postal_code}';
    if governance.may_change(
      'administration.update_client_contact', array[old.primary_therapist_id]::uuid[], old.id,
      array[new.primary_therapist_id]::uuid[], new.id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'administration.update_client_contact', 'duty', covers);
    end if;
  end if;

  -- administration.correct_client_identity: clients.first_name, middle_name, last_name, date_of_birth or ssn_encrypted changes
  if changed && '{first_name,middle_name,last_name,date_of_birth,ssn_encrypted}'
  then
    covers := '{first_name,middle_name,last_name,date_of_birth,ssn_encrypted}';
    if governance.may_change(
      'administration.correct_client_identity', array[old.primary_therapist_id]::uuid[], old.id,
      array[new.primary_therapist_id]::uuid[], new.id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'administration.correct_client_identity', 'duty', covers);
    end if;
  end if;

  -- administration.update_client_insurance: clients.insurance_payer_name or insurance_member_id changes
  if changed && '{insurance_payer_name,insurance_member_id}'
  then
    covers := '{insurance_payer_name,insurance_member_id}';
    if governance.may_change(
      'administration.update_client_insurance', array[old.primary_therapist_id]::uuid[], old.id,
      array[new.primary_therapist_id]::uuid[], new.id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'administration.update_client_insurance', 'duty', covers);
    end if;
  end if;

  -- administration.assign_therapist: clients.primary_therapist_id changes
  if changed && '{primary_therapist_id}'
  then
    covers := '{primary_therapist_id}';
    if new.primary_therapist_id = governance.actor_id() then
      refused := governance.add_refusal(refused, 'administration.assign_therapist', 'self', covers);
    elsif governance.may_change(
      'administration.assign_therapist', array[old.primary_therapist_id]::uuid[], old.id,
      array[new.primary_therapist_id]::uuid[], new.id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'administration.assign_therapist', 'duty', covers);
    end if;
  end if;

  -- administration.change_client_status: clients.status becomes Pending, Active or Inactive
  if 'status' = any (changed)
    and new.status in ('Pending', 'Active', 'Inactive')
  then
    covers := '{status,is_active,discharge_date,discharge_reason}';
    if governance.may_change(
      'administration.change_client_status', array[old.primary_therapist_id]::uuid[], old.id,
      array[new.primary_therapist_id]::uuid[], new.id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'administration.change_client_status', 'duty', covers);
    end if;
  end if;

  -- administration.change_client_status: clients.is_active changes
  if changed && '{is_active}'
  then
    covers := '{is_active}';
    if governance.may_change(
      'administration.change_client_status', array[old.primary_therapist_id]::uuid[], old.id,
      array[new.primary_therapist_id]::uuid[], new.id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'administration.change_client_status', 'duty', covers);
    end if;
  end if;

  -- administration.discharge_client: clients.status becomes Discharged (from status Pending, Active or Inactive)
  if new.status = 'Discharged'
    and old.status in ('Pending', 'Active', 'Inactive')
  then
    covers := '{status,is_active,discharge_date,discharge_reason}';
    if governance.may_change(
      'administration.discharge_client', array[old.primary_therapist_id]::uuid[], old.id,
      array[new.primary_therapist_id]::uuid[], new.id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'administration.discharge_client', 'duty', covers);
    end if;
  end if;

  -- administration.discharge_client: clients.discharge_date or discharge_reason changes (from status Discharged or Deceased)
  if changed && '{discharge_date,discharge_reason}'
    and old.status in ('Discharged', 'Deceased')
  then
    covers := '{discharge_date,discharge_reason}';
    if governance.may_change(
      'administration.discharge_client', array[old.primary_therapist_id]::uuid[], old.id,
      array[new.primary_therapist_id]::uuid[], new.id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'administration.discharge_client', 'duty', covers);
    end if;
  end if;

  -- administration.record_death: clients.status becomes Deceased
  if 'status' = any (changed)
    and new.status = 'Deceased'
  then
    covers := '{status,is_active,deceased_date,discharge_date,discharge_reason}';
    if governance.may_change(
      'administration.record_death', array[old.primary_therapist_id]::uuid[], old.id,
      array[new.primary_therapist_id]::uuid[], new.id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'administration.record_death', 'duty', covers);
    end if;
  end if;

  -- administration.record_death: clients.deceased_date changes (from status Deceased)
  if changed && '{deceased_date}'
    and old.status = 'Deceased'
  then
    covers := '{deceased_date}';
    if governance.may_change(
      'administration.record_death', array[old.primary_therapist_id]::uuid[], old.id,
      array[new.primary_therapist_id]::uuid[], new.id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'administration.record_death', 'duty', covers);
    end if;
  end if;

  -- client_portal.create_portal_account: clients.portal_user_id or portal_enabled changes
  if changed && '{portal_user_id,portal_enabled}'
  then
    covers := '{portal_user_id,portal_enabled}';
    if new.portal_user_id = governance.actor_id() then
      refused := governance.add_refusal(refused, 'client_portal.create_portal_account', 'self', covers);
    elsif governance.may_change(
      'client_portal.create_portal_account', array[old.primary_therapist_id]::uuid[], old.id,
      array[new.primary_therapist_id]::uuid[], new.id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'client_portal.create_portal_account', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('clients', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_clients() is
  'Judges every change of public.clients by anonymous and authenticated callers.';
revoke all on function governance.guard_clients() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.clients;
create trigger _raci_guard before insert or update or delete on public.clients
  for each row execute function governance.guard_clients();

alter table public.clients enable row level security;
revoke all on table public.clients from public, anon, authenticated;
grant select, insert, update on table public.clients to authenticated;
