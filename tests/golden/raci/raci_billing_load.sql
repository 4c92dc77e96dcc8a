-- Purpose: the RACI matrix of billing, as rows
-- Affects: rows of governance.raci_versions, raci_tasks, raci_assignments, raci_enforcements
-- Source: docs/raci/billing.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: make the version before active again in governance.raci_versions, module billing
-- Locks: row locks on the version before

update governance.raci_versions set is_active = false where module = 'billing' and is_active;
insert into governance.raci_versions (module, version, title, document_hash)
select 'billing', coalesce(max(version), 0) + 1, 'Billing',
  'adfdc04950eab27df1af5f098706a768ab3121136d22e226f7c280ded7481876'
from governance.raci_versions where module = 'billing';

insert into governance.raci_tasks (module, version, task, position, title, performed_by_system, procedural, sla, note)
select v.module, v.version, r.task, r.position, r.title, r.performed_by_system, r.procedural, r.sla, r.note
from governance.raci_versions v, (values
  ('enter_charge', 1, 'Enter Charge', '', '', 'Charge entry: within 2 days', ''),
  ('sign_charge', 2, 'Sign Charge', '', '', '', ''),
  ('write_off', 3, 'Write Off', 'A worker writes off what is old.', '', '', ''),
  ('delete_draft', 4, 'Delete Draft', '', '', '', ''),
  ('keep_prices', 5, 'Keep Prices', '', '', '', ''),
  ('explain_bill', 6, 'Explain Bill', '', 'A conversation.', '', '')
) r (task, position, title, performed_by_system, procedural, sla, note)
where v.module = 'billing' and v.is_active;

insert into governance.raci_assignments (module, version, task, role, duties, scope, note)
select v.module, v.version, r.task, r.role::public.app_role, r.duties::text[], r.scope::governance.raci_scope, r.note
from governance.raci_versions v, (values
  ('enter_charge', 'billing_staff', '{R,A}', 'all', ''),
  ('enter_charge', 'therapist', '{R}', 'own', 'Only for sessions of their own.'),
  ('enter_charge', 'client_user', '{I}', 'own', ''),
  ('sign_charge', 'billing_staff', '{A}', 'all', ''),
  ('sign_charge', 'supervisor', '{R}', 'supervisees', ''),
  ('write_off', 'billing_staff', '{A}', 'all', ''),
  ('write_off', 'therapist', '{C}', 'caseload', ''),
  ('delete_draft', 'billing_staff', '{R,A}', 'all', ''),
  ('keep_prices', 'billing_staff', '{R,A}', 'all', ''),
  ('keep_prices', 'client_user', '{I}', 'own', ''),
  ('explain_bill', 'billing_staff', '{R,A}', 'all', '')
) r (task, role, duties, scope, note)
where v.module = 'billing' and v.is_active;

insert into governance.raci_enforcements (module, version, task, position, table_name, command, description)
select v.module, v.version, r.task, r.position, r.table_name, r.command, r.description
from governance.raci_versions v, (values
  ('enter_charge', 0, 'charges', 'insert', 'new rows of charges'),
  ('enter_charge', 1, 'charges', 'update', 'charges.amount or units changes (from status Draft)'),
  ('sign_charge', 0, 'charges', 'update', 'charges.signed_at or signed_by is set'),
  ('sign_charge', 1, 'charges', 'update', 'charges.signed_at is cleared'),
  ('write_off', 0, 'charges', 'update', 'charges.status becomes Written Off (from status Draft or empty and is_final false)'),
  ('delete_draft', 0, 'charges', 'delete', 'deleting rows of charges (from status Draft)'),
  ('keep_prices', 0, 'prices', 'insert', 'new rows of prices'),
  ('keep_prices', 1, 'prices', 'update', 'prices.amount changes')
) r (task, position, table_name, command, description)
where v.module = 'billing' and v.is_active;
