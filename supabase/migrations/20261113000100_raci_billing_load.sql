-- Purpose: the RACI matrix of billing, as rows
-- Affects: rows of governance.raci_versions, raci_tasks, raci_assignments, raci_enforcements
-- Source: docs/raci/billing.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: make the version before active again in governance.raci_versions, module billing
-- Locks: row locks on the version before

update governance.raci_versions set is_active = false where module = 'billing' and is_active;
insert into governance.raci_versions (module, version, title, document_hash)
select 'billing', coalesce(max(version), 0) + 1, 'Billing',
  'f43f21bc69404b78226ca99ebf7194871feec36643bd867bcb056ec9ac936112'
from governance.raci_versions where module = 'billing';

insert into governance.raci_tasks (module, version, task, position, title, performed_by_system, procedural, sla, note)
select v.module, v.version, r.task, r.position, r.title, r.performed_by_system, r.procedural, r.sla, r.note
from governance.raci_versions v, (values
  ('view_charges', 1, 'View Charges', '', '', '', 'Clients see statements and payments; a charge carries diagnosis codes.'),
  ('enter_charge', 2, 'Enter Charge', '', '', 'Charge of a completed appointment: within 5 days', ''),
  ('correct_charge', 3, 'Correct Charge', '', '', '', ''),
  ('rework_denied_charge', 4, 'Rework Denied Charge', '', '', '', 'What a payer has seen is corrected by billing, who asks the clinician.'),
  ('void_charge', 5, 'Void Charge', '', '', '', 'Never deleted; a wrong charge stays visible as void.'),
  ('void_billed_charge', 6, 'Void Billed Charge', '', '', '', 'Segregation of duties. Else a void would be a write-off that nobody approved.'),
  ('view_claims', 7, 'View Claims', '', '', '', ''),
  ('prepare_claim', 8, 'Prepare Claim', '', '', '', ''),
  ('submit_claim', 9, 'Submit Claim', '', '', 'Claim submission: within 10 days', ''),
  ('record_adjudication', 10, 'Record Adjudication', '', '', '', ''),
  ('view_payments', 11, 'View Payments', '', '', '', ''),
  ('post_payment', 12, 'Post Payment', '', '', 'Payment posting: within 2 days', 'A wrong posting is reversed by another, never changed.'),
  ('take_payment', 13, 'Take Payment', '', '', '', 'Only a client''s own money; what payers send is posted by billing.'),
  ('post_adjustment', 14, 'Post Adjustment', '', '', '', 'Segregation of duties. Who posts payments does not also make balances vanish.'),
  ('settle_charge', 15, 'Settle Charge', '', '', '', ''),
  ('request_write_off', 16, 'Request Write-off or Adjustment', '', '', '', ''),
  ('approve_write_off', 17, 'Approve Write-off or Adjustment', '', '', 'Decision on a write-off: within 5 days', 'Segregation of duties: who asks does not approve, and nothing is written off that nobody asked for (a constraint of the table). What was paid is opened again first.'),
  ('view_statements', 18, 'View Statements', '', '', '', ''),
  ('generate_statement', 19, 'Generate Statement', '', '', 'Statement after the end of the month: within 10 days', '')
) r (task, position, title, performed_by_system, procedural, sla, note)
where v.module = 'billing' and v.is_active;

insert into governance.raci_assignments (module, version, task, role, duties, scope, note)
select v.module, v.version, r.task, r.role::public.app_role, r.duties::text[], r.scope::governance.raci_scope, r.note
from governance.raci_versions v, (values
  ('view_charges', 'therapist', '{R}', 'own', ''),
  ('view_charges', 'associate_trainee', '{R}', 'own', ''),
  ('view_charges', 'supervisor', '{R}', 'supervisees', ''),
  ('view_charges', 'administrator', '{R}', 'all', ''),
  ('view_charges', 'billing_staff', '{R,A}', 'all', ''),
  ('enter_charge', 'therapist', '{R}', 'own', ''),
  ('enter_charge', 'associate_trainee', '{R}', 'own', ''),
  ('enter_charge', 'supervisor', '{I}', 'supervisees', ''),
  ('enter_charge', 'administrator', '{I}', 'all', ''),
  ('enter_charge', 'billing_staff', '{R,A}', 'all', ''),
  ('correct_charge', 'therapist', '{R}', 'own', ''),
  ('correct_charge', 'associate_trainee', '{R}', 'own', ''),
  ('correct_charge', 'supervisor', '{I}', 'supervisees', ''),
  ('correct_charge', 'billing_staff', '{R,A}', 'all', ''),
  ('rework_denied_charge', 'therapist', '{C}', 'own', ''),
  ('rework_denied_charge', 'associate_trainee', '{C}', 'own', ''),
  ('rework_denied_charge', 'billing_staff', '{R,A}', 'all', ''),
  ('void_charge', 'therapist', '{I}', 'own', ''),
  ('void_charge', 'associate_trainee', '{I}', 'own', ''),
  ('void_charge', 'administrator', '{I}', 'all', ''),
  ('void_charge', 'billing_staff', '{R,A}', 'all', ''),
  ('void_billed_charge', 'administrator', '{R,A}', 'all', ''),
  ('void_billed_charge', 'billing_staff', '{C}', 'all', ''),
  ('view_claims', 'administrator', '{R}', 'all', ''),
  ('view_claims', 'billing_staff', '{R,A}', 'all', ''),
  ('prepare_claim', 'administrator', '{I}', 'all', ''),
  ('prepare_claim', 'billing_staff', '{R,A}', 'all', ''),
  ('submit_claim', 'therapist', '{I}', 'own', ''),
  ('submit_claim', 'associate_trainee', '{I}', 'own', ''),
  ('submit_claim', 'administrator', '{I}', 'all', ''),
  ('submit_claim', 'billing_staff', '{R,A}', 'all', ''),
  ('record_adjudication', 'administrator', '{I}', 'all', ''),
  ('record_adjudication', 'billing_staff', '{R,A}', 'all', ''),
  ('view_payments', 'front_desk', '{R}', 'all', ''),
  ('view_payments', 'administrator', '{R}', 'all', ''),
  ('view_payments', 'billing_staff', '{R,A}', 'all', ''),
  ('view_payments', 'client_user', '{I}', 'own', ''),
  ('post_payment', 'administrator', '{I}', 'all', ''),
  ('post_payment', 'billing_staff', '{R,A}', 'all', ''),
  ('post_payment', 'client_user', '{I}', 'own', ''),
  ('take_payment', 'front_desk', '{R,A}', 'all', ''),
  ('take_payment', 'billing_staff', '{I}', 'all', ''),
  ('take_payment', 'client_user', '{I}', 'own', ''),
  ('post_adjustment', 'administrator', '{R,A}', 'all', ''),
  ('post_adjustment', 'billing_staff', '{C}', 'all', ''),
  ('post_adjustment', 'client_user', '{I}', 'own', ''),
  ('settle_charge', 'administrator', '{I}', 'all', ''),
  ('settle_charge', 'billing_staff', '{R,A}', 'all', ''),
  ('request_write_off', 'administrator', '{I}', 'all', ''),
  ('request_write_off', 'billing_staff', '{R,A}', 'all', ''),
  ('approve_write_off', 'administrator', '{R,A}', 'all', ''),
  ('approve_write_off', 'billing_staff', '{I}', 'all', ''),
  ('view_statements', 'front_desk', '{R}', 'all', ''),
  ('view_statements', 'administrator', '{R}', 'all', ''),
  ('view_statements', 'billing_staff', '{R,A}', 'all', ''),
  ('view_statements', 'client_user', '{I}', 'own', ''),
  ('generate_statement', 'front_desk', '{I}', 'all', ''),
  ('generate_statement', 'administrator', '{I}', 'all', ''),
  ('generate_statement', 'billing_staff', '{R,A}', 'all', ''),
  ('generate_statement', 'client_user', '{I}', 'own', '')
) r (task, role, duties, scope, note)
where v.module = 'billing' and v.is_active;

insert into governance.raci_enforcements (module, version, task, position, table_name, command, description)
select v.module, v.version, r.task, r.position, r.table_name, r.command, r.description
from governance.raci_versions v, (values
  ('view_charges', 0, 'charge_entries', 'select', 'reading charge_entries'),
  ('enter_charge', 0, 'charge_entries', 'insert', 'new rows of charge_entries'),
  ('correct_charge', 0, 'charge_entries', 'update', 'charge_entries.appointment_id, note_id, service_date, cpt_code, modifiers, diagnosis_codes, units or charge_amount changes (from status Pending or Ready)'),
  ('correct_charge', 1, 'charge_entries', 'update', 'charge_entries.status becomes Pending or Ready (from status Pending or Ready)'),
  ('rework_denied_charge', 0, 'charge_entries', 'update', 'charge_entries.cpt_code, modifiers, diagnosis_codes, units or charge_amount changes (from status Denied)'),
  ('void_charge', 0, 'charge_entries', 'update', 'charge_entries.status becomes Void (from status Pending or Ready)'),
  ('void_billed_charge', 0, 'charge_entries', 'update', 'charge_entries.status becomes Void (from status Billed or Denied)'),
  ('view_claims', 0, 'insurance_claims', 'select', 'reading insurance_claims'),
  ('prepare_claim', 0, 'insurance_claims', 'insert', 'new rows of insurance_claims'),
  ('prepare_claim', 1, 'insurance_claims', 'update', 'insurance_claims.claim_number, payer_name or total_amount changes (from status Draft or Rejected)'),
  ('submit_claim', 0, 'insurance_claims', 'update', 'insurance_claims.status becomes Submitted (from status Draft or Rejected)'),
  ('submit_claim', 1, 'charge_entries', 'update', 'charge_entries.status becomes Billed (from status Pending, Ready or Denied)'),
  ('record_adjudication', 0, 'insurance_claims', 'update', 'insurance_claims.status becomes Accepted or Rejected (from status Submitted)'),
  ('record_adjudication', 1, 'insurance_claims', 'update', 'insurance_claims.status becomes Paid or Denied (from status Submitted, Accepted or Appealed)'),
  ('record_adjudication', 2, 'insurance_claims', 'update', 'insurance_claims.status becomes Appealed (from status Paid or Denied)'),
  ('record_adjudication', 3, 'insurance_claims', 'update', 'insurance_claims.status becomes Void (from status Draft, Submitted, Accepted, Rejected, Denied or Appealed)'),
  ('record_adjudication', 4, 'insurance_claims', 'update', 'insurance_claims.adjudicated_at changes (from status Paid or Denied)'),
  ('record_adjudication', 5, 'charge_entries', 'update', 'charge_entries.status becomes Denied (from status Billed)'),
  ('view_payments', 0, 'payment_records', 'select', 'reading payment_records'),
  ('post_payment', 0, 'payment_records', 'insert', 'new rows of payment_records'),
  ('take_payment', 0, 'payment_records', 'insert', 'new rows of payment_records'),
  ('post_adjustment', 0, 'payment_records', 'insert', 'new rows of payment_records'),
  ('settle_charge', 0, 'charge_entries', 'update', 'charge_entries.status becomes Paid (from status Billed, Ready or Denied)'),
  ('settle_charge', 1, 'charge_entries', 'update', 'charge_entries.status becomes Billed (from status Paid)'),
  ('request_write_off', 0, 'charge_entries', 'update', 'charge_entries.write_off_amount or write_off_reason changes (from status Billed or Denied)'),
  ('approve_write_off', 0, 'charge_entries', 'update', 'charge_entries.status becomes Written Off (from status Billed or Denied)'),
  ('view_statements', 0, 'client_statements', 'select', 'reading client_statements'),
  ('generate_statement', 0, 'client_statements', 'insert', 'new rows of client_statements'),
  ('generate_statement', 1, 'client_statements', 'update', 'client_statements.period_start, period_end or balance changes (from status Draft)'),
  ('generate_statement', 2, 'client_statements', 'update', 'client_statements.status becomes Sent (from status Draft)'),
  ('generate_statement', 3, 'client_statements', 'update', 'client_statements.status becomes Paid (from status Sent)'),
  ('generate_statement', 4, 'client_statements', 'update', 'client_statements.status becomes Void (from status Draft or Sent)')
) r (task, position, table_name, command, description)
where v.module = 'billing' and v.is_active;
