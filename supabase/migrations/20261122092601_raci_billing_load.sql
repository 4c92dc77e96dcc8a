-- Purpose: the RACI matrix of billing, as rows
-- Affects: rows of governance.raci_versions, raci_tasks, raci_assignments, raci_enforcements, raci_promises, raci_escalations
-- Source: docs/raci/billing.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: make the version before active again in governance.raci_versions, module billing
-- Locks: row locks on the version before

update governance.raci_versions set is_active = false where module = 'billing' and is_active;
insert into governance.raci_versions (module, version, title, document_hash)
select 'billing', coalesce(max(version), 0) + 1, 'Billing',
  '7e6606dd09cb2102f397d039c5a03e83fbedd659d8b5b6c16e48376cc4c5bd70'
from governance.raci_versions where module = 'billing';

insert into governance.raci_tasks (module, version, task, position, title, performed_by_system, procedural, sla, note)
select v.module, v.version, r.task, r.position, r.title, r.performed_by_system, r.procedural, r.sla, r.note
from governance.raci_versions v, (values
  ('view_charges', 1, 'View Charges', '', '', '', 'Clients see statements and payments; a charge carries diagnosis codes.'),
  ('enter_charge', 2, 'Enter Charge', '', '', 'Charge of a completed appointment: within 5 days', ''),
  ('correct_charge', 3, 'Correct Charge', '', '', '', 'Clinicians answer for what was coded in their name, so they are told when billing corrects it.'),
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
  ('view_statements', 18, 'View Statements', '', '', '', 'Clients see what was sent and what is paid; drafts and void ones are the practice''s own (client_sees).'),
  ('generate_statement', 19, 'Generate Statement', '', '', '', 'A draft is the practice''s own; clients hear of what is sent to them.'),
  ('send_statement', 20, 'Send Statement', '', '', 'Statement after the end of the month: within 10 days', ''),
  ('close_statement', 21, 'Close Statement', '', '', '', '')
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
  ('correct_charge', 'therapist', '{R,I}', 'own', ''),
  ('correct_charge', 'associate_trainee', '{R,I}', 'own', ''),
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
  ('send_statement', 'front_desk', '{I}', 'all', ''),
  ('send_statement', 'administrator', '{I}', 'all', ''),
  ('send_statement', 'billing_staff', '{R,A}', 'all', ''),
  ('send_statement', 'client_user', '{I}', 'own', ''),
  ('close_statement', 'front_desk', '{I}', 'all', ''),
  ('close_statement', 'administrator', '{I}', 'all', ''),
  ('close_statement', 'billing_staff', '{R,A}', 'all', ''),
  ('close_statement', 'client_user', '{I}', 'own', '')
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
  ('generate_statement', 2, 'client_statements', 'update', 'client_statements.status becomes Void (from status Draft)'),
  ('send_statement', 0, 'client_statements', 'update', 'client_statements.status becomes Sent (from status Draft)'),
  ('close_statement', 0, 'client_statements', 'update', 'client_statements.status becomes Paid or Void (from status Sent)')
) r (task, position, table_name, command, description)
where v.module = 'billing' and v.is_active;

insert into governance.raci_promises (module, version, task, promise, owner, table_name, statement, unmeasured, severity, remedy, remind, rule)
select v.module, v.version, r.task, r.promise, r.owner, r.table_name, r.statement, r.unmeasured, r.severity, r.remedy, r.remind::interval, r.rule
from governance.raci_versions v, (values
  ('enter_charge', 'Charge of a completed appointment: within 5 days', 'billing_manager', 'appointments', 'select line.id::text, ((line.end_time at time zone $3 + interval ''5 days'') at time zone $3),
  array_remove(array[line.provider_id]::uuid[], null), line.client_id
from public.appointments as line
where (deleted_at is null)
  and line.status = ''Completed''
  and ((line.end_time at time zone $3 + interval ''5 days'') at time zone $3) < $2
  and not exists (
    select from public.charge_entries as done
    where (deleted_at is null) and done.appointment_id = line.id
  )', '', 'medium', 'Enter the charge, or one of zero that is void when nothing is owed.', '1 day', null),
  ('submit_claim', 'Claim submission: within 10 days', 'billing_manager', 'insurance_claims', 'select line.id::text, ((line.created_at at time zone $3 + interval ''10 days'') at time zone $3),
  array_remove(array[]::uuid[], null), line.client_id
from public.insurance_claims as line
where (deleted_at is null)
  and line.status = ''Draft''
  and ((line.created_at at time zone $3 + interval ''10 days'') at time zone $3) < $2
  and line.submitted_at is null', '', 'medium', 'Submit the claim, or void it.', '2 days', null),
  ('post_payment', 'Payment posting: within 2 days', 'billing_manager', 'insurance_claims', 'select line.id::text, ((line.adjudicated_at at time zone $3 + interval ''2 days'') at time zone $3),
  array_remove(array[]::uuid[], null), line.client_id
from public.insurance_claims as line
where (deleted_at is null)
  and line.status = ''Paid''
  and ((line.adjudicated_at at time zone $3 + interval ''2 days'') at time zone $3) < $2
  and not exists (
    select from public.payment_records as done
    where (deleted_at is null) and done.claim_id = line.id
  )', '', 'medium', 'Post what the payer paid on the claim.', null, null),
  ('approve_write_off', 'Decision on a write-off: within 5 days', 'billing_manager', null, null, 'A charge names who asks for a write-off, not when.', 'medium', '', null, null),
  ('send_statement', 'Statement after the end of the month: within 10 days', 'billing_manager', 'client_statements', 'select line.id::text, (((date_trunc(''month'', line.period_end::timestamp) + interval ''1 month'') + interval ''10 days'') at time zone $3),
  array_remove(array[]::uuid[], null), line.client_id
from public.client_statements as line
where line.status = ''Draft''
  and (((date_trunc(''month'', line.period_end::timestamp) + interval ''1 month'') + interval ''10 days'') at time zone $3) < $2
  and line.sent_at is null', '', 'medium', 'Send the statement, or void it.', '3 days', null)
) r (task, promise, owner, table_name, statement, unmeasured, severity, remedy, remind, rule)
where v.module = 'billing' and v.is_active;

insert into governance.raci_escalations (module, version, position, title, path, patience, answers)
select v.module, v.version, r.position, r.title, r.path::text[], r.patience::interval[], r.answers::text[]
from governance.raci_versions v, (values
  (1, 'Claim Denied', '{billing_staff,billing_manager,clinical_director}', '{}', '{}'),
  (2, 'Client Disputes a Balance', '{front_desk,billing_staff,billing_manager}', '{}', '{}'),
  (3, 'System Issue', '{billing_staff,it_support,administrator}', '{}', '{}'),
  (4, 'Billing Overdue', '{billing_staff,billing_manager,clinical_director}', '{"1 day","1 day","1 day"}', '{enter_charge,submit_claim,post_payment,send_statement}'),
  (5, 'Wrong Data', '{billing_manager,clinical_director}', '{}', '{data_quality}')
) r (position, title, path, patience, answers)
where v.module = 'billing' and v.is_active;
