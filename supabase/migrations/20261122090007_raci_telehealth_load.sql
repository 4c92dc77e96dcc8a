-- Purpose: the RACI matrix of telehealth, as rows
-- Affects: rows of governance.raci_versions, raci_tasks, raci_assignments, raci_enforcements, raci_promises, raci_escalations
-- Source: docs/raci/telehealth.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: make the version before active again in governance.raci_versions, module telehealth
-- Locks: row locks on the version before

update governance.raci_versions set is_active = false where module = 'telehealth' and is_active;
insert into governance.raci_versions (module, version, title, document_hash)
select 'telehealth', coalesce(max(version), 0) + 1, 'Telehealth',
  '63de1d0bcd76918ff0b219271d5870399c0b31738009c3dacb5122caa2122f06'
from governance.raci_versions where module = 'telehealth';

insert into governance.raci_tasks (module, version, task, position, title, performed_by_system, procedural, sla, note)
select v.module, v.version, r.task, r.position, r.title, r.performed_by_system, r.procedural, r.sla, r.note
from governance.raci_versions v, (values
  ('view_sessions', 1, 'View Sessions', '', '', '', ''),
  ('set_up_session', 2, 'Set Up Session', '', '', 'Room before the appointment: at least 1 day before start_time', 'The room name is random and never changes; a caller who chooses one says nothing about anybody in it.'),
  ('start_session', 3, 'Start Session', '', '', '', 'By the clinician, who has made sure that consent is verified.'),
  ('support_session', 4, 'Technical Support', '', '', 'First help: within 5 minutes', 'Notes on the connection, never on what was said.'),
  ('end_session', 5, 'End Session', '', '', '', ''),
  ('view_consents', 6, 'View Consents', '', '', '', ''),
  ('give_consent', 7, 'Give Consent', '', '', '', 'The client''s decision; the front desk files a consent that was signed on paper.'),
  ('verify_consent', 8, 'Verify Consent', '', '', 'Consent verified before the session: at least 15 minutes before start_time', 'Nobody verifies what they filed themselves, nor what is revoked. For a trainee''s clients the supervisor or the front desk does it.'),
  ('view_recordings', 9, 'View Recordings', '', '', '', 'For supervision and training; nobody else, administrators neither.'),
  ('manage_recordings', 10, 'Recording Management', '', '', '', 'A recording names a session of its client, and a consent to recording of the same client that is neither revoked nor expired; else the database refuses it. It is removed by retention, never by hand.')
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
  ('set_up_session', 'therapist', '{R,I}', 'own', ''),
  ('set_up_session', 'associate_trainee', '{R,I}', 'own', ''),
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

insert into governance.raci_promises (module, version, task, promise, owner, table_name, statement, unmeasured, severity, remedy, remind, rule)
select v.module, v.version, r.task, r.promise, r.owner, r.table_name, r.statement, r.unmeasured, r.severity, r.remedy, r.remind::interval, r.rule
from governance.raci_versions v, (values
  ('set_up_session', 'Room before the appointment: at least 1 day before start_time', 'clinical_operations_manager', 'appointments', 'select line.id::text, greatest(((line.start_time at time zone $3 - interval ''1 day'') at time zone $3), (line.created_date + interval ''1 hour'')),
  array_remove(array[line.provider_id]::uuid[], null), line.client_id
from public.appointments as line
where (deleted_at is null)
  and line.status in (''Scheduled'', ''Confirmed'', ''Checked In'')
  and line.service_location = ''Telehealth''
  and greatest(((line.start_time at time zone $3 - interval ''1 day'') at time zone $3), (line.created_date + interval ''1 hour'')) < $2
  and line.start_time > $1
  and not exists (
    select from public.telehealth_sessions as done
    where done.appointment_id = line.id
  )', '', 'medium', 'Make a room for the appointment.', '12 hours', null),
  ('support_session', 'First help: within 5 minutes', 'clinical_operations_manager', null, null, 'Nothing records when somebody asks for help; a session is marked as failed by who helps.', 'medium', '', null, null),
  ('verify_consent', 'Consent verified before the session: at least 15 minutes before start_time', 'clinical_operations_manager', 'appointments', 'select line.id::text, greatest((line.start_time - interval ''15 minutes''), (line.created_date + interval ''5 minutes'')),
  array_remove(array[line.provider_id]::uuid[], null), line.client_id
from public.appointments as line
where (deleted_at is null)
  and line.status in (''Scheduled'', ''Confirmed'', ''Checked In'')
  and line.service_location = ''Telehealth''
  and greatest((line.start_time - interval ''15 minutes''), (line.created_date + interval ''5 minutes'')) < $2
  and line.start_time > $1
  and not exists (
    select from public.telehealth_consents as done
    where done.client_id = line.client_id and (done.expires_at is null or done.expires_at >= line.start_time) and done.consent_type = ''Telehealth'' and done.revoked_at is null and done.verified_at is not null
  )', '', 'high', 'Verify the client''s consent to telehealth, or meet in person.', '1 day', null)
) r (task, promise, owner, table_name, statement, unmeasured, severity, remedy, remind, rule)
where v.module = 'telehealth' and v.is_active;

insert into governance.raci_escalations (module, version, position, title, path, patience, answers)
select v.module, v.version, r.position, r.title, r.path::text[], r.patience::interval[], r.answers::text[]
from governance.raci_versions v, (values
  (1, 'Session Fails', '{therapist,front_desk,it_support}', '{}', '{}'),
  (2, 'Crisis During a Session', '{therapist,supervisor,clinical_operations_manager}', '{}', '{}'),
  (3, 'Recording Without Consent', '{therapist,supervisor,privacy_officer}', '{}', '{}'),
  (4, 'No Room for a Session', '{front_desk,therapist,clinical_operations_manager}', '{"2 hours","2 hours","2 hours"}', '{set_up_session}'),
  (5, 'Consent Not Verified', '{therapist,supervisor,clinical_operations_manager,privacy_officer}', '{"5 minutes","5 minutes","5 minutes","5 minutes"}', '{verify_consent}'),
  (6, 'Wrong Data', '{clinical_operations_manager,privacy_officer}', '{}', '{data_quality}')
) r (position, title, path, patience, answers)
where v.module = 'telehealth' and v.is_active;
