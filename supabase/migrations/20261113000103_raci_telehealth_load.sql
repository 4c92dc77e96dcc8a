-- Purpose: the RACI matrix of telehealth, as rows
-- Affects: rows of governance.raci_versions, raci_tasks, raci_assignments, raci_enforcements
-- Source: docs/raci/telehealth.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: make the version before active again in governance.raci_versions, module telehealth
-- Locks: row locks on the version before

update governance.raci_versions set is_active = false where module = 'telehealth' and is_active;
insert into governance.raci_versions (module, version, title, document_hash)
select 'telehealth', coalesce(max(version), 0) + 1, 'Telehealth',
  'b4bab5be6a73a5a12c39494433bda448267b4bf751f7e25733c51cfdeac39d38'
from governance.raci_versions where module = 'telehealth';

insert into governance.raci_tasks (module, version, task, position, title, performed_by_system, procedural, sla, note)
select v.module, v.version, r.task, r.position, r.title, r.performed_by_system, r.procedural, r.sla, r.note
from governance.raci_versions v, (values
  ('view_sessions', 1, 'View Sessions', '', '', '', ''),
  ('set_up_session', 2, 'Set Up Session', '', '', 'Room before the appointment: within 1 day', 'The room name is random and never changes; a caller who chooses one says nothing about anybody in it.'),
  ('start_session', 3, 'Start Session', '', '', '', 'By the clinician, who has made sure that consent is verified.'),
  ('support_session', 4, 'Technical Support', '', '', 'First help: within 5 minutes', 'Notes on the connection, never on what was said.'),
  ('end_session', 5, 'End Session', '', '', '', ''),
  ('view_consents', 6, 'View Consents', '', '', '', ''),
  ('give_consent', 7, 'Give Consent', '', '', '', 'The client''s decision; the front desk files a consent that was signed on paper.'),
  ('verify_consent', 8, 'Verify Consent', '', '', '', 'Nobody verifies what they filed themselves, nor what is revoked. For a trainee''s clients the supervisor or the front desk does it.'),
  ('view_recordings', 9, 'View Recordings', '', '', '', 'For supervision and training; nobody else, administrators neither.'),
  ('manage_recordings', 10, 'Recording Management', '', '', '', 'A recording names the consent that it rests on; it is removed by retention, never by hand.')
) r (task, position, title, performed_by_system, procedural, sla, note)
where v.module = 'telehealth' and v.is_active;

insert into governance.raci_assignments (module, version, task, role, duties, scope, note)
select v.module, v.version, r.task, r.role::public.app_role, r.duties::text[], r.scope::governance.raci_scope, r.note
from governance.raci_versions v, (values
  ('view_sessions', 'front_desk', '{R,A}', 'all', ''),
  ('view_sessions', 'therapist', '{R}', 'caseload', ''),
  ('view_sessions', 'associate_trainee', '{R}', 'own', ''),
  ('view_sessions', 'supervisor', '{R}', 'supervisees', ''),
  ('view_sessions', 'administrator', '{R}', 'all', ''),
  ('view_sessions', 'client_user', '{I}', 'own', ''),
  ('set_up_session', 'front_desk', '{R,A}', 'all', ''),
  ('set_up_session', 'therapist', '{R}', 'own', ''),
  ('set_up_session', 'associate_trainee', '{R}', 'own', ''),
  ('set_up_session', 'client_user', '{I}', 'own', ''),
  ('start_session', 'therapist', '{R,A}', 'own', ''),
  ('start_session', 'associate_trainee', '{R}', 'own', ''),
  ('support_session', 'front_desk', '{R}', 'all', ''),
  ('support_session', 'therapist', '{I}', 'own', ''),
  ('support_session', 'associate_trainee', '{I}', 'own', ''),
  ('support_session', 'administrator', '{R,A}', 'all', ''),
  ('end_session', 'front_desk', '{I}', 'all', ''),
  ('end_session', 'therapist', '{R,A}', 'own', ''),
  ('end_session', 'associate_trainee', '{R}', 'own', ''),
  ('view_consents', 'front_desk', '{R,A}', 'all', ''),
  ('view_consents', 'therapist', '{R}', 'caseload', ''),
  ('view_consents', 'associate_trainee', '{R}', 'caseload', ''),
  ('view_consents', 'supervisor', '{R}', 'supervisees', ''),
  ('view_consents', 'administrator', '{R}', 'all', ''),
  ('view_consents', 'client_user', '{R}', 'own', ''),
  ('give_consent', 'front_desk', '{R}', 'all', ''),
  ('give_consent', 'therapist', '{I}', 'caseload', ''),
  ('give_consent', 'supervisor', '{I}', 'supervisees', ''),
  ('give_consent', 'client_user', '{R,A}', 'own', ''),
  ('verify_consent', 'front_desk', '{R}', 'all', ''),
  ('verify_consent', 'therapist', '{R,A}', 'caseload', ''),
  ('verify_consent', 'supervisor', '{R}', 'supervisees', ''),
  ('verify_consent', 'client_user', '{I}', 'own', ''),
  ('view_recordings', 'therapist', '{R,A}', 'own', ''),
  ('view_recordings', 'associate_trainee', '{R}', 'own', ''),
  ('view_recordings', 'supervisor', '{R}', 'supervisees', ''),
  ('manage_recordings', 'therapist', '{R,A}', 'own', ''),
  ('manage_recordings', 'associate_trainee', '{R}', 'own', ''),
  ('manage_recordings', 'supervisor', '{I}', 'supervisees', '')
) r (task, role, duties, scope, note)
where v.module = 'telehealth' and v.is_active;

insert into governance.raci_enforcements (module, version, task, position, table_name, command, description)
select v.module, v.version, r.task, r.position, r.table_name, r.command, r.description
from governance.raci_versions v, (values
  ('view_sessions', 0, 'telehealth_sessions', 'select', 'reading telehealth_sessions'),
  ('set_up_session', 0, 'telehealth_sessions', 'insert', 'new rows of telehealth_sessions'),
  ('set_up_session', 1, 'telehealth_sessions', 'update', 'telehealth_sessions.status becomes Waiting (from status Scheduled or Failed)'),
  ('start_session', 0, 'telehealth_sessions', 'update', 'telehealth_sessions.status becomes Active (from status Scheduled, Waiting or Failed)'),
  ('support_session', 0, 'telehealth_sessions', 'update', 'telehealth_sessions.support_notes changes'),
  ('support_session', 1, 'telehealth_sessions', 'update', 'telehealth_sessions.status becomes Failed (from status Scheduled, Waiting or Active)'),
  ('end_session', 0, 'telehealth_sessions', 'update', 'telehealth_sessions.status becomes Ended (from status Waiting, Active or Failed)'),
  ('view_consents', 0, 'telehealth_consents', 'select', 'reading telehealth_consents'),
  ('give_consent', 0, 'telehealth_consents', 'insert', 'new rows of telehealth_consents'),
  ('give_consent', 1, 'telehealth_consents', 'update', 'telehealth_consents.revoked_at is set'),
  ('verify_consent', 0, 'telehealth_consents', 'update', 'telehealth_consents.verified_at is set (from revoked_at empty)'),
  ('view_recordings', 0, 'session_recordings', 'select', 'reading session_recordings'),
  ('manage_recordings', 0, 'session_recordings', 'insert', 'new rows of session_recordings'),
  ('manage_recordings', 1, 'session_recordings', 'update', 'session_recordings.duration_seconds changes')
) r (task, position, table_name, command, description)
where v.module = 'telehealth' and v.is_active;
