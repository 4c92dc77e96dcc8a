-- Purpose: every change of a table that checks read is captured, in the transaction that makes it
-- Affects: functions governance.capture_<table>_changes; triggers quality_capture_… on each of the tables
-- Source: docs/data-contracts, compiled by `mentalspace contracts compile`; edit there, never here
-- Reversal: run the file of this name before this one again
-- Locks: share row exclusive on each table, for an instant

do $$
declare
  old record;
begin
  for old in
    select tgname, tgrelid::regclass as relation
    from pg_catalog.pg_trigger
    where tgname in ('quality_capture_insert', 'quality_capture_update', 'quality_capture_delete', 'quality_capture_truncate') and tgrelid <> all (array['public.appointment_requests', 'public.appointments', 'public.assessment_assignments', 'public.blocked_times', 'public.charge_entries', 'public.client_documents', 'public.client_portal_messages', 'public.client_statements', 'public.clients', 'public.clinical_notes', 'public.data_quality_results', 'public.data_retention_policies', 'public.feed_canaries', 'public.insurance_claims', 'public.issue_tracker', 'public.note_cosignatures', 'public.notification_logs', 'public.notification_preferences', 'public.payment_records', 'public.post_release_reviews', 'public.profiles', 'public.psychotherapy_notes', 'public.rate_limits', 'public.release_metrics', 'public.releases', 'public.reminder_logs', 'public.review_action_items', 'public.security_incidents', 'public.service_codes', 'public.session_recordings', 'public.system_alerts', 'public.telehealth_consents', 'public.telehealth_sessions', 'public.unlock_requests', 'public.user_roles']::regclass[])
  loop
    execute format('drop trigger %I on %s', old.tgname, old.relation);
  end loop;
end
$$;

create or replace function governance.capture_appointment_requests_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.appointment_requests');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.appointment_requests', jsonb_build_object('id', id), 1 from new_rows as appointment_requests;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.appointment_requests');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.appointment_requests', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(1) as change
        from (select id, client_id, provider_id, requested_start_time, requested_end_time, status, decided_at, appointment_id, created_at from old_rows except select id, client_id, provider_id, requested_start_time, requested_end_time, status, decided_at, appointment_id, created_at from new_rows) as appointment_requests
        union all
        select id, 1
        from (select id, client_id, provider_id, requested_start_time, requested_end_time, status, decided_at, appointment_id, created_at from new_rows except select id, client_id, provider_id, requested_start_time, requested_end_time, status, decided_at, appointment_id, created_at from old_rows) as appointment_requests
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.appointment_requests');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.appointment_requests', jsonb_build_object('id', id), -(1) from old_rows as appointment_requests;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.appointment_requests');
  end if;
  return null;
end
$$;
comment on function governance.capture_appointment_requests_changes() is
  'Captures which rows of public.appointment_requests changed, for the checks that read it.';
revoke all on function governance.capture_appointment_requests_changes() from public;

create or replace trigger quality_capture_insert after insert on public.appointment_requests
  referencing new table as new_rows
  for each statement execute function governance.capture_appointment_requests_changes();
alter table public.appointment_requests enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.appointment_requests
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_appointment_requests_changes();
alter table public.appointment_requests enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.appointment_requests
  referencing old table as old_rows
  for each statement execute function governance.capture_appointment_requests_changes();
alter table public.appointment_requests enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.appointment_requests
  for each statement execute function governance.capture_appointment_requests_changes();
alter table public.appointment_requests enable always trigger quality_capture_truncate;

create or replace function governance.capture_appointments_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.appointments');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.appointments', jsonb_build_object('id', id, 'rescheduled_from_id', rescheduled_from_id), coalesce((deleted_at is null)::integer, 0) from new_rows as appointments;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.appointments');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.appointments', jsonb_build_object('id', id, 'rescheduled_from_id', rescheduled_from_id), sum(change)
      from (
        select id, rescheduled_from_id, -(coalesce((deleted_at is null)::integer, 0)) as change
        from (select id, client_id, provider_id, start_time, end_time, appointment_date, appointment_type, status, cancellation_reason, no_show_documented_at, rescheduled_from_id, created_date, deleted_at from old_rows except select id, client_id, provider_id, start_time, end_time, appointment_date, appointment_type, status, cancellation_reason, no_show_documented_at, rescheduled_from_id, created_date, deleted_at from new_rows) as appointments
        union all
        select id, rescheduled_from_id, coalesce((deleted_at is null)::integer, 0)
        from (select id, client_id, provider_id, start_time, end_time, appointment_date, appointment_type, status, cancellation_reason, no_show_documented_at, rescheduled_from_id, created_date, deleted_at from new_rows except select id, client_id, provider_id, start_time, end_time, appointment_date, appointment_type, status, cancellation_reason, no_show_documented_at, rescheduled_from_id, created_date, deleted_at from old_rows) as appointments
      ) as both_images
      group by id, rescheduled_from_id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.appointments');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.appointments', jsonb_build_object('id', id, 'rescheduled_from_id', rescheduled_from_id), -(coalesce((deleted_at is null)::integer, 0)) from old_rows as appointments;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.appointments');
  end if;
  return null;
end
$$;
comment on function governance.capture_appointments_changes() is
  'Captures which rows of public.appointments changed, for the checks that read it.';
revoke all on function governance.capture_appointments_changes() from public;

create or replace trigger quality_capture_insert after insert on public.appointments
  referencing new table as new_rows
  for each statement execute function governance.capture_appointments_changes();
alter table public.appointments enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.appointments
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_appointments_changes();
alter table public.appointments enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.appointments
  referencing old table as old_rows
  for each statement execute function governance.capture_appointments_changes();
alter table public.appointments enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.appointments
  for each statement execute function governance.capture_appointments_changes();
alter table public.appointments enable always trigger quality_capture_truncate;

create or replace function governance.capture_assessment_assignments_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.assessment_assignments');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.assessment_assignments', jsonb_build_object('id', id), 1 from new_rows as assessment_assignments;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.assessment_assignments');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.assessment_assignments', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(1) as change
        from (select id, client_id, assigned_by, assessment_name, due_date, status, responses, score, completed_at, reviewed_by, reviewed_at from old_rows except select id, client_id, assigned_by, assessment_name, due_date, status, responses, score, completed_at, reviewed_by, reviewed_at from new_rows) as assessment_assignments
        union all
        select id, 1
        from (select id, client_id, assigned_by, assessment_name, due_date, status, responses, score, completed_at, reviewed_by, reviewed_at from new_rows except select id, client_id, assigned_by, assessment_name, due_date, status, responses, score, completed_at, reviewed_by, reviewed_at from old_rows) as assessment_assignments
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.assessment_assignments');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.assessment_assignments', jsonb_build_object('id', id), -(1) from old_rows as assessment_assignments;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.assessment_assignments');
  end if;
  return null;
end
$$;
comment on function governance.capture_assessment_assignments_changes() is
  'Captures which rows of public.assessment_assignments changed, for the checks that read it.';
revoke all on function governance.capture_assessment_assignments_changes() from public;

create or replace trigger quality_capture_insert after insert on public.assessment_assignments
  referencing new table as new_rows
  for each statement execute function governance.capture_assessment_assignments_changes();
alter table public.assessment_assignments enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.assessment_assignments
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_assessment_assignments_changes();
alter table public.assessment_assignments enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.assessment_assignments
  referencing old table as old_rows
  for each statement execute function governance.capture_assessment_assignments_changes();
alter table public.assessment_assignments enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.assessment_assignments
  for each statement execute function governance.capture_assessment_assignments_changes();
alter table public.assessment_assignments enable always trigger quality_capture_truncate;

create or replace function governance.capture_blocked_times_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.blocked_times');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.blocked_times', jsonb_build_object('id', id, 'provider_id', provider_id), 1 from new_rows as blocked_times;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.blocked_times');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.blocked_times', jsonb_build_object('id', id, 'provider_id', provider_id), sum(change)
      from (
        select id, provider_id, -(1) as change
        from (select id, provider_id, start_time, end_time from old_rows except select id, provider_id, start_time, end_time from new_rows) as blocked_times
        union all
        select id, provider_id, 1
        from (select id, provider_id, start_time, end_time from new_rows except select id, provider_id, start_time, end_time from old_rows) as blocked_times
      ) as both_images
      group by id, provider_id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.blocked_times');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.blocked_times', jsonb_build_object('id', id, 'provider_id', provider_id), -(1) from old_rows as blocked_times;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.blocked_times');
  end if;
  return null;
end
$$;
comment on function governance.capture_blocked_times_changes() is
  'Captures which rows of public.blocked_times changed, for the checks that read it.';
revoke all on function governance.capture_blocked_times_changes() from public;

create or replace trigger quality_capture_insert after insert on public.blocked_times
  referencing new table as new_rows
  for each statement execute function governance.capture_blocked_times_changes();
alter table public.blocked_times enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.blocked_times
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_blocked_times_changes();
alter table public.blocked_times enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.blocked_times
  referencing old table as old_rows
  for each statement execute function governance.capture_blocked_times_changes();
alter table public.blocked_times enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.blocked_times
  for each statement execute function governance.capture_blocked_times_changes();
alter table public.blocked_times enable always trigger quality_capture_truncate;

create or replace function governance.capture_charge_entries_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.charge_entries');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.charge_entries', jsonb_build_object('id', id, 'appointment_id', appointment_id, 'claim_id', claim_id), coalesce((deleted_at is null)::integer, 0) from new_rows as charge_entries;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.charge_entries');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.charge_entries', jsonb_build_object('id', id, 'appointment_id', appointment_id, 'claim_id', claim_id), sum(change)
      from (
        select id, appointment_id, claim_id, -(coalesce((deleted_at is null)::integer, 0)) as change
        from (select id, client_id, appointment_id, provider_id, claim_id, service_date, cpt_code, units, charge_amount, status, write_off_reason, write_off_approved_by, created_date, deleted_at from old_rows except select id, client_id, appointment_id, provider_id, claim_id, service_date, cpt_code, units, charge_amount, status, write_off_reason, write_off_approved_by, created_date, deleted_at from new_rows) as charge_entries
        union all
        select id, appointment_id, claim_id, coalesce((deleted_at is null)::integer, 0)
        from (select id, client_id, appointment_id, provider_id, claim_id, service_date, cpt_code, units, charge_amount, status, write_off_reason, write_off_approved_by, created_date, deleted_at from new_rows except select id, client_id, appointment_id, provider_id, claim_id, service_date, cpt_code, units, charge_amount, status, write_off_reason, write_off_approved_by, created_date, deleted_at from old_rows) as charge_entries
      ) as both_images
      group by id, appointment_id, claim_id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.charge_entries');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.charge_entries', jsonb_build_object('id', id, 'appointment_id', appointment_id, 'claim_id', claim_id), -(coalesce((deleted_at is null)::integer, 0)) from old_rows as charge_entries;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.charge_entries');
  end if;
  return null;
end
$$;
comment on function governance.capture_charge_entries_changes() is
  'Captures which rows of public.charge_entries changed, for the checks that read it.';
revoke all on function governance.capture_charge_entries_changes() from public;

create or replace trigger quality_capture_insert after insert on public.charge_entries
  referencing new table as new_rows
  for each statement execute function governance.capture_charge_entries_changes();
alter table public.charge_entries enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.charge_entries
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_charge_entries_changes();
alter table public.charge_entries enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.charge_entries
  referencing old table as old_rows
  for each statement execute function governance.capture_charge_entries_changes();
alter table public.charge_entries enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.charge_entries
  for each statement execute function governance.capture_charge_entries_changes();
alter table public.charge_entries enable always trigger quality_capture_truncate;

create or replace function governance.capture_client_documents_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.client_documents');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.client_documents', jsonb_build_object('id', id), coalesce((deleted_at is null)::integer, 0) from new_rows as client_documents;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.client_documents');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.client_documents', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(coalesce((deleted_at is null)::integer, 0)) as change
        from (select id, client_id, title, document_type, storage_path, is_shared, shared_at, shared_by, uploaded_by, deleted_at from old_rows except select id, client_id, title, document_type, storage_path, is_shared, shared_at, shared_by, uploaded_by, deleted_at from new_rows) as client_documents
        union all
        select id, coalesce((deleted_at is null)::integer, 0)
        from (select id, client_id, title, document_type, storage_path, is_shared, shared_at, shared_by, uploaded_by, deleted_at from new_rows except select id, client_id, title, document_type, storage_path, is_shared, shared_at, shared_by, uploaded_by, deleted_at from old_rows) as client_documents
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.client_documents');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.client_documents', jsonb_build_object('id', id), -(coalesce((deleted_at is null)::integer, 0)) from old_rows as client_documents;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.client_documents');
  end if;
  return null;
end
$$;
comment on function governance.capture_client_documents_changes() is
  'Captures which rows of public.client_documents changed, for the checks that read it.';
revoke all on function governance.capture_client_documents_changes() from public;

create or replace trigger quality_capture_insert after insert on public.client_documents
  referencing new table as new_rows
  for each statement execute function governance.capture_client_documents_changes();
alter table public.client_documents enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.client_documents
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_client_documents_changes();
alter table public.client_documents enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.client_documents
  referencing old table as old_rows
  for each statement execute function governance.capture_client_documents_changes();
alter table public.client_documents enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.client_documents
  for each statement execute function governance.capture_client_documents_changes();
alter table public.client_documents enable always trigger quality_capture_truncate;

create or replace function governance.capture_client_portal_messages_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.client_portal_messages');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.client_portal_messages', jsonb_build_object('id', id), coalesce((deleted_at is null)::integer, 0) from new_rows as client_portal_messages;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.client_portal_messages');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.client_portal_messages', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(coalesce((deleted_at is null)::integer, 0)) as change
        from (select id, client_id, sender_id, recipient_id, in_reply_to_id, subject, body, read_at, created_at, deleted_at from old_rows except select id, client_id, sender_id, recipient_id, in_reply_to_id, subject, body, read_at, created_at, deleted_at from new_rows) as client_portal_messages
        union all
        select id, coalesce((deleted_at is null)::integer, 0)
        from (select id, client_id, sender_id, recipient_id, in_reply_to_id, subject, body, read_at, created_at, deleted_at from new_rows except select id, client_id, sender_id, recipient_id, in_reply_to_id, subject, body, read_at, created_at, deleted_at from old_rows) as client_portal_messages
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.client_portal_messages');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.client_portal_messages', jsonb_build_object('id', id), -(coalesce((deleted_at is null)::integer, 0)) from old_rows as client_portal_messages;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.client_portal_messages');
  end if;
  return null;
end
$$;
comment on function governance.capture_client_portal_messages_changes() is
  'Captures which rows of public.client_portal_messages changed, for the checks that read it.';
revoke all on function governance.capture_client_portal_messages_changes() from public;

create or replace trigger quality_capture_insert after insert on public.client_portal_messages
  referencing new table as new_rows
  for each statement execute function governance.capture_client_portal_messages_changes();
alter table public.client_portal_messages enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.client_portal_messages
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_client_portal_messages_changes();
alter table public.client_portal_messages enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.client_portal_messages
  referencing old table as old_rows
  for each statement execute function governance.capture_client_portal_messages_changes();
alter table public.client_portal_messages enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.client_portal_messages
  for each statement execute function governance.capture_client_portal_messages_changes();
alter table public.client_portal_messages enable always trigger quality_capture_truncate;

create or replace function governance.capture_client_statements_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.client_statements');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.client_statements', jsonb_build_object('id', id), 1 from new_rows as client_statements;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.client_statements');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.client_statements', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(1) as change
        from (select id, client_id, statement_number, period_start, period_end, balance, status, sent_at from old_rows except select id, client_id, statement_number, period_start, period_end, balance, status, sent_at from new_rows) as client_statements
        union all
        select id, 1
        from (select id, client_id, statement_number, period_start, period_end, balance, status, sent_at from new_rows except select id, client_id, statement_number, period_start, period_end, balance, status, sent_at from old_rows) as client_statements
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.client_statements');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.client_statements', jsonb_build_object('id', id), -(1) from old_rows as client_statements;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.client_statements');
  end if;
  return null;
end
$$;
comment on function governance.capture_client_statements_changes() is
  'Captures which rows of public.client_statements changed, for the checks that read it.';
revoke all on function governance.capture_client_statements_changes() from public;

create or replace trigger quality_capture_insert after insert on public.client_statements
  referencing new table as new_rows
  for each statement execute function governance.capture_client_statements_changes();
alter table public.client_statements enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.client_statements
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_client_statements_changes();
alter table public.client_statements enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.client_statements
  referencing old table as old_rows
  for each statement execute function governance.capture_client_statements_changes();
alter table public.client_statements enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.client_statements
  for each statement execute function governance.capture_client_statements_changes();
alter table public.client_statements enable always trigger quality_capture_truncate;

create or replace function governance.capture_clients_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.clients');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.clients', jsonb_build_object('id', id), coalesce((deleted_at is null)::integer, 0) from new_rows as clients;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.clients');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.clients', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(coalesce((deleted_at is null)::integer, 0)) as change
        from (select id, medical_record_number, first_name, last_name, date_of_birth, email, phone_numbers, ssn_encrypted, status, is_active, primary_therapist_id, portal_user_id, portal_enabled, discharge_date, deceased_date, deleted_at from old_rows except select id, medical_record_number, first_name, last_name, date_of_birth, email, phone_numbers, ssn_encrypted, status, is_active, primary_therapist_id, portal_user_id, portal_enabled, discharge_date, deceased_date, deleted_at from new_rows) as clients
        union all
        select id, coalesce((deleted_at is null)::integer, 0)
        from (select id, medical_record_number, first_name, last_name, date_of_birth, email, phone_numbers, ssn_encrypted, status, is_active, primary_therapist_id, portal_user_id, portal_enabled, discharge_date, deceased_date, deleted_at from new_rows except select id, medical_record_number, first_name, last_name, date_of_birth, email, phone_numbers, ssn_encrypted, status, is_active, primary_therapist_id, portal_user_id, portal_enabled, discharge_date, deceased_date, deleted_at from old_rows) as clients
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.clients');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.clients', jsonb_build_object('id', id), -(coalesce((deleted_at is null)::integer, 0)) from old_rows as clients;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.clients');
  end if;
  return null;
end
$$;
comment on function governance.capture_clients_changes() is
  'Captures which rows of public.clients changed, for the checks that read it.';
revoke all on function governance.capture_clients_changes() from public;

create or replace trigger quality_capture_insert after insert on public.clients
  referencing new table as new_rows
  for each statement execute function governance.capture_clients_changes();
alter table public.clients enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.clients
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_clients_changes();
alter table public.clients enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.clients
  referencing old table as old_rows
  for each statement execute function governance.capture_clients_changes();
alter table public.clients enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.clients
  for each statement execute function governance.capture_clients_changes();
alter table public.clients enable always trigger quality_capture_truncate;

create or replace function governance.capture_clinical_notes_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.clinical_notes');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.clinical_notes', jsonb_build_object('id', id, 'appointment_id', appointment_id), coalesce((deleted_at is null)::integer, 0) from new_rows as clinical_notes;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.clinical_notes');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.clinical_notes', jsonb_build_object('id', id, 'appointment_id', appointment_id), sum(change)
      from (
        select id, appointment_id, -(coalesce((deleted_at is null)::integer, 0)) as change
        from (select id, client_id, provider_id, appointment_id, title, note_type, content, status, signed_at, signed_by, locked_at, created_at, deleted_at from old_rows except select id, client_id, provider_id, appointment_id, title, note_type, content, status, signed_at, signed_by, locked_at, created_at, deleted_at from new_rows) as clinical_notes
        union all
        select id, appointment_id, coalesce((deleted_at is null)::integer, 0)
        from (select id, client_id, provider_id, appointment_id, title, note_type, content, status, signed_at, signed_by, locked_at, created_at, deleted_at from new_rows except select id, client_id, provider_id, appointment_id, title, note_type, content, status, signed_at, signed_by, locked_at, created_at, deleted_at from old_rows) as clinical_notes
      ) as both_images
      group by id, appointment_id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.clinical_notes');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.clinical_notes', jsonb_build_object('id', id, 'appointment_id', appointment_id), -(coalesce((deleted_at is null)::integer, 0)) from old_rows as clinical_notes;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.clinical_notes');
  end if;
  return null;
end
$$;
comment on function governance.capture_clinical_notes_changes() is
  'Captures which rows of public.clinical_notes changed, for the checks that read it.';
revoke all on function governance.capture_clinical_notes_changes() from public;

create or replace trigger quality_capture_insert after insert on public.clinical_notes
  referencing new table as new_rows
  for each statement execute function governance.capture_clinical_notes_changes();
alter table public.clinical_notes enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.clinical_notes
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_clinical_notes_changes();
alter table public.clinical_notes enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.clinical_notes
  referencing old table as old_rows
  for each statement execute function governance.capture_clinical_notes_changes();
alter table public.clinical_notes enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.clinical_notes
  for each statement execute function governance.capture_clinical_notes_changes();
alter table public.clinical_notes enable always trigger quality_capture_truncate;

create or replace function governance.capture_data_quality_results_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.data_quality_results');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.data_quality_results', jsonb_build_object('id', id), 1 from new_rows as data_quality_results;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.data_quality_results');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.data_quality_results', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(1) as change
        from (select id, check_date, results, scores from old_rows except select id, check_date, results, scores from new_rows) as data_quality_results
        union all
        select id, 1
        from (select id, check_date, results, scores from new_rows except select id, check_date, results, scores from old_rows) as data_quality_results
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.data_quality_results');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.data_quality_results', jsonb_build_object('id', id), -(1) from old_rows as data_quality_results;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.data_quality_results');
  end if;
  return null;
end
$$;
comment on function governance.capture_data_quality_results_changes() is
  'Captures which rows of public.data_quality_results changed, for the checks that read it.';
revoke all on function governance.capture_data_quality_results_changes() from public;

create or replace trigger quality_capture_insert after insert on public.data_quality_results
  referencing new table as new_rows
  for each statement execute function governance.capture_data_quality_results_changes();
alter table public.data_quality_results enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.data_quality_results
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_data_quality_results_changes();
alter table public.data_quality_results enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.data_quality_results
  referencing old table as old_rows
  for each statement execute function governance.capture_data_quality_results_changes();
alter table public.data_quality_results enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.data_quality_results
  for each statement execute function governance.capture_data_quality_results_changes();
alter table public.data_quality_results enable always trigger quality_capture_truncate;

create or replace function governance.capture_data_retention_policies_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.data_retention_policies');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.data_retention_policies', jsonb_build_object('id', id), 1 from new_rows as data_retention_policies;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.data_retention_policies');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.data_retention_policies', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(1) as change
        from (select id, data_type, retention_period_months, deletion_method, is_active, updated_at, table_name, basis_columns, owner_position, reason from old_rows except select id, data_type, retention_period_months, deletion_method, is_active, updated_at, table_name, basis_columns, owner_position, reason from new_rows) as data_retention_policies
        union all
        select id, 1
        from (select id, data_type, retention_period_months, deletion_method, is_active, updated_at, table_name, basis_columns, owner_position, reason from new_rows except select id, data_type, retention_period_months, deletion_method, is_active, updated_at, table_name, basis_columns, owner_position, reason from old_rows) as data_retention_policies
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.data_retention_policies');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.data_retention_policies', jsonb_build_object('id', id), -(1) from old_rows as data_retention_policies;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.data_retention_policies');
  end if;
  return null;
end
$$;
comment on function governance.capture_data_retention_policies_changes() is
  'Captures which rows of public.data_retention_policies changed, for the checks that read it.';
revoke all on function governance.capture_data_retention_policies_changes() from public;

create or replace trigger quality_capture_insert after insert on public.data_retention_policies
  referencing new table as new_rows
  for each statement execute function governance.capture_data_retention_policies_changes();
alter table public.data_retention_policies enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.data_retention_policies
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_data_retention_policies_changes();
alter table public.data_retention_policies enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.data_retention_policies
  referencing old table as old_rows
  for each statement execute function governance.capture_data_retention_policies_changes();
alter table public.data_retention_policies enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.data_retention_policies
  for each statement execute function governance.capture_data_retention_policies_changes();
alter table public.data_retention_policies enable always trigger quality_capture_truncate;

create or replace function governance.capture_feed_canaries_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.feed_canaries');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.feed_canaries', jsonb_build_object('listener', listener), 1 from new_rows as feed_canaries;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.feed_canaries');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.feed_canaries', jsonb_build_object('listener', listener), sum(change)
      from (
        select listener, -(1) as change
        from (select listener, beat, heard, beaten_at, heard_at from old_rows except select listener, beat, heard, beaten_at, heard_at from new_rows) as feed_canaries
        union all
        select listener, 1
        from (select listener, beat, heard, beaten_at, heard_at from new_rows except select listener, beat, heard, beaten_at, heard_at from old_rows) as feed_canaries
      ) as both_images
      group by listener;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.feed_canaries');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.feed_canaries', jsonb_build_object('listener', listener), -(1) from old_rows as feed_canaries;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.feed_canaries');
  end if;
  return null;
end
$$;
comment on function governance.capture_feed_canaries_changes() is
  'Captures which rows of public.feed_canaries changed, for the checks that read it.';
revoke all on function governance.capture_feed_canaries_changes() from public;

create or replace trigger quality_capture_insert after insert on public.feed_canaries
  referencing new table as new_rows
  for each statement execute function governance.capture_feed_canaries_changes();
alter table public.feed_canaries enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.feed_canaries
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_feed_canaries_changes();
alter table public.feed_canaries enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.feed_canaries
  referencing old table as old_rows
  for each statement execute function governance.capture_feed_canaries_changes();
alter table public.feed_canaries enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.feed_canaries
  for each statement execute function governance.capture_feed_canaries_changes();
alter table public.feed_canaries enable always trigger quality_capture_truncate;

create or replace function governance.capture_insurance_claims_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.insurance_claims');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.insurance_claims', jsonb_build_object('id', id), coalesce((deleted_at is null)::integer, 0) from new_rows as insurance_claims;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.insurance_claims');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.insurance_claims', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(coalesce((deleted_at is null)::integer, 0)) as change
        from (select id, client_id, claim_number, payer_name, total_amount, status, submitted_at, adjudicated_at, deleted_at from old_rows except select id, client_id, claim_number, payer_name, total_amount, status, submitted_at, adjudicated_at, deleted_at from new_rows) as insurance_claims
        union all
        select id, coalesce((deleted_at is null)::integer, 0)
        from (select id, client_id, claim_number, payer_name, total_amount, status, submitted_at, adjudicated_at, deleted_at from new_rows except select id, client_id, claim_number, payer_name, total_amount, status, submitted_at, adjudicated_at, deleted_at from old_rows) as insurance_claims
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.insurance_claims');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.insurance_claims', jsonb_build_object('id', id), -(coalesce((deleted_at is null)::integer, 0)) from old_rows as insurance_claims;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.insurance_claims');
  end if;
  return null;
end
$$;
comment on function governance.capture_insurance_claims_changes() is
  'Captures which rows of public.insurance_claims changed, for the checks that read it.';
revoke all on function governance.capture_insurance_claims_changes() from public;

create or replace trigger quality_capture_insert after insert on public.insurance_claims
  referencing new table as new_rows
  for each statement execute function governance.capture_insurance_claims_changes();
alter table public.insurance_claims enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.insurance_claims
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_insurance_claims_changes();
alter table public.insurance_claims enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.insurance_claims
  referencing old table as old_rows
  for each statement execute function governance.capture_insurance_claims_changes();
alter table public.insurance_claims enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.insurance_claims
  for each statement execute function governance.capture_insurance_claims_changes();
alter table public.insurance_claims enable always trigger quality_capture_truncate;

create or replace function governance.capture_issue_tracker_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.issue_tracker');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.issue_tracker', jsonb_build_object('id', id), 1 from new_rows as issue_tracker;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.issue_tracker');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.issue_tracker', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(1) as change
        from (select id, severity, status, resolved_at from old_rows except select id, severity, status, resolved_at from new_rows) as issue_tracker
        union all
        select id, 1
        from (select id, severity, status, resolved_at from new_rows except select id, severity, status, resolved_at from old_rows) as issue_tracker
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.issue_tracker');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.issue_tracker', jsonb_build_object('id', id), -(1) from old_rows as issue_tracker;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.issue_tracker');
  end if;
  return null;
end
$$;
comment on function governance.capture_issue_tracker_changes() is
  'Captures which rows of public.issue_tracker changed, for the checks that read it.';
revoke all on function governance.capture_issue_tracker_changes() from public;

create or replace trigger quality_capture_insert after insert on public.issue_tracker
  referencing new table as new_rows
  for each statement execute function governance.capture_issue_tracker_changes();
alter table public.issue_tracker enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.issue_tracker
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_issue_tracker_changes();
alter table public.issue_tracker enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.issue_tracker
  referencing old table as old_rows
  for each statement execute function governance.capture_issue_tracker_changes();
alter table public.issue_tracker enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.issue_tracker
  for each statement execute function governance.capture_issue_tracker_changes();
alter table public.issue_tracker enable always trigger quality_capture_truncate;

create or replace function governance.capture_note_cosignatures_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.note_cosignatures');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.note_cosignatures', jsonb_build_object('id', id), 1 from new_rows as note_cosignatures;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.note_cosignatures');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.note_cosignatures', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(1) as change
        from (select id, note_id, client_id, supervisee_id, supervisor_id, status, requested_at, decided_at from old_rows except select id, note_id, client_id, supervisee_id, supervisor_id, status, requested_at, decided_at from new_rows) as note_cosignatures
        union all
        select id, 1
        from (select id, note_id, client_id, supervisee_id, supervisor_id, status, requested_at, decided_at from new_rows except select id, note_id, client_id, supervisee_id, supervisor_id, status, requested_at, decided_at from old_rows) as note_cosignatures
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.note_cosignatures');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.note_cosignatures', jsonb_build_object('id', id), -(1) from old_rows as note_cosignatures;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.note_cosignatures');
  end if;
  return null;
end
$$;
comment on function governance.capture_note_cosignatures_changes() is
  'Captures which rows of public.note_cosignatures changed, for the checks that read it.';
revoke all on function governance.capture_note_cosignatures_changes() from public;

create or replace trigger quality_capture_insert after insert on public.note_cosignatures
  referencing new table as new_rows
  for each statement execute function governance.capture_note_cosignatures_changes();
alter table public.note_cosignatures enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.note_cosignatures
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_note_cosignatures_changes();
alter table public.note_cosignatures enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.note_cosignatures
  referencing old table as old_rows
  for each statement execute function governance.capture_note_cosignatures_changes();
alter table public.note_cosignatures enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.note_cosignatures
  for each statement execute function governance.capture_note_cosignatures_changes();
alter table public.note_cosignatures enable always trigger quality_capture_truncate;

create or replace function governance.capture_notification_logs_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.notification_logs');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.notification_logs', jsonb_build_object('id', id), 1 from new_rows as notification_logs;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.notification_logs');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.notification_logs', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(1) as change
        from (select id, notification_type, subject, message, priority, delivery_key, status, sent_at from old_rows except select id, notification_type, subject, message, priority, delivery_key, status, sent_at from new_rows) as notification_logs
        union all
        select id, 1
        from (select id, notification_type, subject, message, priority, delivery_key, status, sent_at from new_rows except select id, notification_type, subject, message, priority, delivery_key, status, sent_at from old_rows) as notification_logs
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.notification_logs');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.notification_logs', jsonb_build_object('id', id), -(1) from old_rows as notification_logs;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.notification_logs');
  end if;
  return null;
end
$$;
comment on function governance.capture_notification_logs_changes() is
  'Captures which rows of public.notification_logs changed, for the checks that read it.';
revoke all on function governance.capture_notification_logs_changes() from public;

create or replace trigger quality_capture_insert after insert on public.notification_logs
  referencing new table as new_rows
  for each statement execute function governance.capture_notification_logs_changes();
alter table public.notification_logs enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.notification_logs
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_notification_logs_changes();
alter table public.notification_logs enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.notification_logs
  referencing old table as old_rows
  for each statement execute function governance.capture_notification_logs_changes();
alter table public.notification_logs enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.notification_logs
  for each statement execute function governance.capture_notification_logs_changes();
alter table public.notification_logs enable always trigger quality_capture_truncate;

create or replace function governance.capture_notification_preferences_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.notification_preferences');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.notification_preferences', jsonb_build_object('user_id', user_id), 1 from new_rows as notification_preferences;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.notification_preferences');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.notification_preferences', jsonb_build_object('user_id', user_id), sum(change)
      from (
        select user_id, -(1) as change
        from (select user_id, muted_channels, wanted_channels, quiet_from, quiet_until, wants_digest from old_rows except select user_id, muted_channels, wanted_channels, quiet_from, quiet_until, wants_digest from new_rows) as notification_preferences
        union all
        select user_id, 1
        from (select user_id, muted_channels, wanted_channels, quiet_from, quiet_until, wants_digest from new_rows except select user_id, muted_channels, wanted_channels, quiet_from, quiet_until, wants_digest from old_rows) as notification_preferences
      ) as both_images
      group by user_id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.notification_preferences');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.notification_preferences', jsonb_build_object('user_id', user_id), -(1) from old_rows as notification_preferences;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.notification_preferences');
  end if;
  return null;
end
$$;
comment on function governance.capture_notification_preferences_changes() is
  'Captures which rows of public.notification_preferences changed, for the checks that read it.';
revoke all on function governance.capture_notification_preferences_changes() from public;

create or replace trigger quality_capture_insert after insert on public.notification_preferences
  referencing new table as new_rows
  for each statement execute function governance.capture_notification_preferences_changes();
alter table public.notification_preferences enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.notification_preferences
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_notification_preferences_changes();
alter table public.notification_preferences enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.notification_preferences
  referencing old table as old_rows
  for each statement execute function governance.capture_notification_preferences_changes();
alter table public.notification_preferences enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.notification_preferences
  for each statement execute function governance.capture_notification_preferences_changes();
alter table public.notification_preferences enable always trigger quality_capture_truncate;

create or replace function governance.capture_payment_records_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.payment_records');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.payment_records', jsonb_build_object('id', id), coalesce((deleted_at is null)::integer, 0) from new_rows as payment_records;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.payment_records');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.payment_records', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(coalesce((deleted_at is null)::integer, 0)) as change
        from (select id, client_id, charge_id, claim_id, payer_type, payment_method, amount, payment_date, deleted_at from old_rows except select id, client_id, charge_id, claim_id, payer_type, payment_method, amount, payment_date, deleted_at from new_rows) as payment_records
        union all
        select id, coalesce((deleted_at is null)::integer, 0)
        from (select id, client_id, charge_id, claim_id, payer_type, payment_method, amount, payment_date, deleted_at from new_rows except select id, client_id, charge_id, claim_id, payer_type, payment_method, amount, payment_date, deleted_at from old_rows) as payment_records
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.payment_records');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.payment_records', jsonb_build_object('id', id), -(coalesce((deleted_at is null)::integer, 0)) from old_rows as payment_records;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.payment_records');
  end if;
  return null;
end
$$;
comment on function governance.capture_payment_records_changes() is
  'Captures which rows of public.payment_records changed, for the checks that read it.';
revoke all on function governance.capture_payment_records_changes() from public;

create or replace trigger quality_capture_insert after insert on public.payment_records
  referencing new table as new_rows
  for each statement execute function governance.capture_payment_records_changes();
alter table public.payment_records enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.payment_records
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_payment_records_changes();
alter table public.payment_records enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.payment_records
  referencing old table as old_rows
  for each statement execute function governance.capture_payment_records_changes();
alter table public.payment_records enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.payment_records
  for each statement execute function governance.capture_payment_records_changes();
alter table public.payment_records enable always trigger quality_capture_truncate;

create or replace function governance.capture_post_release_reviews_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.post_release_reviews');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.post_release_reviews', jsonb_build_object('id', id, 'release_id', release_id), 1 from new_rows as post_release_reviews;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.post_release_reviews');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.post_release_reviews', jsonb_build_object('id', id, 'release_id', release_id), sum(change)
      from (
        select id, release_id, -(1) as change
        from (select id, release_id, status, health_score, completed_at from old_rows except select id, release_id, status, health_score, completed_at from new_rows) as post_release_reviews
        union all
        select id, release_id, 1
        from (select id, release_id, status, health_score, completed_at from new_rows except select id, release_id, status, health_score, completed_at from old_rows) as post_release_reviews
      ) as both_images
      group by id, release_id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.post_release_reviews');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.post_release_reviews', jsonb_build_object('id', id, 'release_id', release_id), -(1) from old_rows as post_release_reviews;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.post_release_reviews');
  end if;
  return null;
end
$$;
comment on function governance.capture_post_release_reviews_changes() is
  'Captures which rows of public.post_release_reviews changed, for the checks that read it.';
revoke all on function governance.capture_post_release_reviews_changes() from public;

create or replace trigger quality_capture_insert after insert on public.post_release_reviews
  referencing new table as new_rows
  for each statement execute function governance.capture_post_release_reviews_changes();
alter table public.post_release_reviews enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.post_release_reviews
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_post_release_reviews_changes();
alter table public.post_release_reviews enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.post_release_reviews
  referencing old table as old_rows
  for each statement execute function governance.capture_post_release_reviews_changes();
alter table public.post_release_reviews enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.post_release_reviews
  for each statement execute function governance.capture_post_release_reviews_changes();
alter table public.post_release_reviews enable always trigger quality_capture_truncate;

create or replace function governance.capture_profiles_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.profiles');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.profiles', jsonb_build_object('id', id), 1 from new_rows as profiles;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.profiles');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.profiles', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(1) as change
        from (select id, is_active from old_rows except select id, is_active from new_rows) as profiles
        union all
        select id, 1
        from (select id, is_active from new_rows except select id, is_active from old_rows) as profiles
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.profiles');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.profiles', jsonb_build_object('id', id), -(1) from old_rows as profiles;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.profiles');
  end if;
  return null;
end
$$;
comment on function governance.capture_profiles_changes() is
  'Captures which rows of public.profiles changed, for the checks that read it.';
revoke all on function governance.capture_profiles_changes() from public;

create or replace trigger quality_capture_insert after insert on public.profiles
  referencing new table as new_rows
  for each statement execute function governance.capture_profiles_changes();
alter table public.profiles enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.profiles
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_profiles_changes();
alter table public.profiles enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.profiles
  referencing old table as old_rows
  for each statement execute function governance.capture_profiles_changes();
alter table public.profiles enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.profiles
  for each statement execute function governance.capture_profiles_changes();
alter table public.profiles enable always trigger quality_capture_truncate;

create or replace function governance.capture_psychotherapy_notes_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.psychotherapy_notes');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.psychotherapy_notes', jsonb_build_object('id', id), coalesce((deleted_at is null)::integer, 0) from new_rows as psychotherapy_notes;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.psychotherapy_notes');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.psychotherapy_notes', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(coalesce((deleted_at is null)::integer, 0)) as change
        from (select id, client_id, author_id, session_date, content, created_at, deleted_at from old_rows except select id, client_id, author_id, session_date, content, created_at, deleted_at from new_rows) as psychotherapy_notes
        union all
        select id, coalesce((deleted_at is null)::integer, 0)
        from (select id, client_id, author_id, session_date, content, created_at, deleted_at from new_rows except select id, client_id, author_id, session_date, content, created_at, deleted_at from old_rows) as psychotherapy_notes
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.psychotherapy_notes');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.psychotherapy_notes', jsonb_build_object('id', id), -(coalesce((deleted_at is null)::integer, 0)) from old_rows as psychotherapy_notes;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.psychotherapy_notes');
  end if;
  return null;
end
$$;
comment on function governance.capture_psychotherapy_notes_changes() is
  'Captures which rows of public.psychotherapy_notes changed, for the checks that read it.';
revoke all on function governance.capture_psychotherapy_notes_changes() from public;

create or replace trigger quality_capture_insert after insert on public.psychotherapy_notes
  referencing new table as new_rows
  for each statement execute function governance.capture_psychotherapy_notes_changes();
alter table public.psychotherapy_notes enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.psychotherapy_notes
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_psychotherapy_notes_changes();
alter table public.psychotherapy_notes enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.psychotherapy_notes
  referencing old table as old_rows
  for each statement execute function governance.capture_psychotherapy_notes_changes();
alter table public.psychotherapy_notes enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.psychotherapy_notes
  for each statement execute function governance.capture_psychotherapy_notes_changes();
alter table public.psychotherapy_notes enable always trigger quality_capture_truncate;

create or replace function governance.capture_rate_limits_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.rate_limits');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.rate_limits', jsonb_build_object('id', id), 1 from new_rows as rate_limits;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.rate_limits');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.rate_limits', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(1) as change
        from (select id, identifier, request_count from old_rows except select id, identifier, request_count from new_rows) as rate_limits
        union all
        select id, 1
        from (select id, identifier, request_count from new_rows except select id, identifier, request_count from old_rows) as rate_limits
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.rate_limits');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.rate_limits', jsonb_build_object('id', id), -(1) from old_rows as rate_limits;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.rate_limits');
  end if;
  return null;
end
$$;
comment on function governance.capture_rate_limits_changes() is
  'Captures which rows of public.rate_limits changed, for the checks that read it.';
revoke all on function governance.capture_rate_limits_changes() from public;

create or replace trigger quality_capture_insert after insert on public.rate_limits
  referencing new table as new_rows
  for each statement execute function governance.capture_rate_limits_changes();
alter table public.rate_limits enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.rate_limits
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_rate_limits_changes();
alter table public.rate_limits enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.rate_limits
  referencing old table as old_rows
  for each statement execute function governance.capture_rate_limits_changes();
alter table public.rate_limits enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.rate_limits
  for each statement execute function governance.capture_rate_limits_changes();
alter table public.rate_limits enable always trigger quality_capture_truncate;

create or replace function governance.capture_release_metrics_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.release_metrics');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.release_metrics', jsonb_build_object('id', id), 1 from new_rows as release_metrics;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.release_metrics');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.release_metrics', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(1) as change
        from (select id, release_id, error_rate from old_rows except select id, release_id, error_rate from new_rows) as release_metrics
        union all
        select id, 1
        from (select id, release_id, error_rate from new_rows except select id, release_id, error_rate from old_rows) as release_metrics
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.release_metrics');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.release_metrics', jsonb_build_object('id', id), -(1) from old_rows as release_metrics;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.release_metrics');
  end if;
  return null;
end
$$;
comment on function governance.capture_release_metrics_changes() is
  'Captures which rows of public.release_metrics changed, for the checks that read it.';
revoke all on function governance.capture_release_metrics_changes() from public;

create or replace trigger quality_capture_insert after insert on public.release_metrics
  referencing new table as new_rows
  for each statement execute function governance.capture_release_metrics_changes();
alter table public.release_metrics enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.release_metrics
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_release_metrics_changes();
alter table public.release_metrics enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.release_metrics
  referencing old table as old_rows
  for each statement execute function governance.capture_release_metrics_changes();
alter table public.release_metrics enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.release_metrics
  for each statement execute function governance.capture_release_metrics_changes();
alter table public.release_metrics enable always trigger quality_capture_truncate;

create or replace function governance.capture_releases_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.releases');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.releases', jsonb_build_object('id', id), 1 from new_rows as releases;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.releases');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.releases', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(1) as change
        from (select id, version, deployed_at from old_rows except select id, version, deployed_at from new_rows) as releases
        union all
        select id, 1
        from (select id, version, deployed_at from new_rows except select id, version, deployed_at from old_rows) as releases
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.releases');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.releases', jsonb_build_object('id', id), -(1) from old_rows as releases;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.releases');
  end if;
  return null;
end
$$;
comment on function governance.capture_releases_changes() is
  'Captures which rows of public.releases changed, for the checks that read it.';
revoke all on function governance.capture_releases_changes() from public;

create or replace trigger quality_capture_insert after insert on public.releases
  referencing new table as new_rows
  for each statement execute function governance.capture_releases_changes();
alter table public.releases enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.releases
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_releases_changes();
alter table public.releases enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.releases
  referencing old table as old_rows
  for each statement execute function governance.capture_releases_changes();
alter table public.releases enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.releases
  for each statement execute function governance.capture_releases_changes();
alter table public.releases enable always trigger quality_capture_truncate;

create or replace function governance.capture_reminder_logs_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.reminder_logs');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.reminder_logs', jsonb_build_object('id', id, 'appointment_id', appointment_id), 1 from new_rows as reminder_logs;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.reminder_logs');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.reminder_logs', jsonb_build_object('id', id, 'appointment_id', appointment_id), sum(change)
      from (
        select id, appointment_id, -(1) as change
        from (select id, appointment_id, status from old_rows except select id, appointment_id, status from new_rows) as reminder_logs
        union all
        select id, appointment_id, 1
        from (select id, appointment_id, status from new_rows except select id, appointment_id, status from old_rows) as reminder_logs
      ) as both_images
      group by id, appointment_id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.reminder_logs');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.reminder_logs', jsonb_build_object('id', id, 'appointment_id', appointment_id), -(1) from old_rows as reminder_logs;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.reminder_logs');
  end if;
  return null;
end
$$;
comment on function governance.capture_reminder_logs_changes() is
  'Captures which rows of public.reminder_logs changed, for the checks that read it.';
revoke all on function governance.capture_reminder_logs_changes() from public;

create or replace trigger quality_capture_insert after insert on public.reminder_logs
  referencing new table as new_rows
  for each statement execute function governance.capture_reminder_logs_changes();
alter table public.reminder_logs enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.reminder_logs
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_reminder_logs_changes();
alter table public.reminder_logs enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.reminder_logs
  referencing old table as old_rows
  for each statement execute function governance.capture_reminder_logs_changes();
alter table public.reminder_logs enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.reminder_logs
  for each statement execute function governance.capture_reminder_logs_changes();
alter table public.reminder_logs enable always trigger quality_capture_truncate;

create or replace function governance.capture_review_action_items_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.review_action_items');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.review_action_items', jsonb_build_object('id', id), 1 from new_rows as review_action_items;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.review_action_items');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.review_action_items', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(1) as change
        from (select id, review_id, due_date, priority, status from old_rows except select id, review_id, due_date, priority, status from new_rows) as review_action_items
        union all
        select id, 1
        from (select id, review_id, due_date, priority, status from new_rows except select id, review_id, due_date, priority, status from old_rows) as review_action_items
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.review_action_items');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.review_action_items', jsonb_build_object('id', id), -(1) from old_rows as review_action_items;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.review_action_items');
  end if;
  return null;
end
$$;
comment on function governance.capture_review_action_items_changes() is
  'Captures which rows of public.review_action_items changed, for the checks that read it.';
revoke all on function governance.capture_review_action_items_changes() from public;

create or replace trigger quality_capture_insert after insert on public.review_action_items
  referencing new table as new_rows
  for each statement execute function governance.capture_review_action_items_changes();
alter table public.review_action_items enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.review_action_items
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_review_action_items_changes();
alter table public.review_action_items enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.review_action_items
  referencing old table as old_rows
  for each statement execute function governance.capture_review_action_items_changes();
alter table public.review_action_items enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.review_action_items
  for each statement execute function governance.capture_review_action_items_changes();
alter table public.review_action_items enable always trigger quality_capture_truncate;

create or replace function governance.capture_security_incidents_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.security_incidents');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.security_incidents', jsonb_build_object('id', id), 1 from new_rows as security_incidents;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.security_incidents');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.security_incidents', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(1) as change
        from (select id, type, severity, description, detected_at, reported_by, status from old_rows except select id, type, severity, description, detected_at, reported_by, status from new_rows) as security_incidents
        union all
        select id, 1
        from (select id, type, severity, description, detected_at, reported_by, status from new_rows except select id, type, severity, description, detected_at, reported_by, status from old_rows) as security_incidents
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.security_incidents');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.security_incidents', jsonb_build_object('id', id), -(1) from old_rows as security_incidents;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.security_incidents');
  end if;
  return null;
end
$$;
comment on function governance.capture_security_incidents_changes() is
  'Captures which rows of public.security_incidents changed, for the checks that read it.';
revoke all on function governance.capture_security_incidents_changes() from public;

create or replace trigger quality_capture_insert after insert on public.security_incidents
  referencing new table as new_rows
  for each statement execute function governance.capture_security_incidents_changes();
alter table public.security_incidents enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.security_incidents
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_security_incidents_changes();
alter table public.security_incidents enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.security_incidents
  referencing old table as old_rows
  for each statement execute function governance.capture_security_incidents_changes();
alter table public.security_incidents enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.security_incidents
  for each statement execute function governance.capture_security_incidents_changes();
alter table public.security_incidents enable always trigger quality_capture_truncate;

create or replace function governance.capture_service_codes_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.service_codes');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.service_codes', jsonb_build_object('code', code), 1 from new_rows as service_codes;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.service_codes');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.service_codes', jsonb_build_object('code', code), sum(change)
      from (
        select code, -(1) as change
        from (select code, is_active from old_rows except select code, is_active from new_rows) as service_codes
        union all
        select code, 1
        from (select code, is_active from new_rows except select code, is_active from old_rows) as service_codes
      ) as both_images
      group by code;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.service_codes');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.service_codes', jsonb_build_object('code', code), -(1) from old_rows as service_codes;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.service_codes');
  end if;
  return null;
end
$$;
comment on function governance.capture_service_codes_changes() is
  'Captures which rows of public.service_codes changed, for the checks that read it.';
revoke all on function governance.capture_service_codes_changes() from public;

create or replace trigger quality_capture_insert after insert on public.service_codes
  referencing new table as new_rows
  for each statement execute function governance.capture_service_codes_changes();
alter table public.service_codes enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.service_codes
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_service_codes_changes();
alter table public.service_codes enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.service_codes
  referencing old table as old_rows
  for each statement execute function governance.capture_service_codes_changes();
alter table public.service_codes enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.service_codes
  for each statement execute function governance.capture_service_codes_changes();
alter table public.service_codes enable always trigger quality_capture_truncate;

create or replace function governance.capture_session_recordings_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.session_recordings');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.session_recordings', jsonb_build_object('id', id), coalesce((deleted_at is null)::integer, 0) from new_rows as session_recordings;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.session_recordings');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.session_recordings', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(coalesce((deleted_at is null)::integer, 0)) as change
        from (select id, session_id, client_id, provider_id, consent_id, storage_path, started_at, duration_seconds, deleted_at from old_rows except select id, session_id, client_id, provider_id, consent_id, storage_path, started_at, duration_seconds, deleted_at from new_rows) as session_recordings
        union all
        select id, coalesce((deleted_at is null)::integer, 0)
        from (select id, session_id, client_id, provider_id, consent_id, storage_path, started_at, duration_seconds, deleted_at from new_rows except select id, session_id, client_id, provider_id, consent_id, storage_path, started_at, duration_seconds, deleted_at from old_rows) as session_recordings
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.session_recordings');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.session_recordings', jsonb_build_object('id', id), -(coalesce((deleted_at is null)::integer, 0)) from old_rows as session_recordings;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.session_recordings');
  end if;
  return null;
end
$$;
comment on function governance.capture_session_recordings_changes() is
  'Captures which rows of public.session_recordings changed, for the checks that read it.';
revoke all on function governance.capture_session_recordings_changes() from public;

create or replace trigger quality_capture_insert after insert on public.session_recordings
  referencing new table as new_rows
  for each statement execute function governance.capture_session_recordings_changes();
alter table public.session_recordings enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.session_recordings
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_session_recordings_changes();
alter table public.session_recordings enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.session_recordings
  referencing old table as old_rows
  for each statement execute function governance.capture_session_recordings_changes();
alter table public.session_recordings enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.session_recordings
  for each statement execute function governance.capture_session_recordings_changes();
alter table public.session_recordings enable always trigger quality_capture_truncate;

create or replace function governance.capture_system_alerts_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.system_alerts');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.system_alerts', jsonb_build_object('id', id), 1 from new_rows as system_alerts;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.system_alerts');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.system_alerts', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(1) as change
        from (select id, severity, status, acknowledged_by, resolved_at, alert_key from old_rows except select id, severity, status, acknowledged_by, resolved_at, alert_key from new_rows) as system_alerts
        union all
        select id, 1
        from (select id, severity, status, acknowledged_by, resolved_at, alert_key from new_rows except select id, severity, status, acknowledged_by, resolved_at, alert_key from old_rows) as system_alerts
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.system_alerts');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.system_alerts', jsonb_build_object('id', id), -(1) from old_rows as system_alerts;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.system_alerts');
  end if;
  return null;
end
$$;
comment on function governance.capture_system_alerts_changes() is
  'Captures which rows of public.system_alerts changed, for the checks that read it.';
revoke all on function governance.capture_system_alerts_changes() from public;

create or replace trigger quality_capture_insert after insert on public.system_alerts
  referencing new table as new_rows
  for each statement execute function governance.capture_system_alerts_changes();
alter table public.system_alerts enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.system_alerts
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_system_alerts_changes();
alter table public.system_alerts enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.system_alerts
  referencing old table as old_rows
  for each statement execute function governance.capture_system_alerts_changes();
alter table public.system_alerts enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.system_alerts
  for each statement execute function governance.capture_system_alerts_changes();
alter table public.system_alerts enable always trigger quality_capture_truncate;

create or replace function governance.capture_telehealth_consents_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.telehealth_consents');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.telehealth_consents', jsonb_build_object('id', id, 'client_id', client_id), 1 from new_rows as telehealth_consents;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.telehealth_consents');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.telehealth_consents', jsonb_build_object('id', id, 'client_id', client_id), sum(change)
      from (
        select id, client_id, -(1) as change
        from (select id, client_id, consent_type, document_version, consented_at, expires_at, revoked_at, verified_by, verified_at from old_rows except select id, client_id, consent_type, document_version, consented_at, expires_at, revoked_at, verified_by, verified_at from new_rows) as telehealth_consents
        union all
        select id, client_id, 1
        from (select id, client_id, consent_type, document_version, consented_at, expires_at, revoked_at, verified_by, verified_at from new_rows except select id, client_id, consent_type, document_version, consented_at, expires_at, revoked_at, verified_by, verified_at from old_rows) as telehealth_consents
      ) as both_images
      group by id, client_id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.telehealth_consents');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.telehealth_consents', jsonb_build_object('id', id, 'client_id', client_id), -(1) from old_rows as telehealth_consents;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.telehealth_consents');
  end if;
  return null;
end
$$;
comment on function governance.capture_telehealth_consents_changes() is
  'Captures which rows of public.telehealth_consents changed, for the checks that read it.';
revoke all on function governance.capture_telehealth_consents_changes() from public;

create or replace trigger quality_capture_insert after insert on public.telehealth_consents
  referencing new table as new_rows
  for each statement execute function governance.capture_telehealth_consents_changes();
alter table public.telehealth_consents enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.telehealth_consents
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_telehealth_consents_changes();
alter table public.telehealth_consents enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.telehealth_consents
  referencing old table as old_rows
  for each statement execute function governance.capture_telehealth_consents_changes();
alter table public.telehealth_consents enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.telehealth_consents
  for each statement execute function governance.capture_telehealth_consents_changes();
alter table public.telehealth_consents enable always trigger quality_capture_truncate;

create or replace function governance.capture_telehealth_sessions_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.telehealth_sessions');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.telehealth_sessions', jsonb_build_object('id', id), 1 from new_rows as telehealth_sessions;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.telehealth_sessions');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.telehealth_sessions', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(1) as change
        from (select id, appointment_id, client_id, provider_id, room_name, status, started_at, ended_at from old_rows except select id, appointment_id, client_id, provider_id, room_name, status, started_at, ended_at from new_rows) as telehealth_sessions
        union all
        select id, 1
        from (select id, appointment_id, client_id, provider_id, room_name, status, started_at, ended_at from new_rows except select id, appointment_id, client_id, provider_id, room_name, status, started_at, ended_at from old_rows) as telehealth_sessions
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.telehealth_sessions');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.telehealth_sessions', jsonb_build_object('id', id), -(1) from old_rows as telehealth_sessions;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.telehealth_sessions');
  end if;
  return null;
end
$$;
comment on function governance.capture_telehealth_sessions_changes() is
  'Captures which rows of public.telehealth_sessions changed, for the checks that read it.';
revoke all on function governance.capture_telehealth_sessions_changes() from public;

create or replace trigger quality_capture_insert after insert on public.telehealth_sessions
  referencing new table as new_rows
  for each statement execute function governance.capture_telehealth_sessions_changes();
alter table public.telehealth_sessions enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.telehealth_sessions
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_telehealth_sessions_changes();
alter table public.telehealth_sessions enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.telehealth_sessions
  referencing old table as old_rows
  for each statement execute function governance.capture_telehealth_sessions_changes();
alter table public.telehealth_sessions enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.telehealth_sessions
  for each statement execute function governance.capture_telehealth_sessions_changes();
alter table public.telehealth_sessions enable always trigger quality_capture_truncate;

create or replace function governance.capture_unlock_requests_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.unlock_requests');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.unlock_requests', jsonb_build_object('id', id), 1 from new_rows as unlock_requests;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.unlock_requests');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.unlock_requests', jsonb_build_object('id', id), sum(change)
      from (
        select id, -(1) as change
        from (select id, note_id, client_id, requested_by, reason, status, requested_at, decided_by, decided_at from old_rows except select id, note_id, client_id, requested_by, reason, status, requested_at, decided_by, decided_at from new_rows) as unlock_requests
        union all
        select id, 1
        from (select id, note_id, client_id, requested_by, reason, status, requested_at, decided_by, decided_at from new_rows except select id, note_id, client_id, requested_by, reason, status, requested_at, decided_by, decided_at from old_rows) as unlock_requests
      ) as both_images
      group by id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.unlock_requests');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.unlock_requests', jsonb_build_object('id', id), -(1) from old_rows as unlock_requests;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.unlock_requests');
  end if;
  return null;
end
$$;
comment on function governance.capture_unlock_requests_changes() is
  'Captures which rows of public.unlock_requests changed, for the checks that read it.';
revoke all on function governance.capture_unlock_requests_changes() from public;

create or replace trigger quality_capture_insert after insert on public.unlock_requests
  referencing new table as new_rows
  for each statement execute function governance.capture_unlock_requests_changes();
alter table public.unlock_requests enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.unlock_requests
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_unlock_requests_changes();
alter table public.unlock_requests enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.unlock_requests
  referencing old table as old_rows
  for each statement execute function governance.capture_unlock_requests_changes();
alter table public.unlock_requests enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.unlock_requests
  for each statement execute function governance.capture_unlock_requests_changes();
alter table public.unlock_requests enable always trigger quality_capture_truncate;

create or replace function governance.capture_user_roles_changes() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.user_roles');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.user_roles', jsonb_build_object('id', id, 'user_id', user_id), 1 from new_rows as user_roles;
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.user_roles');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.user_roles', jsonb_build_object('id', id, 'user_id', user_id), sum(change)
      from (
        select id, user_id, -(1) as change
        from (select id, user_id, role, assigned_by from old_rows except select id, user_id, role, assigned_by from new_rows) as user_roles
        union all
        select id, user_id, 1
        from (select id, user_id, role, assigned_by from new_rows except select id, user_id, role, assigned_by from old_rows) as user_roles
      ) as both_images
      group by id, user_id;
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > 50000 then
      insert into governance.quality_changes (relation) values ('public.user_roles');
    else
      insert into governance.quality_changes (relation, image, live)
      select 'public.user_roles', jsonb_build_object('id', id, 'user_id', user_id), -(1) from old_rows as user_roles;
    end if;
  else
    insert into governance.quality_changes (relation) values ('public.user_roles');
  end if;
  return null;
end
$$;
comment on function governance.capture_user_roles_changes() is
  'Captures which rows of public.user_roles changed, for the checks that read it.';
revoke all on function governance.capture_user_roles_changes() from public;

create or replace trigger quality_capture_insert after insert on public.user_roles
  referencing new table as new_rows
  for each statement execute function governance.capture_user_roles_changes();
alter table public.user_roles enable always trigger quality_capture_insert;

create or replace trigger quality_capture_update after update on public.user_roles
  referencing old table as old_rows new table as new_rows
  for each statement execute function governance.capture_user_roles_changes();
alter table public.user_roles enable always trigger quality_capture_update;

create or replace trigger quality_capture_delete after delete on public.user_roles
  referencing old table as old_rows
  for each statement execute function governance.capture_user_roles_changes();
alter table public.user_roles enable always trigger quality_capture_delete;

create or replace trigger quality_capture_truncate after truncate on public.user_roles
  for each statement execute function governance.capture_user_roles_changes();
alter table public.user_roles enable always trigger quality_capture_truncate;
