-- Purpose: the RACI matrix of scheduling, as rows
-- Affects: rows of governance.raci_versions, raci_tasks, raci_assignments, raci_enforcements, raci_promises, raci_escalations
-- Source: docs/raci/scheduling.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: make the version before active again in governance.raci_versions, module scheduling
-- Locks: row locks on the version before

update governance.raci_versions set is_active = false where module = 'scheduling' and is_active;
insert into governance.raci_versions (module, version, title, document_hash)
select 'scheduling', coalesce(max(version), 0) + 1, 'Scheduling',
  '8d793fa04bc956d880ae103d585adc167ff9c44d381e5261e0ae5da4b6a3bc92'
from governance.raci_versions where module = 'scheduling';

insert into governance.raci_tasks (module, version, task, position, title, performed_by_system, procedural, sla, note)
select v.module, v.version, r.task, r.position, r.title, r.performed_by_system, r.procedural, r.sla, r.note
from governance.raci_versions v, (values
  ('view_schedule', 1, 'View Schedule', '', '', '', 'The plan gives four roles R,A; one can be Accountable, and the first keeps it.'),
  ('create_appointment', 2, 'Create Appointment', '', '', 'Appointment creation: within 2 minutes', 'Accountable as in the plan''s code (front_desk). Clients ask for appointments through the portal. The plan''s cells say who does a task, not who hears of it: clinicians keep its R, and with I beside it are told what others do to their calendar, here and below. The front desk keeps the schedule and sees it all day.'),
  ('progress_appointment', 3, 'Progress Appointment', '', '', '', 'Not in the plan''s table. Everyday progress; a completed appointment is what a charge is written for, so billing staff hear of it and clinicians complete their own only, and hear of arrivals (the plan''s daily handoff). A wrong step can be taken back.'),
  ('cancel_appointment', 4, 'Cancel Appointment', '', '', 'Cancellation processing: within 5 minutes', 'A clinician sees colleagues'' appointments with clients of the own caseload and cancels only what they give themselves; what somebody else cancels of it, they are told. Late cancellations may be charged, so billing staff hear of them.'),
  ('reschedule_appointment', 5, 'Reschedule Appointment', '', '', '', 'The plan gives two roles R,A; the first keeps the A. What has begun or is over is not moved. Clinicians are told what others move, from their calendar and into it.'),
  ('manage_waitlist', 6, 'Manage Waitlist', '', '', '', ''),
  ('send_reminders', 7, 'Send Reminders', 'A worker sends what is due; the front desk queues, repeats and stops reminders.', '', 'Reminder sending: 24 hours to 48 hours before start_time', ''),
  ('handle_no_shows', 8, 'Handle No-Shows', '', '', 'No-show documentation: within 24 hours', 'Clinicians are told what others record, since the documentation falls to them.'),
  ('manage_blocked_time', 9, 'Blocked Time Management', '', '', '', 'The plan''s row has R,A and a lone A; the lone A is the Accountable. Whose hours others block is told.'),
  ('report_schedule', 10, 'Schedule Reports', '', '', '', 'A report reads appointments within the reader''s own scope; it grants no wider look.')
) r (task, position, title, performed_by_system, procedural, sla, note)
where v.module = 'scheduling' and v.is_active;

insert into governance.raci_assignments (module, version, task, role, duties, scope, note)
select v.module, v.version, r.task, r.role::public.app_role, r.duties::text[], r.scope::governance.raci_scope, r.note
from governance.raci_versions v, (values
  ('view_schedule', 'front_desk', '{R,A}', 'all', ''),
  ('view_schedule', 'therapist', '{R}', 'caseload', ''),
  ('view_schedule', 'associate_trainee', '{R}', 'own', ''),
  ('view_schedule', 'supervisor', '{R}', 'supervisees', ''),
  ('view_schedule', 'administrator', '{R}', 'all', ''),
  ('view_schedule', 'billing_staff', '{I}', 'all', ''),
  ('view_schedule', 'client_user', '{I}', 'own', ''),
  ('create_appointment', 'front_desk', '{R,A}', 'all', ''),
  ('create_appointment', 'therapist', '{R,I}', 'caseload', ''),
  ('create_appointment', 'associate_trainee', '{R,I}', 'own', ''),
  ('create_appointment', 'supervisor', '{I}', 'supervisees', ''),
  ('create_appointment', 'administrator', '{I}', 'all', ''),
  ('create_appointment', 'client_user', '{I}', 'own', ''),
  ('progress_appointment', 'front_desk', '{R,A}', 'all', ''),
  ('progress_appointment', 'therapist', '{R,I}', 'own', ''),
  ('progress_appointment', 'associate_trainee', '{R,I}', 'own', ''),
  ('progress_appointment', 'billing_staff', '{I}', 'all', ''),
  ('cancel_appointment', 'front_desk', '{R,A}', 'all', ''),
  ('cancel_appointment', 'therapist', '{R,I}', 'own', ''),
  ('cancel_appointment', 'associate_trainee', '{R,I}', 'own', ''),
  ('cancel_appointment', 'supervisor', '{C}', 'supervisees', ''),
  ('cancel_appointment', 'administrator', '{I}', 'all', ''),
  ('cancel_appointment', 'billing_staff', '{I}', 'all', ''),
  ('cancel_appointment', 'client_user', '{I}', 'own', ''),
  ('reschedule_appointment', 'front_desk', '{R,A}', 'all', ''),
  ('reschedule_appointment', 'therapist', '{R,I}', 'caseload', ''),
  ('reschedule_appointment', 'associate_trainee', '{R,I}', 'own', ''),
  ('reschedule_appointment', 'supervisor', '{I}', 'supervisees', ''),
  ('reschedule_appointment', 'administrator', '{I}', 'all', ''),
  ('reschedule_appointment', 'client_user', '{I}', 'own', ''),
  ('manage_waitlist', 'front_desk', '{R,A}', 'all', ''),
  ('manage_waitlist', 'therapist', '{I}', 'caseload', ''),
  ('manage_waitlist', 'associate_trainee', '{I}', 'own', ''),
  ('manage_waitlist', 'supervisor', '{I}', 'supervisees', ''),
  ('manage_waitlist', 'administrator', '{I}', 'all', ''),
  ('manage_waitlist', 'client_user', '{I}', 'own', ''),
  ('send_reminders', 'front_desk', '{A}', 'all', ''),
  ('send_reminders', 'therapist', '{I}', 'caseload', ''),
  ('send_reminders', 'associate_trainee', '{I}', 'own', ''),
  ('send_reminders', 'supervisor', '{I}', 'supervisees', ''),
  ('send_reminders', 'administrator', '{C}', 'all', ''),
  ('send_reminders', 'client_user', '{I}', 'own', ''),
  ('handle_no_shows', 'front_desk', '{R,A}', 'all', ''),
  ('handle_no_shows', 'therapist', '{R,I}', 'own', ''),
  ('handle_no_shows', 'associate_trainee', '{R,I}', 'own', ''),
  ('handle_no_shows', 'supervisor', '{C}', 'supervisees', ''),
  ('handle_no_shows', 'administrator', '{I}', 'all', ''),
  ('handle_no_shows', 'billing_staff', '{I}', 'all', ''),
  ('manage_blocked_time', 'front_desk', '{C}', 'all', ''),
  ('manage_blocked_time', 'therapist', '{R,I}', 'caseload', ''),
  ('manage_blocked_time', 'associate_trainee', '{R,I}', 'own', ''),
  ('manage_blocked_time', 'supervisor', '{C}', 'supervisees', ''),
  ('manage_blocked_time', 'administrator', '{A}', 'all', ''),
  ('report_schedule', 'front_desk', '{R}', 'all', ''),
  ('report_schedule', 'therapist', '{I}', 'caseload', ''),
  ('report_schedule', 'associate_trainee', '{I}', 'own', ''),
  ('report_schedule', 'supervisor', '{A}', 'supervisees', ''),
  ('report_schedule', 'administrator', '{C}', 'all', '')
) r (task, role, duties, scope, note)
where v.module = 'scheduling' and v.is_active;

insert into governance.raci_enforcements (module, version, task, position, table_name, command, description)
select v.module, v.version, r.task, r.position, r.table_name, r.command, r.description
from governance.raci_versions v, (values
  ('view_schedule', 0, 'appointments', 'select', 'reading appointments'),
  ('create_appointment', 0, 'appointments', 'insert', 'new rows of appointments'),
  ('create_appointment', 1, 'appointments', 'update', 'appointments.appointment_type, service_location or notes changes'),
  ('progress_appointment', 0, 'appointments', 'update', 'appointments.status becomes Confirmed, Checked In, In Session or Completed (from status Scheduled, Confirmed, Checked In, In Session or Completed)'),
  ('cancel_appointment', 0, 'appointments', 'update', 'appointments.status becomes Cancelled (from status Scheduled, Confirmed or Checked In)'),
  ('cancel_appointment', 1, 'appointments', 'update', 'appointments.status becomes Scheduled (from status Cancelled)'),
  ('reschedule_appointment', 0, 'appointments', 'update', 'appointments.start_time, end_time or provider_id changes (from status Scheduled or Confirmed)'),
  ('reschedule_appointment', 1, 'appointments', 'update', 'appointments.status becomes Rescheduled or Scheduled (from status Scheduled, Confirmed or Rescheduled)'),
  ('manage_waitlist', 0, 'appointment_waitlist', 'insert', 'new rows of appointment_waitlist'),
  ('manage_waitlist', 1, 'appointment_waitlist', 'update', 'appointment_waitlist.provider_id, appointment_type, preferred_days, preferred_time_of_day, priority or notes changes'),
  ('manage_waitlist', 2, 'appointment_waitlist', 'update', 'appointment_waitlist.status becomes Waiting, Offered, Booked or Removed'),
  ('send_reminders', 0, 'reminder_logs', 'insert', 'new rows of reminder_logs'),
  ('send_reminders', 1, 'reminder_logs', 'update', 'reminder_logs.status becomes Pending or Cancelled (from status Pending, Failed or Cancelled)'),
  ('handle_no_shows', 0, 'appointments', 'update', 'appointments.status becomes No Show (from status Scheduled, Confirmed or Checked In)'),
  ('handle_no_shows', 1, 'appointments', 'update', 'appointments.no_show_documented_at changes (from status No Show)'),
  ('handle_no_shows', 2, 'appointments', 'update', 'appointments.status becomes Scheduled or Checked In (from status No Show)'),
  ('manage_blocked_time', 0, 'blocked_times', 'insert', 'new rows of blocked_times'),
  ('manage_blocked_time', 1, 'blocked_times', 'update', 'blocked_times.start_time, end_time, block_type or reason changes'),
  ('manage_blocked_time', 2, 'blocked_times', 'delete', 'deleting rows of blocked_times'),
  ('report_schedule', 0, 'appointments', 'select', 'reading appointments')
) r (task, position, table_name, command, description)
where v.module = 'scheduling' and v.is_active;

insert into governance.raci_promises (module, version, task, promise, owner, table_name, statement, unmeasured, severity, remedy, remind, rule)
select v.module, v.version, r.task, r.promise, r.owner, r.table_name, r.statement, r.unmeasured, r.severity, r.remedy, r.remind::interval, r.rule
from governance.raci_versions v, (values
  ('create_appointment', 'Appointment creation: within 2 minutes', 'scheduling_manager', null, null, 'Nothing records when somebody asks for an appointment at the desk; requests by the portal have a clock.', 'medium', '', null, null),
  ('cancel_appointment', 'Cancellation processing: within 5 minutes', 'scheduling_manager', null, null, 'Nothing records when somebody asks that an appointment be cancelled.', 'medium', '', null, null),
  ('send_reminders', 'Reminder sending: 24 hours to 48 hours before start_time', 'scheduling_manager', 'appointments', 'select line.id::text, (line.start_time - interval ''24 hours''),
  array_remove(array[line.provider_id]::uuid[], null), line.client_id
from public.appointments as line
where (deleted_at is null)
  and line.status in (''Scheduled'', ''Confirmed'')
  and (line.start_time - interval ''24 hours'') < $2
  and line.start_time > $1
  and line.created_date < (line.start_time - interval ''24 hours'')
  and not exists (
    select from public.reminder_logs as done
    where done.appointment_id = line.id and done.status = ''Sent''
  )', '', 'medium', 'Send the reminders that are due, or call; see why they were not sent.', null, null),
  ('handle_no_shows', 'No-show documentation: within 24 hours', 'scheduling_manager', 'appointments', 'select line.id::text, (line.end_time + interval ''24 hours''),
  array_remove(array[line.provider_id]::uuid[], null), line.client_id
from public.appointments as line
where (deleted_at is null)
  and line.status = ''No Show''
  and (line.end_time + interval ''24 hours'') < $2
  and line.no_show_documented_at is null', '', 'medium', 'Document each no-show: what was tried to reach the client, and what follows.', '6 hours', null)
) r (task, promise, owner, table_name, statement, unmeasured, severity, remedy, remind, rule)
where v.module = 'scheduling' and v.is_active;

insert into governance.raci_escalations (module, version, position, title, path, patience, answers)
select v.module, v.version, r.position, r.title, r.path::text[], r.patience::interval[], r.answers::text[]
from governance.raci_versions v, (values
  (1, 'Scheduling Conflict', '{front_desk,therapist,supervisor}', '{}', '{}'),
  (2, 'System Issue', '{front_desk,it_support,administrator}', '{}', '{}'),
  (3, 'Client Complaint', '{front_desk,therapist,clinical_director}', '{}', '{}'),
  (4, 'Reminder Overdue', '{front_desk,scheduling_manager,clinical_director}', '{"2 hours","2 hours","2 hours"}', '{send_reminders}'),
  (5, 'No-Show Documentation Overdue', '{front_desk,scheduling_manager,clinical_director}', '{"1 day","1 day","1 day"}', '{handle_no_shows}'),
  (6, 'Wrong Data', '{scheduling_manager,clinical_director}', '{}', '{data_quality}')
) r (position, title, path, patience, answers)
where v.module = 'scheduling' and v.is_active;
