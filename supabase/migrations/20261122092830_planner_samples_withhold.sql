-- Purpose: the planner keeps no samples of names, addresses and free text
-- Affects: text columns of the tables that callers read, and clients.date_of_birth: statistics target 0
-- Source: REST answers Prefer: count=planned with the planner's estimate. It comes from samples of all rows, whoever asks, where the
--   operator is leakproof (= < >), so that a client could guess the e-mail addresses of others one by one. No query is planned by them.
-- Reversal: alter table public.<table> alter column <column> set statistics -1
-- Locks: share update exclusive on each table, for an instant

alter table public.appointment_requests
  alter column appointment_type set statistics 0,
  alter column reason set statistics 0;

alter table public.appointment_waitlist
  alter column appointment_type set statistics 0,
  alter column notes set statistics 0;

alter table public.appointments
  alter column cancellation_reason set statistics 0,
  alter column notes set statistics 0;

alter table public.assessment_assignments
  alter column assessment_name set statistics 0;

alter table public.blocked_times
  alter column reason set statistics 0;

alter table public.charge_entries
  alter column write_off_reason set statistics 0;

alter table public.client_documents
  alter column storage_path set statistics 0,
  alter column title set statistics 0;

alter table public.client_portal_messages
  alter column body set statistics 0,
  alter column subject set statistics 0;

alter table public.client_statements
  alter column statement_number set statistics 0;

alter table public.clients
  alter column address_line_1 set statistics 0,
  alter column address_line_2 set statistics 0,
  alter column city set statistics 0,
  alter column date_of_birth set statistics 0,
  alter column discharge_reason set statistics 0,
  alter column email set statistics 0,
  alter column first_name set statistics 0,
  alter column insurance_member_id set statistics 0,
  alter column insurance_payer_name set statistics 0,
  alter column last_name set statistics 0,
  alter column medical_record_number set statistics 0,
  alter column middle_name set statistics 0,
  alter column postal_code set statistics 0,
  alter column preferred_name set statistics 0,
  alter column pronouns set statistics 0,
  alter column ssn_encrypted set statistics 0,
  alter column state set statistics 0;

alter table public.clinical_notes
  alter column title set statistics 0;

alter table public.insurance_claims
  alter column claim_number set statistics 0,
  alter column payer_name set statistics 0;

alter table public.note_cosignatures
  alter column comments set statistics 0;

alter table public.payment_records
  alter column reference_number set statistics 0;

alter table public.profiles
  alter column email set statistics 0,
  alter column first_name set statistics 0,
  alter column last_name set statistics 0,
  alter column npi set statistics 0,
  alter column phone_number set statistics 0,
  alter column title set statistics 0;

alter table public.session_recordings
  alter column storage_path set statistics 0;

alter table public.telehealth_consents
  alter column document_version set statistics 0;

alter table public.telehealth_sessions
  alter column room_name set statistics 0,
  alter column support_notes set statistics 0;

alter table public.unlock_requests
  alter column decision_reason set statistics 0,
  alter column reason set statistics 0;
