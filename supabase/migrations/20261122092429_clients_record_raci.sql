-- Purpose: record an event for every task that is performed on clients
-- Affects: trigger of public.clients; function governance.record_clients()
-- Source: docs/raci/administration.yaml, docs/raci/client_portal.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.clients; drop function governance.record_clients();
-- Locks: share row exclusive on public.clients, for an instant

create or replace function governance.record_clients() returns trigger
language plpgsql
-- definer because nobody may write the outbox but through a trigger
security definer
set search_path = ''
as $record$
declare
  changed text[];
  along text[] := '{}';
  apart text[];
  performed text[] := '{}';
begin
  if tg_op = 'INSERT' then
    performed := array_append(performed, 'administration.register_client');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- administration.update_client_contact: clients.preferred_name, pronouns, email, phone_numbers, address_line_1, address_line_2, city, state or postal_code changes
    if changed && '{preferred_name,pronouns,email,phone_numbers,address_line_1,address_line_2,city,state,postal_code}'
    then
      performed := array_append(performed, 'administration.update_client_contact');
    end if;

    -- administration.correct_client_identity: clients.first_name, middle_name, last_name, date_of_birth or ssn_encrypted changes
    if changed && '{first_name,middle_name,last_name,date_of_birth,ssn_encrypted}'
    then
      performed := array_append(performed, 'administration.correct_client_identity');
    end if;

    -- administration.update_client_insurance: clients.insurance_payer_name or insurance_member_id changes
    if changed && '{insurance_payer_name,insurance_member_id}'
    then
      performed := array_append(performed, 'administration.update_client_insurance');
    end if;

    -- administration.assign_therapist: clients.primary_therapist_id changes
    if changed && '{primary_therapist_id}'
    then
      performed := array_append(performed, 'administration.assign_therapist');
    end if;

    -- administration.change_client_status: clients.status becomes Pending, Active or Inactive
    if 'status' = any (changed)
    and new.status in ('Pending', 'Active', 'Inactive')
    then
      along := along || '{discharge_date,discharge_reason}'::text[];
      performed := array_append(performed, 'administration.change_client_status');
    end if;

    -- administration.discharge_client: clients.status becomes Discharged (from status Pending, Active or Inactive)
    if new.status = 'Discharged'
    and old.status in ('Pending', 'Active', 'Inactive')
    then
      along := along || '{is_active}'::text[];
      performed := array_append(performed, 'administration.discharge_client');
    end if;

    -- administration.record_death: clients.status becomes Deceased
    if 'status' = any (changed)
    and new.status = 'Deceased'
    then
      along := along || '{discharge_date,discharge_reason,is_active}'::text[];
      performed := array_append(performed, 'administration.record_death');
    end if;

    -- administration.record_death: clients.deceased_date changes (from status Deceased)
    if changed && '{deceased_date}'
    and old.status = 'Deceased'
    then
      performed := array_append(performed, 'administration.record_death');
    end if;

    -- client_portal.create_portal_account: clients.portal_user_id or portal_enabled changes
    if changed && '{portal_user_id,portal_enabled}'
    then
      performed := array_append(performed, 'client_portal.create_portal_account');
    end if;

    -- What changes along with a task is part of it.
    apart := array(select unnest(changed) except select unnest(along));

    -- administration.change_client_status: clients.is_active changes
    if apart && '{is_active}'
    then
      performed := array_append(performed, 'administration.change_client_status');
    end if;

    -- administration.discharge_client: clients.discharge_date or discharge_reason changes (from status Discharged or Deceased)
    if apart && '{discharge_date,discharge_reason}'
    and old.status in ('Discharged', 'Deceased')
    then
      performed := array_append(performed, 'administration.discharge_client');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'clients', coalesce(new.id, old.id)::text, changed, false,
    array[old.primary_therapist_id, new.primary_therapist_id]::uuid[], array[old.id, new.id]::uuid[],
    jsonb_build_object('status', old.status), jsonb_build_object('status', new.status)
  );
  return null;
end
$record$;
comment on function governance.record_clients() is
  'Records the tasks that a change of public.clients is, as events in its transaction.';
revoke all on function governance.record_clients() from public;
drop trigger if exists _raci_record on public.clients;
create trigger _raci_record after insert or update on public.clients
  for each row execute function governance.record_clients();
