-- Purpose: the RACI matrix of billing, as rows
-- Affects: rows of governance.raci_versions, raci_tasks, raci_assignments, raci_enforcements, raci_promises, raci_escalations
-- Source: docs/raci/billing.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: make the version before active again in governance.raci_versions, module billing
-- Locks: row locks on the version before

update governance.raci_versions set is_active = false where module = 'billing' and is_active;
insert into governance.raci_versions (module, version, title, document_hash)
select 'billing', coalesce(max(version), 0) + 1, 'Billing',
  '5427f94931de80c6c8231ebea4c4614fa98ba9fc14f7b8311d12e2a75051856c'
from governance.raci_versions where module = 'billing';

insert into governance.raci_tasks (module, version, task, position, title, performed_by_system, procedural, sla, note)
select v.module, v.version, r.task, r.position, r.title, r.performed_by_system, r.procedural, r.sla, r.note
from governance.raci_versions v, (values
  ('enter_charge', 1, 'Enter Charge', '', '', 'Charge entry: within 2 days', ''),
  ('sign_charge', 2, 'Sign Charge', '', '', 'Signature: within 2 days', ''),
  ('write_off', 3, 'Write Off', 'A worker writes off what is old.', '', '', ''),
  ('delete_draft', 4, 'Delete Draft', '', '', '', ''),
  ('keep_prices', 5, 'Keep Prices', '', '', 'Price before the charge: at least 1 week before created_at', ''),
  ('propose_price', 6, 'Propose Price', '', '', '', ''),
  ('explain_bill', 7, 'Explain Bill', '', 'A conversation.', '', '')
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
  ('propose_price', 'billing_staff', '{A}', 'all', ''),
  ('propose_price', 'therapist', '{R}', 'caseload', ''),
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
  ('keep_prices', 1, 'prices', 'update', 'prices.amount changes'),
  ('propose_price', 0, 'prices', 'insert', 'new rows of prices'),
  ('propose_price', 1, 'prices', 'update', 'prices.amount changes')
) r (task, position, table_name, command, description)
where v.module = 'billing' and v.is_active;

insert into governance.raci_promises (module, version, task, promise, owner, table_name, statement, unmeasured, severity, remedy, remind, rule)
select v.module, v.version, r.task, r.promise, r.owner, r.table_name, r.statement, r.unmeasured, r.severity, r.remedy, r.remind::interval, r.rule
from governance.raci_versions v, (values
  ('enter_charge', 'Charge entry: within 2 days', 'billing_manager', null, null, 'Nothing says when the session was.', 'medium', '', null, null),
  ('sign_charge', 'Signature: within 2 days', 'billing_manager', 'charges', 'select line.id::text, (((date_trunc(''month'', line.created_at::timestamp) + interval ''1 month'') + interval ''2 days'') at time zone $3),
  array_remove(array[line.provider_id]::uuid[], null), line.client_id
from public.charges as line
where (deleted_at is null)
  and line.status in (''Draft'', ''Bill''''d'')
  and line.is_final = false
  and line.provider_id is not null
  and (((date_trunc(''month'', line.created_at::timestamp) + interval ''1 month'') + interval ''2 days'') at time zone $3) < $2
  and line.signed_at is null', '', 'high', 'Sign the charge.', '12 hours', 'charges.unsigned'),
  ('keep_prices', 'Price before the charge: at least 1 week before created_at', 'billing_manager', 'charges', 'select line.id::text, greatest(((line.created_at at time zone $3 - interval ''1 week'') at time zone $3), (line.updated_at + interval ''1 hour'')),
  array_remove(array[line.provider_id]::uuid[], null), line.client_id
from public.charges as line
where (deleted_at is null)
  and exists (select from public.clients as client where client.id = line.client_id and client.portal_user_id = line.created_by)
  and greatest(((line.created_at at time zone $3 - interval ''1 week'') at time zone $3), (line.updated_at + interval ''1 hour'')) < $2
  and line.created_at > $1
  and not exists (
    select from public.prices as done
    where done.code = line.reason and (done.amount is null or done.amount >= line.amount) and (done.code is null or done.code = ''Session'') and done.amount is not null
  )', '', 'medium', 'Set a price.', null, null)
) r (task, promise, owner, table_name, statement, unmeasured, severity, remedy, remind, rule)
where v.module = 'billing' and v.is_active;

insert into governance.raci_escalations (module, version, position, title, path, patience, answers)
select v.module, v.version, r.position, r.title, r.path::text[], r.patience::interval[], r.answers::text[]
from governance.raci_versions v, (values
  (1, 'Dispute', '{therapist,billing_staff,billing_manager}', '{"1 hour","4 hours","1 day"}', '{sign_charge,data_quality}'),
  (2, 'Price Missing', '{billing_staff,billing_manager}', '{"2 days","2 days"}', '{keep_prices}')
) r (position, title, path, patience, answers)
where v.module = 'billing' and v.is_active;
