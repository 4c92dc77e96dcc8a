-- What each rule of docs/seed.md means, written without a look at the contracts. Read by test_seed.py.

-- name: completed_without_note
select a.id from appointments a left join clinical_notes n on n.appointment_id = a.id and n.deleted_at is null
where a.status = 'Completed' and a.end_time < now() - interval '72 hours' and n.id is null;

-- name: late_note
select a.id from appointments a join clinical_notes n on n.appointment_id = a.id and n.deleted_at is null
where a.status = 'Completed' group by a.id having min(n.created_at) > max(a.end_time) + interval '72 hours';

-- name: completed_in_future
select id from appointments where status = 'Completed' and start_time > now();

-- name: past_never_closed
select id from appointments where end_time < now() - interval '1 day'
and status not in ('Completed', 'No Show', 'Cancelled', 'Rescheduled');

-- name: cancelled_without_reason
select id from appointments where status = 'Cancelled' and trim(coalesce(cancellation_reason, '')) = '';

-- name: implausible_duration
select id from appointments
where extract(epoch from end_time - start_time) not between 5 * 60 and 8 * 3600;

-- name: type_missing
select id from appointments where appointment_type is null;

-- name: missing_reminder
select id from appointments where start_time between now() and now() + interval '24 hours'
and status in ('Scheduled', 'Confirmed')
and id not in (select appointment_id from reminder_logs where status = 'Sent');

-- name: charge_missing
select a.id from appointments a left join charge_entries c on c.appointment_id = a.id
where a.status = 'Completed' and a.end_time < now() - interval '5 days' and c.id is null;

-- name: no_show_undocumented
select id from appointments where status = 'No Show' and no_show_documented_at is null
and end_time < now() - interval '1 day';

-- name: rescheduled_without_successor
select id from appointments where status = 'Rescheduled'
except select rescheduled_from_id from appointments;

-- name: outside_office_hours
select id from appointments where (start_time at time zone 'America/New_York')::time < '07:00'
or (end_time at time zone 'America/New_York')::time > '21:00';

-- name: client_double_booked
with held as (
  select * from appointments
  where status in ('Scheduled', 'Confirmed', 'Checked In', 'In Session', 'Completed') and deleted_at is null
)
select a.id from held a join held b on b.client_id = a.client_id and b.id <> a.id
and b.start_time < a.end_time and b.end_time > a.start_time;

-- name: booked_in_blocked_time
with held as (
  select * from appointments
  where status in ('Scheduled', 'Confirmed', 'Checked In', 'In Session', 'Completed') and deleted_at is null
)
select a.id from held a join blocked_times b on b.provider_id = a.provider_id
and b.start_time < a.end_time and b.end_time > a.start_time;

-- name: provider_not_clinical
select id from appointments where provider_id not in (
  select user_id from user_roles where role in ('therapist', 'associate_trainee', 'supervisor'));

-- name: discharged_without_date
select id from clients where status = 'Discharged' and discharge_date is null;

-- name: deceased_without_date
select id from clients where status = 'Deceased' and deceased_date is null;

-- name: status_contradicts_active
select id from clients where is_active and status in ('Inactive', 'Discharged', 'Deceased')
union select id from clients where not is_active and status in ('Active', 'Pending');

-- name: active_without_therapist
select id from clients where status = 'Active' and primary_therapist_id is null;

-- name: portal_without_login
select id from clients where portal_enabled and portal_user_id is null;

-- name: blank_name
select id from clients where trim(first_name) = '' or trim(last_name) = '';

-- name: implausible_birth_date
select id from clients where age(now(), date_of_birth) >= interval '121 years';

-- name: signed_without_signature
select id from clinical_notes where status in ('signed', 'locked') and signed_at is null;

-- name: stale_draft
select id from clinical_notes where status = 'draft' and created_at < now() - interval '7 days';

-- name: wrong_chart
select n.id from clinical_notes n join appointments a on a.id = n.appointment_id
where a.client_id <> n.client_id;

-- name: signed_but_empty
select id from clinical_notes where status in ('signed', 'locked') and content::text = '{}';

-- name: invalid_cpt_code
select id from charge_entries where cpt_code not in (select code from service_codes where is_active);

-- name: wrong_service_date
select c.id from charge_entries c join appointments a on a.id = c.appointment_id
where c.service_date <> a.appointment_date;

-- name: nothing_charged
select id from charge_entries where charge_amount = 0;

-- name: wrong_client
select c.id from charge_entries c join appointments a on a.id = c.appointment_id
where a.client_id <> c.client_id;

-- name: not_linked_to_appointment
select id from charge_entries where appointment_id is null;

-- name: charged_without_session
select c.id from charge_entries c join appointments a on a.id = c.appointment_id
where a.status in ('Cancelled', 'Rescheduled', 'No Show');

-- name: duplicate_charge
select a.id from charge_entries a join charge_entries b using (appointment_id, cpt_code) where a.id <> b.id;

-- name: charged_without_note
select c.id from charge_entries c join appointments a on a.id = c.appointment_id and a.status = 'Completed'
where not exists (select from clinical_notes n where n.appointment_id = a.id);

-- name: users_without_roles
select id from profiles where is_active and id not in (select user_id from user_roles);

-- name: role_of_inactive_person
select r.id from user_roles r join profiles p on p.id = r.user_id where not p.is_active;

-- name: booked_after_discharge
select a.id from appointments a join clients c on c.id = a.client_id
where a.appointment_date > c.discharge_date and a.status not in ('No Show', 'Cancelled', 'Rescheduled');

-- name: booked_after_death
select a.id from appointments a join clients c on c.id = a.client_id
where a.appointment_date > c.deceased_date and a.status not in ('No Show', 'Cancelled', 'Rescheduled');

-- name: review_overdue
select id from clinical_notes where status = 'submitted_for_review' and created_at < now() - interval '14 days';

-- name: locked_without_time
select id from clinical_notes where status = 'locked' and locked_at is null;

-- name: unbilled
select id from charge_entries where status in ('Pending', 'Ready') and age(now(), service_date) > interval '30 days';

-- name: write_off_unapproved
select id from charge_entries where status = 'Written Off' and write_off_approved_by is null;

-- name: therapist_inactive
select c.id from clients c join profiles p on p.id = c.primary_therapist_id
where c.status = 'Active' and not p.is_active;

-- name: booked_with_inactive_provider
select a.id from appointments a join profiles p on p.id = a.provider_id
where not p.is_active and a.start_time > now() and a.status in ('Scheduled', 'Confirmed');
