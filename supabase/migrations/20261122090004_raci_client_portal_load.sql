-- Purpose: the RACI matrix of client_portal, as rows
-- Affects: rows of governance.raci_versions, raci_tasks, raci_assignments, raci_enforcements, raci_promises, raci_escalations
-- Source: docs/raci/client_portal.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: make the version before active again in governance.raci_versions, module client_portal
-- Locks: row locks on the version before

update governance.raci_versions set is_active = false where module = 'client_portal' and is_active;
insert into governance.raci_versions (module, version, title, document_hash)
select 'client_portal', coalesce(max(version), 0) + 1, 'Client Portal',
  'a721530f055db4e5719f93bdb25fcb45b022ff1c5132d54ef8455db37525ffb8'
from governance.raci_versions where module = 'client_portal';

insert into governance.raci_tasks (module, version, task, position, title, performed_by_system, procedural, sla, note)
select v.module, v.version, r.task, r.position, r.title, r.performed_by_system, r.procedural, r.sla, r.note
from governance.raci_versions v, (values
  ('create_portal_account', 1, 'Create Portal Account', '', '', 'Portal invitation: within 1 day', 'Nobody gives a client''s record to their own login. Switched off (portal_enabled), a login reaches nothing of the record from its next statement on; taken from the record (portal_user_id), it never does again.'),
  ('view_messages', 2, 'View Messages', '', '', '', 'Messages are part of care; the front desk has its own telephone.'),
  ('send_message', 3, 'Send Message', '', '', 'Answer to a client: within 2 days', 'Whoever may write is told what the others wrote. What is sent stays as it is; the sender is who writes. A clinician to whom a client wrote reads the message and answers it, whoever the primary therapist is; nobody else begins one outside their caseload.'),
  ('mark_message_read', 4, 'Mark Message as Read', '', '', '', 'Nobody marks their own message as read, and nobody is told; who looks at the message sees it.'),
  ('view_documents', 5, 'View Documents', '', '', '', 'No client holds a duty here, since it would open what is not shared as well; see View Shared Documents.'),
  ('share_document', 6, 'Share Document', '', '', '', ''),
  ('view_shared_documents', 7, 'View Shared Documents', '', 'The view public.shared_documents shows a client''s login the documents that are shared with it and not deleted. Row-level security of client_documents itself knows whose a row is, not whether it is shared.', '', ''),
  ('view_appointment_requests', 8, 'View Appointment Requests', '', '', '', ''),
  ('request_appointment', 9, 'Request Appointment', '', '', '', 'The front desk enters requests that come by telephone, and is told of those that come by the portal.'),
  ('decide_appointment_request', 10, 'Decide Appointment Request', '', '', 'Answer to a request: within 1 day', ''),
  ('view_assessments', 11, 'View Assessments', '', '', '', ''),
  ('assign_assessment', 12, 'Assign Assessment', '', '', '', ''),
  ('complete_assessment', 13, 'Complete Assessment', '', '', '', 'The client''s own words; staff review and never answer.'),
  ('review_assessment', 14, 'Review Assessment', '', '', 'Review of an assessment: within 7 days', '')
) r (task, position, title, performed_by_system, procedural, sla, note)
where v.module = 'client_portal' and v.is_active;

insert into governance.raci_assignments (module, version, task, role, duties, scope, note)
select v.module, v.version, r.task, r.role::public.app_role, r.duties::text[], r.scope::governance.raci_scope, r.note
from governance.raci_versions v, (values
  ('create_portal_account', 'front_desk', '{R,A}', 'all', ''),
  ('create_portal_account', 'therapist', '{I}', 'caseload', ''),
  ('create_portal_account', 'associate_trainee', '{I}', 'caseload', ''),
  ('create_portal_account', 'administrator', '{R}', 'all', ''),
  ('create_portal_account', 'client_user', '{I}', 'own', ''),
  ('view_messages', 'therapist', '{R,A}', 'caseload', ''),
  ('view_messages', 'associate_trainee', '{R}', 'caseload', ''),
  ('view_messages', 'supervisor', '{R}', 'supervisees', ''),
  ('view_messages', 'client_user', '{R}', 'own', ''),
  ('send_message', 'therapist', '{R,A,I}', 'caseload', ''),
  ('send_message', 'associate_trainee', '{R,I}', 'caseload', ''),
  ('send_message', 'supervisor', '{I}', 'supervisees', ''),
  ('send_message', 'client_user', '{R,I}', 'own', ''),
  ('mark_message_read', 'therapist', '{R,A}', 'caseload', ''),
  ('mark_message_read', 'associate_trainee', '{R}', 'caseload', ''),
  ('mark_message_read', 'client_user', '{R}', 'own', ''),
  ('view_documents', 'front_desk', '{R,A}', 'all', ''),
  ('view_documents', 'therapist', '{R}', 'caseload', ''),
  ('view_documents', 'associate_trainee', '{R}', 'caseload', ''),
  ('view_documents', 'supervisor', '{R}', 'supervisees', ''),
  ('view_documents', 'administrator', '{R}', 'all', ''),
  ('share_document', 'front_desk', '{R,A}', 'all', ''),
  ('share_document', 'therapist', '{R}', 'caseload', ''),
  ('share_document', 'associate_trainee', '{R}', 'caseload', ''),
  ('share_document', 'supervisor', '{I}', 'supervisees', ''),
  ('share_document', 'administrator', '{R}', 'all', ''),
  ('view_shared_documents', 'client_user', '{R,A}', 'own', ''),
  ('view_appointment_requests', 'front_desk', '{R,A}', 'all', ''),
  ('view_appointment_requests', 'therapist', '{R}', 'caseload', ''),
  ('view_appointment_requests', 'associate_trainee', '{R}', 'caseload', ''),
  ('view_appointment_requests', 'supervisor', '{R}', 'supervisees', ''),
  ('view_appointment_requests', 'administrator', '{I}', 'all', ''),
  ('view_appointment_requests', 'client_user', '{R}', 'own', ''),
  ('request_appointment', 'front_desk', '{R,A,I}', 'all', ''),
  ('request_appointment', 'therapist', '{I}', 'caseload', ''),
  ('request_appointment', 'associate_trainee', '{I}', 'caseload', ''),
  ('request_appointment', 'client_user', '{R}', 'own', ''),
  ('decide_appointment_request', 'front_desk', '{R,A}', 'all', ''),
  ('decide_appointment_request', 'therapist', '{R,I}', 'caseload', ''),
  ('decide_appointment_request', 'associate_trainee', '{R,I}', 'caseload', ''),
  ('decide_appointment_request', 'supervisor', '{I}', 'supervisees', ''),
  ('decide_appointment_request', 'client_user', '{I}', 'own', ''),
  ('view_assessments', 'therapist', '{R,A}', 'caseload', ''),
  ('view_assessments', 'associate_trainee', '{R}', 'caseload', ''),
  ('view_assessments', 'supervisor', '{R}', 'supervisees', ''),
  ('view_assessments', 'client_user', '{R}', 'own', ''),
  ('assign_assessment', 'therapist', '{R,A}', 'caseload', ''),
  ('assign_assessment', 'associate_trainee', '{R}', 'caseload', ''),
  ('assign_assessment', 'supervisor', '{I}', 'supervisees', ''),
  ('assign_assessment', 'client_user', '{I}', 'own', ''),
  ('complete_assessment', 'therapist', '{I}', 'caseload', ''),
  ('complete_assessment', 'associate_trainee', '{I}', 'caseload', ''),
  ('complete_assessment', 'client_user', '{R,A}', 'own', ''),
  ('review_assessment', 'therapist', '{R,A}', 'caseload', ''),
  ('review_assessment', 'associate_trainee', '{R}', 'caseload', ''),
  ('review_assessment', 'supervisor', '{I}', 'supervisees', '')
) r (task, role, duties, scope, note)
where v.module = 'client_portal' and v.is_active;

insert into governance.raci_enforcements (module, version, task, position, table_name, command, description)
select v.module, v.version, r.task, r.position, r.table_name, r.command, r.description
from governance.raci_versions v, (values
  ('create_portal_account', 0, 'clients', 'update', 'clients.portal_user_id or portal_enabled changes'),
  ('view_messages', 0, 'client_portal_messages', 'select', 'reading client_portal_messages'),
  ('send_message', 0, 'client_portal_messages', 'insert', 'new rows of client_portal_messages'),
  ('mark_message_read', 0, 'client_portal_messages', 'update', 'client_portal_messages.read_at is set'),
  ('view_documents', 0, 'client_documents', 'select', 'reading client_documents'),
  ('share_document', 0, 'client_documents', 'insert', 'new rows of client_documents'),
  ('share_document', 1, 'client_documents', 'update', 'client_documents.is_shared changes'),
  ('share_document', 2, 'client_documents', 'update', 'client_documents.title or document_type changes'),
  ('view_appointment_requests', 0, 'appointment_requests', 'select', 'reading appointment_requests'),
  ('request_appointment', 0, 'appointment_requests', 'insert', 'new rows of appointment_requests'),
  ('request_appointment', 1, 'appointment_requests', 'update', 'appointment_requests.status becomes Withdrawn (from status Pending)'),
  ('decide_appointment_request', 0, 'appointment_requests', 'update', 'appointment_requests.status becomes Approved or Declined (from status Pending)'),
  ('view_assessments', 0, 'assessment_assignments', 'select', 'reading assessment_assignments'),
  ('assign_assessment', 0, 'assessment_assignments', 'insert', 'new rows of assessment_assignments'),
  ('assign_assessment', 1, 'assessment_assignments', 'update', 'assessment_assignments.due_date changes (from status Assigned or In Progress)'),
  ('assign_assessment', 2, 'assessment_assignments', 'update', 'assessment_assignments.status becomes Cancelled (from status Assigned or In Progress)'),
  ('complete_assessment', 0, 'assessment_assignments', 'update', 'assessment_assignments.status becomes In Progress (from status Assigned)'),
  ('complete_assessment', 1, 'assessment_assignments', 'update', 'assessment_assignments.status becomes Completed (from status Assigned or In Progress)'),
  ('complete_assessment', 2, 'assessment_assignments', 'update', 'assessment_assignments.responses changes (from status In Progress)'),
  ('review_assessment', 0, 'assessment_assignments', 'update', 'assessment_assignments.status becomes Reviewed (from status Completed)')
) r (task, position, table_name, command, description)
where v.module = 'client_portal' and v.is_active;

insert into governance.raci_promises (module, version, task, promise, owner, table_name, statement, unmeasured, severity, remedy, remind, rule)
select v.module, v.version, r.task, r.promise, r.owner, r.table_name, r.statement, r.unmeasured, r.severity, r.remedy, r.remind::interval, r.rule
from governance.raci_versions v, (values
  ('create_portal_account', 'Portal invitation: within 1 day', 'clinical_operations_manager', null, null, 'Nothing records when a client asks for an account.', 'medium', '', null, null),
  ('send_message', 'Answer to a client: within 2 days', 'clinical_operations_manager', 'client_portal_messages', 'select line.id::text, ((line.created_at at time zone $3 + interval ''2 days'') at time zone $3),
  array_remove(array[line.sender_id, line.recipient_id]::uuid[], null), line.client_id
from public.client_portal_messages as line
where (deleted_at is null)
  and exists (select from public.clients as client where client.id = line.client_id and client.portal_user_id = line.sender_id)
  and ((line.created_at at time zone $3 + interval ''2 days'') at time zone $3) < $2
  and not exists (
    select from public.client_portal_messages as done
    where (deleted_at is null) and done.client_id = line.client_id and done.created_at > line.created_at and done.sender_id <> line.sender_id
  )', '', 'medium', 'Answer the client, if only to say that nothing more is to do.', '12 hours', null),
  ('decide_appointment_request', 'Answer to a request: within 1 day', 'clinical_operations_manager', 'appointment_requests', 'select line.id::text, ((line.created_at at time zone $3 + interval ''1 day'') at time zone $3),
  array_remove(array[]::uuid[], null), line.client_id
from public.appointment_requests as line
where line.status = ''Pending''
  and ((line.created_at at time zone $3 + interval ''1 day'') at time zone $3) < $2
  and line.decided_at is null', '', 'medium', 'Book what was asked for, or decline it.', '4 hours', null),
  ('review_assessment', 'Review of an assessment: within 7 days', 'clinical_operations_manager', 'assessment_assignments', 'select line.id::text, ((line.completed_at at time zone $3 + interval ''7 days'') at time zone $3),
  array_remove(array[]::uuid[], null), line.client_id
from public.assessment_assignments as line
where line.status = ''Completed''
  and ((line.completed_at at time zone $3 + interval ''7 days'') at time zone $3) < $2
  and line.reviewed_at is null', '', 'medium', 'Read the answers, score and review them.', '2 days', null)
) r (task, promise, owner, table_name, statement, unmeasured, severity, remedy, remind, rule)
where v.module = 'client_portal' and v.is_active;

insert into governance.raci_escalations (module, version, position, title, path, patience, answers)
select v.module, v.version, r.position, r.title, r.path::text[], r.patience::interval[], r.answers::text[]
from governance.raci_versions v, (values
  (1, 'Client Cannot Sign In', '{front_desk,it_support,administrator}', '{}', '{}'),
  (2, 'Message About Danger to Self or Others', '{therapist,supervisor,clinical_operations_manager}', '{}', '{}'),
  (3, 'Document Shared with the Wrong Client', '{front_desk,privacy_officer}', '{}', '{}'),
  (4, 'Client Waits for an Answer', '{therapist,supervisor,clinical_operations_manager}', '{"8 hours","8 hours","8 hours"}', '{send_message,review_assessment}'),
  (5, 'Request Not Decided', '{front_desk,clinical_operations_manager}', '{"4 hours","4 hours"}', '{decide_appointment_request}'),
  (6, 'Wrong Data', '{clinical_operations_manager,privacy_officer}', '{}', '{data_quality}')
) r (position, title, path, patience, answers)
where v.module = 'client_portal' and v.is_active;
