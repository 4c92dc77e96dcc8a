-- Purpose: retention rules as the data contracts have them
-- Affects: rows of public.data_retention_policies
-- Source: docs/data-contracts/*.odcs.yaml, by `mentalspace retention compile --write`
-- Reversal: load the rules of the previous file of this name
-- Locks: none that users feel

insert into public.data_retention_policies (
  data_type, table_name, retention_period_months, deletion_method, basis_columns,
  reason, subject_table, subject_column, ended_column, ended_values,
  birth_column, under_age, until_age, waits_for, apply_order,
  owner_position
) values (
  'audit_logs', 'phi_access_logs', 120, 'hard_delete', array['created_at']::text[],
  'ten years (production plan); 45 CFR 164.316(b)(2) asks for six', null, null, null, array[]::text[],
  null, null, null, array[]::text[], 0,
  'privacy_officer'
), (
  'clinical_notes', 'clinical_notes', 84, 'soft_delete', array['discharge_date', 'deceased_date']::text[],
  'seven years after discharge, minors until 25 (governance plan)', 'clients', 'client_id', 'status', array['Discharged', 'Deceased']::text[],
  'date_of_birth', 18, 25, array[]::text[], 0,
  'clinical_director'
), (
  'notification_preferences', 'notification_preferences', 1, 'hard_delete', array['deactivated_at']::text[],
  'one month after the person left; nobody is told any more', 'profiles', 'user_id', 'is_active', array['false']::text[],
  null, null, null, array[]::text[], 0,
  'release_manager'
), (
  'payment_records', 'payment_records', 120, 'soft_delete', array['payment_date']::text[],
  'ten years after the payment (42 CFR 422.504(d)(2)(iii), Medicare Advantage; tax law)', null, null, null, array[]::text[],
  null, null, null, array[]::text[], 0,
  'billing_manager'
), (
  'quality_results', 'data_quality_results', 72, 'hard_delete', array['check_date']::text[],
  'six years after the run; evidence that the controls ran (45 CFR 164.316(b)(2)(i))', null, null, null, array[]::text[],
  null, null, null, array[]::text[], 0,
  'release_manager'
), (
  'role_history', 'user_role_history', 120, 'hard_delete', array['revoked_at']::text[],
  'ten years after the role was taken (governance plan, audit trail)', null, null, 'revoked_at', array[]::text[],
  null, null, null, array[]::text[], 0,
  'security_administrator'
), (
  'session_data', 'api_logs', 1, 'hard_delete', array['created_at']::text[],
  'one month (production plan); traces of sessions, not part of the record', null, null, null, array[]::text[],
  null, null, null, array[]::text[], 0,
  'release_manager'
), (
  'user_roles', 'user_roles', 120, 'hard_delete', array['deactivated_at']::text[],
  'ten years after the person left (governance plan, audit trail)', 'profiles', 'user_id', 'is_active', array['false']::text[],
  null, null, null, array[]::text[], 0,
  'security_administrator'
), (
  'charge_entries', 'charge_entries', 120, 'soft_delete', array['service_date']::text[],
  'ten years after the service (governance plan, tax law); its payments first', null, null, null, array[]::text[],
  null, null, null, array['payment_records']::text[], 1,
  'billing_manager'
), (
  'appointments', 'appointments', 84, 'soft_delete', array['appointment_date']::text[],
  'seven years after the appointment (governance plan); its charges and notes first', null, null, null, array[]::text[],
  null, null, null, array['charge_entries', 'clinical_notes']::text[], 2,
  'scheduling_manager'
), (
  'insurance_claims', 'insurance_claims', 120, 'soft_delete', array['created_at', 'submitted_at', 'adjudicated_at']::text[],
  'ten years after the payer decided (42 CFR 422.504(d)(2)(iii), Medicare Advantage); its charges and payments first', null, null, null, array[]::text[],
  null, null, null, array['charge_entries', 'payment_records']::text[], 2,
  'billing_manager'
), (
  'client_records', 'clients', 84, 'soft_delete', array['discharge_date', 'deceased_date']::text[],
  'seven years after discharge, minors until 25 (governance plan); everything else of the client first', null, null, 'status', array['Discharged', 'Deceased']::text[],
  'date_of_birth', 18, 25, array['*']::text[], 3,
  'clinical_operations_manager'
)
on conflict (data_type) do update set
  table_name = excluded.table_name,
  retention_period_months = excluded.retention_period_months,
  deletion_method = excluded.deletion_method,
  basis_columns = excluded.basis_columns,
  reason = excluded.reason,
  subject_table = excluded.subject_table,
  subject_column = excluded.subject_column,
  ended_column = excluded.ended_column,
  ended_values = excluded.ended_values,
  birth_column = excluded.birth_column,
  under_age = excluded.under_age,
  until_age = excluded.until_age,
  waits_for = excluded.waits_for,
  apply_order = excluded.apply_order,
  owner_position = excluded.owner_position;

update public.data_retention_policies set is_active = false
where is_active and data_type <> all (array['appointments', 'audit_logs', 'charge_entries', 'client_records', 'clinical_notes', 'insurance_claims', 'notification_preferences', 'payment_records', 'quality_results', 'role_history', 'session_data', 'user_roles']::text[]);
