-- Purpose: the clocks of the scheduling matrix
-- Affects: rows of governance.deadlines
-- Source: docs/raci/scheduling.yaml (send_reminders, handle_no_shows); governance plan, 4.1 (SLAs)
-- Reversal: delete from governance.deadlines;
-- Locks: none that users feel

insert into governance.deadlines (
  name, title, module, task, table_name, states, measured_from, done_column, done_table, done_key, done_states,
  severity, owner, path, remediation
) values
  (
    'no_show_documentation', 'No-shows without documentation', 'scheduling', 'handle_no_shows', 'appointments',
    '{"status": ["No Show"], "deleted_at": null}', 'end_time', 'no_show_documented_at', null, null, '{}',
    'medium', 'scheduling_manager', '{clinical_director,clinical_operations_manager}',
    'Document each no-show: what was tried to reach the client, and what follows.'
  ),
  (
    'reminders', 'Appointments without a reminder', 'scheduling', 'send_reminders', 'appointments',
    '{"status": ["Scheduled", "Confirmed"], "deleted_at": null}', 'start_time', null, 'reminder_logs', 'appointment_id',
    '{"status": ["Sent"]}',
    'medium', 'scheduling_manager', '{clinical_operations_manager}',
    'Send the reminders that are due, or call; see why they were not sent.'
  );
