-- Purpose: every date is one of this calendar, every amount a number: infinity, a year before 1900 and NaN are refused
-- Affects: the tables of public that callers write (constraint <table>_calendar_check), those of them with amounts (<table>_amounts_check)
-- Source: no driver reads an infinite date or a year before 1, so that one such row of one caller ended the jobs that look at all of
--   them; NaN is above every limit, and a total with it is NaN
-- Reversal: alter table public.<table> drop constraint <table>_calendar_check; the same for <table>_amounts_check
-- Locks: access exclusive on each table while existing rows are read once

alter table public.appointment_requests
  add constraint appointment_requests_calendar_check check (
    least(
      requested_start_time, requested_end_time, decided_at,
      created_at, updated_at
    ) >= timestamptz '1900-01-01 00:00Z'
    and greatest(
      requested_start_time, requested_end_time, decided_at,
      created_at, updated_at
    ) < timestamptz '3000-01-01 00:00Z'
  );

alter table public.appointment_waitlist
  add constraint appointment_waitlist_calendar_check check (
    least(created_at, updated_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(created_at, updated_at) < timestamptz '3000-01-01 00:00Z'
  );

alter table public.appointments
  add constraint appointments_calendar_check check (
    least(
      start_time, end_time, cancelled_at, no_show_documented_at,
      created_date, updated_at, deleted_at
    ) >= timestamptz '1900-01-01 00:00Z'
    and greatest(
      start_time, end_time, cancelled_at, no_show_documented_at,
      created_date, updated_at, deleted_at
    ) < timestamptz '3000-01-01 00:00Z'
  );

alter table public.assessment_assignments
  add constraint assessment_assignments_calendar_check check (
    least(completed_at, reviewed_at, created_at, updated_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(completed_at, reviewed_at, created_at, updated_at) < timestamptz '3000-01-01 00:00Z'
    and due_date >= date '1900-01-01'
    and due_date < date '3000-01-01'
  ),
  add constraint assessment_assignments_amounts_check check (score <> 'NaN');

alter table public.blocked_times
  add constraint blocked_times_calendar_check check (
    least(start_time, end_time, created_at, updated_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(start_time, end_time, created_at, updated_at) < timestamptz '3000-01-01 00:00Z'
  );

alter table public.charge_entries
  add constraint charge_entries_calendar_check check (
    least(write_off_at, created_date, updated_at, deleted_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(write_off_at, created_date, updated_at, deleted_at) < timestamptz '3000-01-01 00:00Z'
    and service_date >= date '1900-01-01'
    and service_date < date '3000-01-01'
  ),
  add constraint charge_entries_amounts_check check (charge_amount <> 'NaN' and write_off_amount <> 'NaN');

alter table public.client_documents
  add constraint client_documents_calendar_check check (
    least(shared_at, created_at, updated_at, deleted_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(shared_at, created_at, updated_at, deleted_at) < timestamptz '3000-01-01 00:00Z'
  );

alter table public.client_portal_messages
  add constraint client_portal_messages_calendar_check check (
    least(read_at, created_at, updated_at, deleted_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(read_at, created_at, updated_at, deleted_at) < timestamptz '3000-01-01 00:00Z'
  );

alter table public.client_statements
  add constraint client_statements_calendar_check check (
    least(sent_at, created_at, updated_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(sent_at, created_at, updated_at) < timestamptz '3000-01-01 00:00Z'
    and least(period_start, period_end) >= date '1900-01-01'
    and greatest(period_start, period_end) < date '3000-01-01'
  ),
  add constraint client_statements_amounts_check check (balance <> 'NaN');

alter table public.clients
  add constraint clients_calendar_check check (
    least(created_at, updated_at, deleted_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(created_at, updated_at, deleted_at) < timestamptz '3000-01-01 00:00Z'
    and least(registration_date, discharge_date, deceased_date) >= date '1900-01-01'
    and greatest(registration_date, discharge_date, deceased_date) < date '3000-01-01'
  );

alter table public.clinical_notes
  add constraint clinical_notes_calendar_check check (
    least(signed_at, locked_at, created_at, updated_at, deleted_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(signed_at, locked_at, created_at, updated_at, deleted_at) < timestamptz '3000-01-01 00:00Z'
  );

alter table public.insurance_claims
  add constraint insurance_claims_calendar_check check (
    least(submitted_at, adjudicated_at, created_at, updated_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(submitted_at, adjudicated_at, created_at, updated_at) < timestamptz '3000-01-01 00:00Z'
  ),
  add constraint insurance_claims_amounts_check check (total_amount <> 'NaN');

alter table public.note_cosignatures
  add constraint note_cosignatures_calendar_check check (
    least(requested_at, decided_at, created_at, updated_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(requested_at, decided_at, created_at, updated_at) < timestamptz '3000-01-01 00:00Z'
  );

alter table public.notification_preferences
  add constraint notification_preferences_calendar_check check (
    least(created_at, updated_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(created_at, updated_at) < timestamptz '3000-01-01 00:00Z'
  );

alter table public.payment_records
  add constraint payment_records_calendar_check check (
    least(created_at, updated_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(created_at, updated_at) < timestamptz '3000-01-01 00:00Z'
    and payment_date >= date '1900-01-01'
    and payment_date < date '3000-01-01'
  ),
  add constraint payment_records_amounts_check check (amount <> 'NaN');

alter table public.profiles
  add constraint profiles_calendar_check check (
    least(deactivated_at, created_at, updated_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(deactivated_at, created_at, updated_at) < timestamptz '3000-01-01 00:00Z'
  );

alter table public.psychotherapy_notes
  add constraint psychotherapy_notes_calendar_check check (
    least(created_at, updated_at, deleted_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(created_at, updated_at, deleted_at) < timestamptz '3000-01-01 00:00Z'
    and session_date >= date '1900-01-01'
    and session_date < date '3000-01-01'
  );

alter table public.reminder_logs
  add constraint reminder_logs_calendar_check check (
    least(scheduled_for, sent_at, created_at, updated_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(scheduled_for, sent_at, created_at, updated_at) < timestamptz '3000-01-01 00:00Z'
  );

alter table public.service_codes
  add constraint service_codes_calendar_check check (
    least(created_at, updated_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(created_at, updated_at) < timestamptz '3000-01-01 00:00Z'
  ),
  add constraint service_codes_amounts_check check (standard_rate <> 'NaN');

alter table public.session_recordings
  add constraint session_recordings_calendar_check check (
    least(started_at, created_at, updated_at, deleted_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(started_at, created_at, updated_at, deleted_at) < timestamptz '3000-01-01 00:00Z'
  );

alter table public.supervision_relationships
  add constraint supervision_relationships_calendar_check check (
    least(created_at, updated_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(created_at, updated_at) < timestamptz '3000-01-01 00:00Z'
    and least(start_date, end_date) >= date '1900-01-01'
    and greatest(start_date, end_date) < date '3000-01-01'
  );

alter table public.telehealth_consents
  add constraint telehealth_consents_calendar_check check (
    least(
      consented_at, expires_at, revoked_at,
      verified_at, created_at, updated_at
    ) >= timestamptz '1900-01-01 00:00Z'
    and greatest(
      consented_at, expires_at, revoked_at,
      verified_at, created_at, updated_at
    ) < timestamptz '3000-01-01 00:00Z'
  );

alter table public.telehealth_sessions
  add constraint telehealth_sessions_calendar_check check (
    least(started_at, ended_at, created_at, updated_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(started_at, ended_at, created_at, updated_at) < timestamptz '3000-01-01 00:00Z'
  );

alter table public.unlock_requests
  add constraint unlock_requests_calendar_check check (
    least(requested_at, decided_at, created_at, updated_at, used_at) >= timestamptz '1900-01-01 00:00Z'
    and greatest(requested_at, decided_at, created_at, updated_at, used_at) < timestamptz '3000-01-01 00:00Z'
  );

alter table public.user_roles
  add constraint user_roles_calendar_check check (
    assigned_at >= timestamptz '1900-01-01 00:00Z'
    and assigned_at < timestamptz '3000-01-01 00:00Z'
  );
