-- Purpose: the RACI matrix of clinical_notes, as rows
-- Affects: rows of governance.raci_versions, raci_tasks, raci_assignments, raci_enforcements, raci_promises, raci_escalations
-- Source: docs/raci/clinical_notes.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: make the version before active again in governance.raci_versions, module clinical_notes
-- Locks: row locks on the version before

update governance.raci_versions set is_active = false where module = 'clinical_notes' and is_active;
insert into governance.raci_versions (module, version, title, document_hash)
select 'clinical_notes', coalesce(max(version), 0) + 1, 'Clinical Notes',
  '6307bc83f001f000a63af052a208dc4842ca9de9c4f549dd918ddf9949b077be'
from governance.raci_versions where module = 'clinical_notes';

insert into governance.raci_tasks (module, version, task, position, title, performed_by_system, procedural, sla, note)
select v.module, v.version, r.task, r.position, r.title, r.performed_by_system, r.procedural, r.sla, r.note
from governance.raci_versions v, (values
  ('view_notes', 1, 'View Notes', '', '', '', 'Colleagues'' notes on clients of the own caseload too; that is what continuity of care needs.'),
  ('create_note', 2, 'Create Note', '', '', 'Note of a completed appointment: within 72 hours', 'Responsible and Accountable as in the plan''s code. Nobody writes in a colleague''s name.'),
  ('edit_note', 3, 'Edit Note', '', '', '', 'What is signed is amended by a new note, or unlocked first; it is never rewritten.'),
  ('submit_note', 4, 'Submit Note for Review', '', '', '', ''),
  ('sign_note', 5, 'Sign Note', '', '', '', 'Only the author signs. A trainee''s signature asks for a co-signature.'),
  ('lock_note', 6, 'Lock Note', '', '', '', 'A supervisor locks when the co-signature is done, a therapist their own; whose note another locks is told.'),
  ('view_cosignatures', 7, 'View Co-signatures', '', '', '', ''),
  ('request_cosignature', 8, 'Request Co-signature', '', '', '', 'Therapists who work toward a licence ask as well; each for a note of their own.'),
  ('cosign_note', 9, 'Co-sign Note', '', '', 'Co-signature: within 7 days', 'As in the plan''s code. Nobody co-signs their own work. The row names who was asked; once decided, who did it, since the supervisor of an absent supervisor may.'),
  ('view_unlock_requests', 10, 'View Unlock Requests', '', '', '', ''),
  ('request_unlock', 11, 'Request Unlock', '', '', '', ''),
  ('decide_unlock', 12, 'Approve or Deny Unlock', '', '', 'Decision on an unlock request: within 2 days', 'Nobody decides on their own request.'),
  ('unlock_note', 13, 'Unlock Note', '', '', '', 'Of a supervisee, never one''s own, and only on a request for this note that somebody else approved; one approval unlocks once (used_at). Signature and lock are taken off; the request says who asked, why, and who decided.'),
  ('view_psychotherapy_notes', 14, 'View Psychotherapy Notes', '', '', '', 'Seen by their author alone; others need the client''s authorization even for treatment (45 CFR 164.508(a)(2)). No other role reads them, in any scope.'),
  ('write_psychotherapy_notes', 15, 'Write Psychotherapy Notes', '', '', '', ''),
  ('monitor_note_compliance', 16, 'Monitor Note Compliance', '', 'The checks of the contracts (completed_without_note, late_note, review_overdue) measure it every morning and alert the owner; looking at a note that is named there is View Notes.', '', '')
) r (task, position, title, performed_by_system, procedural, sla, note)
where v.module = 'clinical_notes' and v.is_active;

insert into governance.raci_assignments (module, version, task, role, duties, scope, note)
select v.module, v.version, r.task, r.role::public.app_role, r.duties::text[], r.scope::governance.raci_scope, r.note
from governance.raci_versions v, (values
  ('view_notes', 'therapist', '{R,A}', 'caseload', ''),
  ('view_notes', 'associate_trainee', '{R}', 'own', ''),
  ('view_notes', 'supervisor', '{R}', 'supervisees', ''),
  ('create_note', 'therapist', '{R,A}', 'own', ''),
  ('create_note', 'associate_trainee', '{R}', 'own', ''),
  ('create_note', 'supervisor', '{I}', 'supervisees', ''),
  ('edit_note', 'therapist', '{R,A}', 'own', ''),
  ('edit_note', 'associate_trainee', '{R}', 'own', ''),
  ('edit_note', 'supervisor', '{I}', 'supervisees', ''),
  ('submit_note', 'therapist', '{R}', 'own', ''),
  ('submit_note', 'associate_trainee', '{R,A}', 'own', ''),
  ('submit_note', 'supervisor', '{I}', 'supervisees', ''),
  ('sign_note', 'therapist', '{R,A}', 'own', ''),
  ('sign_note', 'associate_trainee', '{R}', 'own', ''),
  ('sign_note', 'supervisor', '{I}', 'supervisees', ''),
  ('lock_note', 'therapist', '{R,I}', 'own', ''),
  ('lock_note', 'supervisor', '{R,A}', 'supervisees', ''),
  ('view_cosignatures', 'therapist', '{R}', 'own', ''),
  ('view_cosignatures', 'associate_trainee', '{R}', 'own', ''),
  ('view_cosignatures', 'supervisor', '{R,A}', 'supervisees', ''),
  ('view_cosignatures', 'administrator', '{I}', 'all', ''),
  ('request_cosignature', 'therapist', '{R}', 'own', ''),
  ('request_cosignature', 'associate_trainee', '{R,A}', 'own', ''),
  ('request_cosignature', 'supervisor', '{I}', 'supervisees', ''),
  ('cosign_note', 'associate_trainee', '{I}', 'own', ''),
  ('cosign_note', 'supervisor', '{R,A}', 'supervisees', ''),
  ('cosign_note', 'administrator', '{I}', 'all', ''),
  ('view_unlock_requests', 'therapist', '{R}', 'own', ''),
  ('view_unlock_requests', 'associate_trainee', '{R}', 'own', ''),
  ('view_unlock_requests', 'supervisor', '{R,A}', 'supervisees', ''),
  ('view_unlock_requests', 'administrator', '{I}', 'all', ''),
  ('request_unlock', 'therapist', '{R,A}', 'own', ''),
  ('request_unlock', 'associate_trainee', '{R}', 'own', ''),
  ('request_unlock', 'supervisor', '{I}', 'supervisees', ''),
  ('decide_unlock', 'therapist', '{I}', 'own', ''),
  ('decide_unlock', 'associate_trainee', '{I}', 'own', ''),
  ('decide_unlock', 'supervisor', '{R,A}', 'supervisees', ''),
  ('decide_unlock', 'administrator', '{I}', 'all', ''),
  ('unlock_note', 'therapist', '{I}', 'own', ''),
  ('unlock_note', 'associate_trainee', '{I}', 'own', ''),
  ('unlock_note', 'supervisor', '{R,A}', 'supervisees', ''),
  ('view_psychotherapy_notes', 'therapist', '{R,A}', 'own', ''),
  ('view_psychotherapy_notes', 'associate_trainee', '{R}', 'own', ''),
  ('view_psychotherapy_notes', 'supervisor', '{R}', 'own', ''),
  ('write_psychotherapy_notes', 'therapist', '{R,A}', 'own', ''),
  ('write_psychotherapy_notes', 'associate_trainee', '{R}', 'own', ''),
  ('write_psychotherapy_notes', 'supervisor', '{R}', 'own', ''),
  ('monitor_note_compliance', 'therapist', '{I}', 'caseload', ''),
  ('monitor_note_compliance', 'associate_trainee', '{I}', 'own', ''),
  ('monitor_note_compliance', 'supervisor', '{R,A}', 'supervisees', ''),
  ('monitor_note_compliance', 'administrator', '{I}', 'all', '')
) r (task, role, duties, scope, note)
where v.module = 'clinical_notes' and v.is_active;

insert into governance.raci_enforcements (module, version, task, position, table_name, command, description)
select v.module, v.version, r.task, r.position, r.table_name, r.command, r.description
from governance.raci_versions v, (values
  ('view_notes', 0, 'clinical_notes', 'select', 'reading clinical_notes'),
  ('create_note', 0, 'clinical_notes', 'insert', 'new rows of clinical_notes'),
  ('edit_note', 0, 'clinical_notes', 'update', 'clinical_notes.title, note_type, content or appointment_id changes (from status draft)'),
  ('submit_note', 0, 'clinical_notes', 'update', 'clinical_notes.status becomes submitted_for_review (from status draft)'),
  ('submit_note', 1, 'clinical_notes', 'update', 'clinical_notes.status becomes draft (from status submitted_for_review)'),
  ('sign_note', 0, 'clinical_notes', 'update', 'clinical_notes.status becomes signed (from status draft or submitted_for_review)'),
  ('lock_note', 0, 'clinical_notes', 'update', 'clinical_notes.status becomes locked (from status signed)'),
  ('view_cosignatures', 0, 'note_cosignatures', 'select', 'reading note_cosignatures'),
  ('request_cosignature', 0, 'note_cosignatures', 'insert', 'new rows of note_cosignatures'),
  ('cosign_note', 0, 'note_cosignatures', 'update', 'note_cosignatures.status becomes Cosigned or Returned (from status Pending)'),
  ('view_unlock_requests', 0, 'unlock_requests', 'select', 'reading unlock_requests'),
  ('request_unlock', 0, 'unlock_requests', 'insert', 'new rows of unlock_requests'),
  ('request_unlock', 1, 'unlock_requests', 'update', 'unlock_requests.status becomes Withdrawn (from status Pending)'),
  ('decide_unlock', 0, 'unlock_requests', 'update', 'unlock_requests.status becomes Approved or Denied (from status Pending)'),
  ('unlock_note', 0, 'clinical_notes', 'update', 'clinical_notes.status becomes draft (from status signed or locked)'),
  ('unlock_note', 1, 'unlock_requests', 'update', 'unlock_requests.used_at is set (from status Approved)'),
  ('view_psychotherapy_notes', 0, 'psychotherapy_notes', 'select', 'reading psychotherapy_notes'),
  ('write_psychotherapy_notes', 0, 'psychotherapy_notes', 'insert', 'new rows of psychotherapy_notes'),
  ('write_psychotherapy_notes', 1, 'psychotherapy_notes', 'update', 'psychotherapy_notes.session_date or content changes')
) r (task, position, table_name, command, description)
where v.module = 'clinical_notes' and v.is_active;

insert into governance.raci_promises (module, version, task, promise, owner, table_name, statement, unmeasured, severity, remedy, remind, rule)
select v.module, v.version, r.task, r.promise, r.owner, r.table_name, r.statement, r.unmeasured, r.severity, r.remedy, r.remind::interval, r.rule
from governance.raci_versions v, (values
  ('create_note', 'Note of a completed appointment: within 72 hours', 'clinical_director', 'appointments', 'select line.id::text, (line.end_time + interval ''72 hours''),
  array_remove(array[line.provider_id]::uuid[], null), line.client_id
from public.appointments as line
where (deleted_at is null)
  and line.status = ''Completed''
  and (line.end_time + interval ''72 hours'') < $2
  and not exists (
    select from public.clinical_notes as done
    where (deleted_at is null) and done.appointment_id = line.id
  )', '', 'high', 'Write the note; the provider is responsible.', '24 hours', 'appointments.completed_without_note'),
  ('cosign_note', 'Co-signature: within 7 days', 'clinical_director', 'note_cosignatures', 'select line.id::text, ((line.requested_at at time zone $3 + interval ''7 days'') at time zone $3),
  array_remove(array[line.supervisee_id, line.supervisor_id]::uuid[], null), line.client_id
from public.note_cosignatures as line
where line.status = ''Pending''
  and ((line.requested_at at time zone $3 + interval ''7 days'') at time zone $3) < $2
  and line.decided_at is null', '', 'medium', 'Co-sign the note, or return it.', '2 days', null),
  ('decide_unlock', 'Decision on an unlock request: within 2 days', 'clinical_director', 'unlock_requests', 'select line.id::text, ((line.requested_at at time zone $3 + interval ''2 days'') at time zone $3),
  array_remove(array[line.requested_by]::uuid[], null), line.client_id
from public.unlock_requests as line
where line.status = ''Pending''
  and ((line.requested_at at time zone $3 + interval ''2 days'') at time zone $3) < $2
  and line.decided_at is null', '', 'medium', 'Approve the request, or deny it.', '12 hours', null)
) r (task, promise, owner, table_name, statement, unmeasured, severity, remedy, remind, rule)
where v.module = 'clinical_notes' and v.is_active;

insert into governance.raci_escalations (module, version, position, title, path, patience, answers)
select v.module, v.version, r.position, r.title, r.path::text[], r.patience::interval[], r.answers::text[]
from governance.raci_versions v, (values
  (1, 'Note Overdue', '{therapist,supervisor,clinical_director}', '{"1 day","1 day","1 day"}', '{create_note}'),
  (2, 'Co-signature Overdue', '{associate_trainee,supervisor,clinical_director}', '{"1 day","3 days","1 week"}', '{cosign_note}'),
  (3, 'Unlock Request Overdue', '{supervisor,clinical_director}', '{"1 day","1 day"}', '{decide_unlock}'),
  (4, 'Note in the Wrong Chart', '{therapist,supervisor,privacy_officer}', '{}', '{}'),
  (5, 'System Issue', '{therapist,it_support,administrator}', '{}', '{}'),
  (6, 'Wrong Data', '{clinical_director,privacy_officer}', '{}', '{data_quality}')
) r (position, title, path, patience, answers)
where v.module = 'clinical_notes' and v.is_active;
