-- Purpose: the RACI matrix of administration, as rows
-- Affects: rows of governance.raci_versions, raci_tasks, raci_assignments, raci_enforcements, raci_promises, raci_escalations
-- Source: docs/raci/administration.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: make the version before active again in governance.raci_versions, module administration
-- Locks: row locks on the version before

update governance.raci_versions set is_active = false where module = 'administration' and is_active;
insert into governance.raci_versions (module, version, title, document_hash)
select 'administration', coalesce(max(version), 0) + 1, 'Administration',
  'd2a8e1d886b8e9151bce2f28f62a101ad965ba74bc53f89516893e54869c6b2e'
from governance.raci_versions where module = 'administration';

insert into governance.raci_tasks (module, version, task, position, title, performed_by_system, procedural, sla, note)
select v.module, v.version, r.task, r.position, r.title, r.performed_by_system, r.procedural, r.sla, r.note
from governance.raci_versions v, (values
  ('view_clients', 1, 'View Clients', '', '', '', 'Front desk and billing staff need demographics and insurance of any client; clinicians need their own caseload. Clinical content is elsewhere.'),
  ('register_client', 2, 'Register Client', '', '', 'Registration: within 1 day', 'A record begins without portal access and without an end of care; each has its own task.'),
  ('update_client_contact', 3, 'Update Client Contact', '', '', '', ''),
  ('correct_client_identity', 4, 'Correct Client Identity', '', '', '', 'Apart from contact: a wrong name splits a chart, a wrong date of birth moves the retention period of a minor.'),
  ('update_client_insurance', 5, 'Update Client Insurance', '', '', '', 'Claims follow the payer, so billing is told what the front desk changes.'),
  ('assign_therapist', 6, 'Assign Therapist', '', '', '', 'A caseload is what a clinician may see, so nobody takes a client into their own: a clinician who also holds one of these roles leaves it to a colleague.'),
  ('change_client_status', 7, 'Change Client Status', '', '', '', 'Who treats and who supervises are told what others decide, here and in the next two tasks. Resuming care clears the discharge; the retention period starts again at the next one.'),
  ('discharge_client', 8, 'Discharge Client', '', '', 'Discharge summary: within 3 days', 'Retention counts from the discharge date; a clinician sets it, not a clerk.'),
  ('record_death', 9, 'Record Death', '', '', '', ''),
  ('view_profiles', 10, 'View Profiles', '', '', '', 'Clients with a portal login have a profile too, so a profile says who is a client. Names of colleagues and of one''s clinicians come from the staff directory.'),
  ('view_staff_directory', 11, 'View Staff Directory', '', 'The view public.staff_directory shows names and titles of active staff, and nothing else, to whoever holds a role; it has no row that a scope could divide.', '', ''),
  ('view_matrix', 12, 'View RACI Matrix', '', 'The view public.raci_matrix shows the versions in force to everybody who is signed in; it holds no PHI.', '', ''),
  ('read_notifications', 13, 'Read Notifications', '', 'A policy of its own shows a notification to its recipients, who may be anybody.', '', ''),
  ('watch_data_quality', 14, 'Watch Data Quality', '', 'Names of tables and checks, and counts: no row of anybody. Policies of their own open them to administrators, supervisors and holders of positions.', '', 'Holders of positions see it too, whatever their roles.'),
  ('register_person', 15, 'Register Person', '', '', '', ''),
  ('edit_own_profile', 16, 'Edit Own Profile', '', '', '', 'Not the e-mail address: it is the login''s and changes there. Not title and NPI: they are credentials that somebody else has checked.'),
  ('manage_profiles', 17, 'Manage Profiles', '', '', '', ''),
  ('deactivate_person', 18, 'Deactivate Person', '', '', 'Access of a leaver ended: within 1 hour', 'Nobody does it to themselves, and the last active administrator stays (45 CFR 164.308(a)(3)(ii)(C)).'),
  ('view_roles', 19, 'View Roles', '', '', '', ''),
  ('assign_role', 20, 'Assign Role', '', '', '', 'Nobody grants themselves a role; the first administrator is made from the command line, as the system.'),
  ('revoke_role', 21, 'Revoke Role', '', '', 'Revocation: within 1 hour', 'The last active administrator stays.'),
  ('manage_supervision', 22, 'Manage Supervision', '', '', '', 'Supervision opens the supervisee''s rows to the supervisor, so no supervisor arranges their own.'),
  ('break_glass', 23, 'Break Glass', '', 'The function public.break_glass opens the chart, logs it and alerts; policies and guards ask for what is open at every statement. See docs/emergency-access.md.', '', 'Emergency access (45 CFR 164.312(a)(2)(ii)). It widens the scope of the duties that one has to that client, and no duty; psychotherapy notes stay closed (45 CFR 164.501). A trainee calls the supervisor; who reaches all clients anyway needs none.'),
  ('review_emergency_access', 24, 'Review Emergency Access', '', 'The functions public.end_emergency_access, review_emergency_access and list_emergency_accesses, and the command line, ask who reviews; no table is open.', 'Review of an emergency access: within 72 hours', 'Holders of the positions security_administrator and privacy_officer review too, whatever their roles; nobody their own.'),
  ('manage_service_codes', 25, 'Manage Service Codes', '', '', '', 'A code is switched off, never deleted; charges refer to it.')
) r (task, position, title, performed_by_system, procedural, sla, note)
where v.module = 'administration' and v.is_active;

insert into governance.raci_assignments (module, version, task, role, duties, scope, note)
select v.module, v.version, r.task, r.role::public.app_role, r.duties::text[], r.scope::governance.raci_scope, r.note
from governance.raci_versions v, (values
  ('view_clients', 'front_desk', '{R,A}', 'all', ''),
  ('view_clients', 'therapist', '{R}', 'caseload', ''),
  ('view_clients', 'associate_trainee', '{R}', 'own', ''),
  ('view_clients', 'supervisor', '{R}', 'supervisees', ''),
  ('view_clients', 'administrator', '{R}', 'all', ''),
  ('view_clients', 'billing_staff', '{R}', 'all', ''),
  ('view_clients', 'client_user', '{I}', 'own', ''),
  ('register_client', 'front_desk', '{R,A}', 'all', ''),
  ('register_client', 'therapist', '{I}', 'caseload', ''),
  ('register_client', 'supervisor', '{I}', 'supervisees', ''),
  ('register_client', 'administrator', '{R}', 'all', ''),
  ('register_client', 'billing_staff', '{I}', 'all', ''),
  ('update_client_contact', 'front_desk', '{R,A}', 'all', ''),
  ('update_client_contact', 'therapist', '{R}', 'caseload', ''),
  ('update_client_contact', 'associate_trainee', '{R}', 'own', ''),
  ('update_client_contact', 'supervisor', '{I}', 'supervisees', ''),
  ('update_client_contact', 'administrator', '{R}', 'all', ''),
  ('update_client_contact', 'billing_staff', '{R}', 'all', ''),
  ('update_client_contact', 'client_user', '{I}', 'own', ''),
  ('correct_client_identity', 'front_desk', '{R,A}', 'all', ''),
  ('correct_client_identity', 'therapist', '{I}', 'caseload', ''),
  ('correct_client_identity', 'associate_trainee', '{I}', 'own', ''),
  ('correct_client_identity', 'supervisor', '{I}', 'supervisees', ''),
  ('correct_client_identity', 'administrator', '{R}', 'all', ''),
  ('correct_client_identity', 'billing_staff', '{I}', 'all', ''),
  ('update_client_insurance', 'front_desk', '{R}', 'all', ''),
  ('update_client_insurance', 'administrator', '{I}', 'all', ''),
  ('update_client_insurance', 'billing_staff', '{R,A,I}', 'all', ''),
  ('update_client_insurance', 'client_user', '{I}', 'own', ''),
  ('assign_therapist', 'front_desk', '{R}', 'all', ''),
  ('assign_therapist', 'therapist', '{C}', 'caseload', ''),
  ('assign_therapist', 'associate_trainee', '{C}', 'own', ''),
  ('assign_therapist', 'supervisor', '{R,A}', 'supervisees', ''),
  ('assign_therapist', 'administrator', '{I}', 'all', ''),
  ('assign_therapist', 'client_user', '{I}', 'own', ''),
  ('change_client_status', 'front_desk', '{R}', 'all', ''),
  ('change_client_status', 'therapist', '{R,I}', 'caseload', ''),
  ('change_client_status', 'associate_trainee', '{I}', 'own', ''),
  ('change_client_status', 'supervisor', '{R,A,I}', 'supervisees', ''),
  ('change_client_status', 'administrator', '{I}', 'all', ''),
  ('change_client_status', 'billing_staff', '{I}', 'all', ''),
  ('discharge_client', 'front_desk', '{I}', 'all', ''),
  ('discharge_client', 'therapist', '{R,I}', 'caseload', ''),
  ('discharge_client', 'associate_trainee', '{C}', 'own', ''),
  ('discharge_client', 'supervisor', '{R,A,I}', 'supervisees', ''),
  ('discharge_client', 'administrator', '{I}', 'all', ''),
  ('discharge_client', 'billing_staff', '{I}', 'all', ''),
  ('discharge_client', 'client_user', '{I}', 'own', ''),
  ('record_death', 'front_desk', '{R}', 'all', ''),
  ('record_death', 'therapist', '{R,I}', 'caseload', ''),
  ('record_death', 'associate_trainee', '{I}', 'own', ''),
  ('record_death', 'supervisor', '{R,A,I}', 'supervisees', ''),
  ('record_death', 'administrator', '{I}', 'all', ''),
  ('record_death', 'billing_staff', '{I}', 'all', ''),
  ('view_profiles', 'front_desk', '{R}', 'all', ''),
  ('view_profiles', 'therapist', '{R}', 'own', ''),
  ('view_profiles', 'associate_trainee', '{R}', 'own', ''),
  ('view_profiles', 'supervisor', '{R}', 'supervisees', ''),
  ('view_profiles', 'administrator', '{R,A}', 'all', ''),
  ('view_profiles', 'billing_staff', '{R}', 'own', ''),
  ('view_profiles', 'client_user', '{R}', 'own', ''),
  ('view_staff_directory', 'front_desk', '{R}', 'all', ''),
  ('view_staff_directory', 'therapist', '{R}', 'caseload', ''),
  ('view_staff_directory', 'associate_trainee', '{R}', 'own', ''),
  ('view_staff_directory', 'supervisor', '{R}', 'supervisees', ''),
  ('view_staff_directory', 'administrator', '{R,A}', 'all', ''),
  ('view_staff_directory', 'billing_staff', '{R}', 'all', ''),
  ('view_staff_directory', 'client_user', '{R}', 'own', ''),
  ('view_matrix', 'front_desk', '{R}', 'all', ''),
  ('view_matrix', 'therapist', '{R}', 'caseload', ''),
  ('view_matrix', 'associate_trainee', '{R}', 'own', ''),
  ('view_matrix', 'supervisor', '{R}', 'supervisees', ''),
  ('view_matrix', 'administrator', '{R,A}', 'all', ''),
  ('view_matrix', 'billing_staff', '{R}', 'all', ''),
  ('view_matrix', 'client_user', '{R}', 'own', ''),
  ('read_notifications', 'front_desk', '{R}', 'all', ''),
  ('read_notifications', 'therapist', '{R}', 'caseload', ''),
  ('read_notifications', 'associate_trainee', '{R}', 'own', ''),
  ('read_notifications', 'supervisor', '{R}', 'supervisees', ''),
  ('read_notifications', 'administrator', '{R,A}', 'all', ''),
  ('read_notifications', 'billing_staff', '{R}', 'all', ''),
  ('read_notifications', 'client_user', '{R}', 'own', ''),
  ('watch_data_quality', 'supervisor', '{R}', 'supervisees', ''),
  ('watch_data_quality', 'administrator', '{R,A}', 'all', ''),
  ('register_person', 'front_desk', '{I}', 'all', ''),
  ('register_person', 'supervisor', '{I}', 'supervisees', ''),
  ('register_person', 'administrator', '{R,A}', 'all', ''),
  ('edit_own_profile', 'front_desk', '{R}', 'own', ''),
  ('edit_own_profile', 'therapist', '{R}', 'own', ''),
  ('edit_own_profile', 'associate_trainee', '{R}', 'own', ''),
  ('edit_own_profile', 'supervisor', '{R}', 'own', ''),
  ('edit_own_profile', 'administrator', '{R,A}', 'own', ''),
  ('edit_own_profile', 'billing_staff', '{R}', 'own', ''),
  ('edit_own_profile', 'client_user', '{R}', 'own', ''),
  ('manage_profiles', 'front_desk', '{I}', 'all', ''),
  ('manage_profiles', 'supervisor', '{I}', 'supervisees', ''),
  ('manage_profiles', 'administrator', '{R,A}', 'all', ''),
  ('deactivate_person', 'front_desk', '{I}', 'all', ''),
  ('deactivate_person', 'supervisor', '{I}', 'supervisees', ''),
  ('deactivate_person', 'administrator', '{R,A}', 'all', ''),
  ('deactivate_person', 'billing_staff', '{I}', 'all', ''),
  ('view_roles', 'front_desk', '{I}', 'all', ''),
  ('view_roles', 'therapist', '{I}', 'own', ''),
  ('view_roles', 'associate_trainee', '{I}', 'own', ''),
  ('view_roles', 'supervisor', '{I}', 'supervisees', ''),
  ('view_roles', 'administrator', '{R,A}', 'all', ''),
  ('view_roles', 'billing_staff', '{I}', 'own', ''),
  ('view_roles', 'client_user', '{I}', 'own', ''),
  ('assign_role', 'supervisor', '{I}', 'supervisees', ''),
  ('assign_role', 'administrator', '{R,A}', 'all', ''),
  ('revoke_role', 'supervisor', '{I}', 'supervisees', ''),
  ('revoke_role', 'administrator', '{R,A}', 'all', ''),
  ('manage_supervision', 'therapist', '{I}', 'own', ''),
  ('manage_supervision', 'associate_trainee', '{I}', 'own', ''),
  ('manage_supervision', 'supervisor', '{C}', 'own', ''),
  ('manage_supervision', 'administrator', '{R,A}', 'all', ''),
  ('break_glass', 'therapist', '{R}', 'caseload', ''),
  ('break_glass', 'supervisor', '{R,A}', 'supervisees', ''),
  ('break_glass', 'administrator', '{I}', 'all', ''),
  ('review_emergency_access', 'supervisor', '{I}', 'supervisees', ''),
  ('review_emergency_access', 'administrator', '{R,A}', 'all', ''),
  ('manage_service_codes', 'front_desk', '{I}', 'all', ''),
  ('manage_service_codes', 'therapist', '{I}', 'caseload', ''),
  ('manage_service_codes', 'associate_trainee', '{I}', 'own', ''),
  ('manage_service_codes', 'supervisor', '{I}', 'supervisees', ''),
  ('manage_service_codes', 'administrator', '{R}', 'all', ''),
  ('manage_service_codes', 'billing_staff', '{R,A}', 'all', '')
) r (task, role, duties, scope, note)
where v.module = 'administration' and v.is_active;

insert into governance.raci_enforcements (module, version, task, position, table_name, command, description)
select v.module, v.version, r.task, r.position, r.table_name, r.command, r.description
from governance.raci_versions v, (values
  ('view_clients', 0, 'clients', 'select', 'reading clients'),
  ('register_client', 0, 'clients', 'insert', 'new rows of clients'),
  ('update_client_contact', 0, 'clients', 'update', 'clients.preferred_name, pronouns, email, phone_numbers, address_line_1, address_line_2, city, state or postal_code changes'),
  ('correct_client_identity', 0, 'clients', 'update', 'clients.first_name, middle_name, last_name, date_of_birth or ssn_encrypted changes'),
  ('update_client_insurance', 0, 'clients', 'update', 'clients.insurance_payer_name or insurance_member_id changes'),
  ('assign_therapist', 0, 'clients', 'update', 'clients.primary_therapist_id changes'),
  ('change_client_status', 0, 'clients', 'update', 'clients.status becomes Pending, Active or Inactive'),
  ('change_client_status', 1, 'clients', 'update', 'clients.is_active changes'),
  ('discharge_client', 0, 'clients', 'update', 'clients.status becomes Discharged (from status Pending, Active or Inactive)'),
  ('discharge_client', 1, 'clients', 'update', 'clients.discharge_date or discharge_reason changes (from status Discharged or Deceased)'),
  ('record_death', 0, 'clients', 'update', 'clients.status becomes Deceased'),
  ('record_death', 1, 'clients', 'update', 'clients.deceased_date changes (from status Deceased)'),
  ('view_profiles', 0, 'profiles', 'select', 'reading profiles'),
  ('register_person', 0, 'profiles', 'insert', 'new rows of profiles'),
  ('edit_own_profile', 0, 'profiles', 'update', 'profiles.first_name, last_name or phone_number changes'),
  ('manage_profiles', 0, 'profiles', 'update', 'profiles.first_name, last_name, phone_number, email, title or npi changes'),
  ('deactivate_person', 0, 'profiles', 'update', 'profiles.is_active changes'),
  ('view_roles', 0, 'user_roles', 'select', 'reading user_roles'),
  ('assign_role', 0, 'user_roles', 'insert', 'new rows of user_roles'),
  ('revoke_role', 0, 'user_roles', 'delete', 'deleting rows of user_roles'),
  ('manage_supervision', 0, 'supervision_relationships', 'insert', 'new rows of supervision_relationships'),
  ('manage_supervision', 1, 'supervision_relationships', 'update', 'supervision_relationships.status, start_date or end_date changes'),
  ('manage_service_codes', 0, 'service_codes', 'insert', 'new rows of service_codes'),
  ('manage_service_codes', 1, 'service_codes', 'update', 'service_codes.description, default_minutes, standard_rate or is_active changes')
) r (task, position, table_name, command, description)
where v.module = 'administration' and v.is_active;

insert into governance.raci_promises (module, version, task, promise, owner, table_name, statement, unmeasured, severity, remedy, remind, rule)
select v.module, v.version, r.task, r.promise, r.owner, r.table_name, r.statement, r.unmeasured, r.severity, r.remedy, r.remind::interval, r.rule
from governance.raci_versions v, (values
  ('register_client', 'Registration: within 1 day', 'security_administrator', null, null, 'Nothing records when somebody asked to become a client; the record is the first that tables show.', 'medium', '', null, null),
  ('discharge_client', 'Discharge summary: within 3 days', 'security_administrator', null, null, 'No type of note says that it is a discharge summary.', 'medium', '', null, null),
  ('deactivate_person', 'Access of a leaver ended: within 1 hour', 'security_administrator', null, null, 'Nothing records when a person leaves; the deactivation is the first that tables show.', 'medium', '', null, null),
  ('revoke_role', 'Revocation: within 1 hour', 'security_administrator', null, null, 'Nothing records from when a role should be gone; a deactivation may be taken back and keeps them.', 'medium', '', null, null),
  ('review_emergency_access', 'Review of an emergency access: within 72 hours', 'security_administrator', null, null, 'The job watch_emergency_access finds those that are late.', 'medium', '', null, null)
) r (task, promise, owner, table_name, statement, unmeasured, severity, remedy, remind, rule)
where v.module = 'administration' and v.is_active;

insert into governance.raci_escalations (module, version, position, title, path, patience, answers)
select v.module, v.version, r.position, r.title, r.path::text[], r.patience::interval[], r.answers::text[]
from governance.raci_versions v, (values
  (1, 'Access Request Refused', '{administrator,security_administrator,clinical_director}', '{}', '{}'),
  (2, 'Wrong Client Record', '{front_desk,clinical_operations_manager,security_administrator}', '{}', '{}'),
  (3, 'System Issue', '{administrator,it_support,security_administrator}', '{}', '{}'),
  (4, 'Wrong Data', '{security_administrator,clinical_operations_manager}', '{}', '{data_quality}')
) r (position, title, path, patience, answers)
where v.module = 'administration' and v.is_active;
