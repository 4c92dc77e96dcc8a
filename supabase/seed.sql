-- A synthetic practice: 12 staff, 300 clients, 3,000 appointments around today. Nobody here is anybody.
--
-- Deterministic (no random()), idempotent (a second run adds nothing), relative to the practice's today.
-- Identifiers say what they are: 00000004-0000-4000-8000-000000002857 is appointment 2857; the first group
-- is 1 staff, 2 portal logins, 3 clients, 4 appointments, 5 notes, 6 charges, 8 roles, 7 everything else.
-- Some rows are wrong on purpose. docs/seed.md lists every one; a test compares it with what is here.
-- All logins share one password, named in docs/seed.md. For the embedded stack and for tests only.

set client_min_messages = warning;

do $$
begin
  if exists (select from public.clients)
    and not exists (select from public.clients where id = '00000003-0000-4000-8000-000000000001')
  then
    raise exception 'the seed is for an empty practice, and this one has clients'
      using hint = 'load it into a fresh database';
  end if;
end
$$;

create or replace function pg_temp.seed_id(kind integer, number bigint) returns uuid
language sql immutable
as $$
  select (lpad(kind::text, 8, '0') || '-0000-4000-8000-' || lpad(number::text, 12, '0'))::uuid
$$;

-- A wall-clock time of the practice as an instant.
create or replace function pg_temp.seed_time(day date, wall_clock time) returns timestamptz
language sql immutable
as $$
  select (day + wall_clock) at time zone 'America/New_York'
$$;

-- Everything below joins the clock, and the clock of a practice that has the seed is empty.
-- The setting lets a test seed at midnight, on a Sunday, on a day of 23 hours.
create temporary table seed_clock as
select statement_timestamp() as loading_since, now, local::date as today, extract(hour from local)::integer as hour
from
  (
    select coalesce(nullif(current_setting('seed.now', true), '')::timestamptz, statement_timestamp()) as now
  ) as clock,
  lateral (select now at time zone 'America/New_York' as local) as practice
where not exists (select from public.clients);

-- Working days, numbered so that 0 is today or the last one before it.
create temporary table seed_days as
select
  day::date,
  (row_number() over (order by day) - count(*) filter (where day <= today) over ())::integer as number
from pg_temp.seed_clock, generate_series(today - 100, today + 60, interval '1 day') as day
where extract(isodow from day) < 6;

-- people -----------------------------------------------------------------------------------------------------

create temporary table seed_staff (
  number integer, email text, first_name text, last_name text, title text, is_active boolean, roles text[]
);
insert into pg_temp.seed_staff values
  (1, 'administrator', 'Administrator', 'One', 'Practice administrator', true, '{administrator}'),
  (2, 'supervisor', 'Supervisor', 'One', 'Clinical supervisor', true, '{supervisor}'),
  (3, 'supervisor.two', 'Supervisor', 'Two', 'Clinical supervisor', true, '{supervisor,therapist}'),
  (4, 'therapist', 'Therapist', 'One', 'Licensed clinical social worker', true, '{therapist}'),
  (5, 'therapist.two', 'Therapist', 'Two', 'Licensed professional counselor', true, '{therapist}'),
  (6, 'therapist.three', 'Therapist', 'Three', 'Licensed psychologist', true, '{therapist}'),
  (7, 'therapist.four', 'Therapist', 'Four', 'Licensed marriage and family therapist', true, '{therapist}'),
  (8, 'therapist.five', 'Therapist', 'Five', 'Licensed master social worker', true, '{therapist}'),
  (9, 'associate.trainee', 'Associate', 'One', 'Associate counselor in training', true, '{associate_trainee}'),
  (10, 'billing.staff', 'Billing', 'One', 'Biller', true, '{billing_staff}'),
  (11, 'front.desk', 'Front Desk', 'One', 'Front desk', true, '{front_desk}'),
  (12, 'front.desk.two', 'Front Desk', 'Two', 'Front desk', true, '{front_desk}'),
  -- planted: users_without_roles
  (13, 'no.role', 'Staff', 'Thirteen', 'Not yet assigned', true, '{}'),
  -- planted: role_of_inactive_person
  (14, 'departed', 'Staff', 'Fourteen', 'Left the practice', false, '{therapist}');

-- Portal logins 1 to 20 belong to clients 1 to 20; 21 is a parent of clients 191 and 192.
create temporary table seed_people as
select
  number, 1 as kind, pg_temp.seed_id(1, number) as id, email || '@mentalspace.example' as email,
  first_name, last_name, title, is_active, roles
from pg_temp.seed_staff
union all
select
  number, 2, pg_temp.seed_id(2, number),
  case number when 1 then 'client.user' when 21 then 'client.parent' else 'client.user.' || number end
    || '@mentalspace.example',
  case number when 21 then 'Parent' else 'Client' end, lpad(number::text, 3, '0'), null, true, '{client_user}'
from generate_series(1, 21) as number;

-- One bcrypt for all, with a fixed salt: deterministic, and computed once.
insert into auth.users (
  instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data,
  raw_user_meta_data, created_at, updated_at,
  -- Supabase Auth reads these as text and stumbles over null.
  confirmation_token, recovery_token, email_change_token_new, email_change
)
select
  '00000000-0000-0000-0000-000000000000', person.id, 'authenticated', 'authenticated', person.email,
  secret.hash, clock.now - interval '400 days', '{"provider": "email", "providers": ["email"]}',
  jsonb_build_object('sub', person.id, 'email', person.email, 'email_verified', true, 'phone_verified', false),
  clock.now - interval '400 days', clock.now - interval '400 days', '', '', '', ''
from pg_temp.seed_people as person, pg_temp.seed_clock as clock,
  (select extensions.crypt('synthetic-practice', '$2a$10$MentalSpaceSeedSalt0u.') as hash) as secret;

insert into auth.identities (
  id, provider, provider_id, user_id, identity_data, last_sign_in_at, created_at, updated_at
)
select
  id, 'email', id::text, id,
  jsonb_build_object('sub', id, 'email', email, 'email_verified', true, 'phone_verified', false),
  null, now - interval '400 days', now - interval '400 days'
from pg_temp.seed_people, pg_temp.seed_clock;

insert into public.profiles (
  id, email, first_name, last_name, title, is_active, deactivated_at, created_by, created_at, updated_at
)
select
  id, email, first_name, last_name, title, is_active, case when not is_active then now - interval '30 days' end,
  pg_temp.seed_id(1, 1), now - interval '400 days', now - interval '400 days'
from pg_temp.seed_people, pg_temp.seed_clock;

insert into public.user_roles (id, user_id, role, assigned_by, assigned_at)
-- Role 141 is the first role of staff 14, role 2001 that of portal login 1. Nobody gave the first administrator
-- theirs.
select
  pg_temp.seed_id(8, case kind when 1 then number * 10 + held.nth else 2000 + number end), person.id,
  held.role::public.app_role, case when person.id <> pg_temp.seed_id(1, 1) then pg_temp.seed_id(1, 1) end,
  clock.now - interval '400 days'
from pg_temp.seed_clock as clock, pg_temp.seed_people as person,
  unnest(person.roles) with ordinality as held (role, nth);

insert into governance.position_holders (position, user_id, since)
select held.position, pg_temp.seed_id(1, held.number), today - 300
from pg_temp.seed_clock, (values
  ('clinical_operations_manager', 1),
  ('security_administrator', 1),
  ('release_manager', 1),
  ('clinical_director', 2),
  ('privacy_officer', 3),
  ('billing_manager', 10),
  ('scheduling_manager', 11)
) as held (position, number);

insert into public.supervision_relationships (
  id, supervisor_id, supervisee_id, status, start_date, end_date, created_by
)
select
  pg_temp.seed_id(7, number), pg_temp.seed_id(1, supervisor), pg_temp.seed_id(1, supervisee), status,
  today - relationship.started, today - relationship.ended, pg_temp.seed_id(1, 1)
from pg_temp.seed_clock, (values
  (1, 2, 9, 'Active', 300, null),
  (2, 3, 8, 'Active', 200, null),
  (3, 3, 9, 'Ended', 390, 301)
) as relationship (number, supervisor, supervisee, status, started, ended);

insert into public.service_codes (code, description, default_minutes, standard_rate, is_active, created_by)
select code, description, minutes, rate, is_active, pg_temp.seed_id(1, 10)
from pg_temp.seed_clock, (values
  ('90791', 'Psychiatric diagnostic evaluation', 60, 210.00, true),
  ('90832', 'Psychotherapy, 30 minutes', 30, 95.00, true),
  ('90834', 'Psychotherapy, 45 minutes', 45, 130.00, true),
  ('90837', 'Psychotherapy, 60 minutes', 60, 175.00, true),
  ('90839', 'Psychotherapy for crisis, first 60 minutes', 60, 220.00, true),
  ('90846', 'Family psychotherapy without the patient', 50, 140.00, true),
  ('90847', 'Family psychotherapy with the patient', 50, 150.00, true),
  ('90853', 'Group psychotherapy', 60, 60.00, true),
  ('96130', 'Psychological testing evaluation, first hour', 60, 190.00, true),
  ('H0004', 'Behavioral health counseling, 15 minutes', 15, 35.00, true),
  ('90806', 'Retired: individual psychotherapy, 45 to 50 minutes', 50, 120.00, false),
  ('90808', 'Retired: individual psychotherapy, 75 to 80 minutes', 80, 180.00, false)
) as service (code, description, minutes, rate, is_active)
on conflict do nothing;

-- clients ----------------------------------------------------------------------------------------------------

-- 1-190 adults, 191-240 minors (239 and 240 pending), 241-257 discharged long ago (241-252 adults, 253-256
-- minors who are not yet 25, 257 one who is), 258-280 discharged in the last three years, 281-288 deceased,
-- 289-300 not in care or planted.
create temporary table seed_clients as
select
  number,
  case
    when number between 191 and 240 then 5 + number % 13
    when number between 253 and 256 then 18
    when number = 257 then 27
    when number between 241 and 252 or number between 281 and 288 then 40 + number % 40
    when number = 299 then 125 -- planted: implausible_birth_date
    else 20 + number * 7 % 56
  end as age,
  case
    when number in (239, 240) then 'Pending'
    when number in (289, 294, 295, 296, 297, 298, 299) or number <= 238 then 'Active'
    when number between 281 and 288 or number = 300 then 'Deceased'
    when number = 290 then 'Inactive'
    else 'Discharged'
  end as status,
  -- Days ago; an appointment never precedes them.
  case
    when number <= 238 then 150 + number * 5
    when number in (239, 240) then 3
    when number between 241 and 246 then 4400 + number % 7
    when number between 247 and 252 then 3400 + number % 7
    when number between 253 and 256 then 3300
    when number = 257 then 4700
    when number in (281, 282) then 3700
    when number = 299 then 3650
    else 1400 + number
  end as registered,
  case
    when number between 241 and 246 then 4050 + number % 7
    when number between 247 and 250 then 2920 + number % 7
    when number in (251, 252) then 2740
    when number between 253 and 256 then 2920
    when number = 257 then 4390
    when number between 258 and 280 then 30 + (number - 258) * 45
    when number = 293 then 100
  end as discharged,
  case
    when number in (281, 282) then 3300
    when number between 283 and 288 then 60 + (number - 283) * 60
  end as deceased
from generate_series(1, 300) as number;

insert into public.clients (
  id, medical_record_number, first_name, last_name, date_of_birth, email, phone_numbers, address_line_1, city,
  state, postal_code, insurance_payer_name, insurance_member_id, status, is_active, primary_therapist_id,
  portal_user_id, portal_enabled, registration_date, discharge_date, discharge_reason, deceased_date,
  created_by, created_at, updated_at
)
select
  pg_temp.seed_id(3, number), 'MRN-' || lpad(number::text, 6, '0'), 'Client',
  case when number = 298 then '   ' else lpad(number::text, 3, '0') end, -- planted: blank_name
  (today - make_interval(years => age, days => number % 300 + 1))::date,
  case when number % 4 <> 0 then 'client.' || number || '@client.example' end,
  case
    when number % 5 = 0 then '[]'::jsonb
    else jsonb_build_array(jsonb_build_object(
      'phone_number', '+1 (555) 010-' || lpad(number::text, 4, '0'),
      'phone_type', (array['home', 'work', 'mobile', 'other'])[1 + number % 4]
    ))
  end,
  number || ' Example Street', 'Springfield', 'NY', '10001',
  case when number % 6 <> 0 then 'Payer ' || (number % 3 + 1) end,
  case when number % 6 <> 0 then 'M' || lpad(number::text, 8, '0') end,
  status,
  case
    when number = 293 then true -- planted: status_contradicts_active
    when number = 294 then false -- planted: status_contradicts_active
    else status in ('Active', 'Pending')
  end,
  case
    when number = 289 then pg_temp.seed_id(1, 14) -- planted: therapist_inactive
    when status = 'Pending' or number in (295, 296) then null -- planted: active_without_therapist
    else pg_temp.seed_id(1, (array[4, 5, 6, 7, 8, 3, 9])[1 + (number - 1) % 7])
  end,
  case
    when number <= 20 then pg_temp.seed_id(2, number)
    when number in (191, 192) then pg_temp.seed_id(2, 21)
  end,
  number <= 20 or number in (191, 192, 297), -- planted: portal_without_login
  today - registered,
  today - discharged,
  case when discharged is not null then 'Treatment completed' end,
  today - deceased,
  pg_temp.seed_id(1, 11 + number % 2),
  pg_temp.seed_time(today - registered, '08:30'),
  pg_temp.seed_time(today - registered, '08:30')
from pg_temp.seed_clients, pg_temp.seed_clock;

-- appointments -----------------------------------------------------------------------------------------------

-- The regular schedule: 68 working days (48 past, 20 to come) x 7 providers x 6 hours = 2,856. Odd hours from
-- 16:00 on, and Supervisor One's whole day, are left free for what follows.
create temporary table seed_appointments (
  number integer primary key,
  client integer not null,
  provider integer not null,
  start_time timestamptz not null,
  minutes integer not null,
  type text,
  status text, -- empty: what the clock says
  location text not null default 'Office',
  cancellation_reason text,
  rescheduled_from integer
);

insert into pg_temp.seed_appointments (
  number, client, provider, start_time, minutes, type, status, location, cancellation_reason
)
select
  numbered.number,
  ((day.number + 47) * 6 + slot) % 34 * 7 + provider + 1,
  (array[4, 5, 6, 7, 8, 3, 9])[1 + provider],
  pg_temp.seed_time(day.day, (array['09:00', '10:00', '11:00', '13:00', '14:00', '15:00'])[1 + slot]::time),
  (array[45, 60, 50, 60])[1 + numbered.number % 4],
  case numbered.number % 20
    when 7 then 'Intake' when 3 then 'Family Therapy' when 13 then 'Assessment' when 17 then 'Follow-up'
    else 'Individual Therapy'
  end,
  case
    when numbered.number % 20 = 0 then 'Cancelled'
    when numbered.number % 20 = 10 and pg_temp.seed_time(day.day, '16:00') < clock.now then 'No Show'
  end,
  case when numbered.number % 5 = 1 then 'Telehealth' else 'Office' end,
  case when numbered.number % 20 = 0 then 'Client asked to cancel' end
from pg_temp.seed_clock as clock, pg_temp.seed_days as day, generate_series(0, 6) as provider,
  generate_series(0, 5) as slot,
  lateral (select (day.number + 47) * 42 + provider * 6 + slot + 1 as number) as numbered
where day.number between -47 and 20;

-- Planted, one rule each; what is right about them is made right below.
insert into pg_temp.seed_appointments (
  number, client, provider, start_time, minutes, type, status, cancellation_reason
)
select
  planted.number, planted.client, planted.provider, pg_temp.seed_time(day.day, planted.wall_clock),
  planted.minutes, planted.type, planted.status, planted.reason
from pg_temp.seed_days as day
join (values
  -- completed_without_note
  (2857, 1, 4, -10, time '16:00', 60, 'Individual Therapy', 'Completed', null),
  (2858, 2, 5, -12, '16:00', 60, 'Individual Therapy', 'Completed', null),
  (2859, 3, 6, -15, '16:00', 60, 'Individual Therapy', 'Completed', null),
  (2860, 5, 8, -20, '16:00', 60, 'Individual Therapy', 'Completed', null),
  -- late_note
  (2861, 8, 4, -11, '16:00', 60, 'Individual Therapy', 'Completed', null),
  (2862, 9, 5, -13, '16:00', 60, 'Individual Therapy', 'Completed', null),
  (2863, 10, 6, -16, '16:00', 60, 'Individual Therapy', 'Completed', null),
  -- completed_in_future
  (2864, 8, 4, 5, '16:00', 60, 'Individual Therapy', 'Completed', null),
  (2865, 9, 5, 8, '16:00', 60, 'Individual Therapy', 'Completed', null),
  -- past_never_closed
  (2866, 15, 4, -20, '16:00', 60, 'Individual Therapy', 'Scheduled', null),
  (2867, 16, 5, -25, '16:00', 60, 'Individual Therapy', 'Confirmed', null),
  (2868, 17, 6, -30, '16:00', 60, 'Individual Therapy', 'Checked In', null),
  (2869, 18, 7, -40, '16:00', 60, 'Individual Therapy', 'In Session', null),
  -- cancelled_without_reason
  (2870, 22, 4, -6, '16:00', 60, 'Individual Therapy', 'Cancelled', null),
  (2871, 23, 5, -9, '16:00', 60, 'Individual Therapy', 'Cancelled', null),
  (2872, 24, 6, 6, '16:00', 60, 'Individual Therapy', 'Cancelled', null),
  -- booked_after_discharge, booked_after_death, booked_after_discharge
  (2873, 260, 4, 4, '16:00', 60, 'Individual Therapy', 'Scheduled', null),
  (2874, 283, 5, 6, '16:00', 60, 'Individual Therapy', 'Scheduled', null),
  (2875, 261, 6, 9, '16:00', 60, 'Individual Therapy', 'Confirmed', null),
  -- implausible_duration
  (2876, 29, 4, 7, '17:00', 3, 'Individual Therapy', 'Scheduled', null),
  (2877, 30, 2, 14, '08:00', 600, 'Individual Therapy', 'Scheduled', null),
  -- type_missing
  (2878, 36, 4, -7, '16:00', 60, null, 'Completed', null),
  (2879, 37, 5, -3, '16:00', 60, null, 'Cancelled', 'Provider ill'),
  (2880, 38, 6, 10, '16:00', 60, null, 'Scheduled', null),
  -- charge_missing
  (2884, 43, 4, -14, '16:00', 60, 'Individual Therapy', 'Completed', null),
  (2885, 44, 5, -18, '16:00', 60, 'Individual Therapy', 'Completed', null),
  (2886, 45, 6, -22, '16:00', 60, 'Individual Therapy', 'Completed', null),
  -- no_show_undocumented
  (2887, 50, 4, -8, '16:00', 60, 'Individual Therapy', 'No Show', null),
  (2888, 51, 5, -17, '16:00', 60, 'Individual Therapy', 'No Show', null),
  (2889, 52, 6, -19, '16:00', 60, 'Individual Therapy', 'No Show', null),
  -- rescheduled_without_successor
  (2890, 57, 4, -5, '16:00', 60, 'Individual Therapy', 'Rescheduled', null),
  (2891, 58, 5, -21, '16:00', 60, 'Individual Therapy', 'Rescheduled', null),
  -- outside_office_hours
  (2892, 64, 4, 11, '03:00', 60, 'Individual Therapy', 'Scheduled', null),
  (2893, 65, 5, 12, '22:30', 60, 'Individual Therapy', 'Scheduled', null),
  -- client_double_booked: one client, two providers, half an hour shared
  (2894, 71, 4, 13, '16:00', 60, 'Individual Therapy', 'Scheduled', null),
  (2895, 71, 2, 13, '16:30', 60, 'Individual Therapy', 'Scheduled', null),
  -- booked_in_blocked_time
  (2896, 78, 4, 8, '16:00', 60, 'Individual Therapy', 'Scheduled', null),
  (2897, 79, 5, 15, '16:00', 60, 'Individual Therapy', 'Scheduled', null),
  -- provider_not_clinical
  (2898, 85, 11, 9, '10:00', 60, 'Individual Therapy', 'Scheduled', null),
  (2899, 86, 10, 10, '11:00', 60, 'Individual Therapy', 'Scheduled', null),
  -- booked_with_inactive_provider
  (2999, 99, 14, 13, '16:00', 60, 'Individual Therapy', 'Scheduled', null),
  (3000, 106, 14, 17, '16:00', 60, 'Individual Therapy', 'Scheduled', null),
  -- not planted: three moved appointments, and what they were moved to
  (2900, 92, 4, -4, '16:00', 60, 'Individual Therapy', 'Rescheduled', null),
  (2901, 93, 5, -4, '16:00', 60, 'Individual Therapy', 'Rescheduled', null),
  (2902, 94, 6, -4, '16:00', 60, 'Individual Therapy', 'Rescheduled', null),
  (2903, 92, 4, 16, '16:00', 60, 'Individual Therapy', 'Scheduled', null),
  (2904, 93, 5, 16, '16:00', 60, 'Individual Therapy', 'Scheduled', null),
  (2905, 94, 6, 16, '16:00', 60, 'Individual Therapy', 'Scheduled', null)
) as planted (number, client, provider, day, wall_clock, minutes, type, status, reason)
  on day.number = planted.day;

update pg_temp.seed_appointments set rescheduled_from = number - 3 where number between 2903 and 2905;

-- planted: missing_reminder. 4 to 23 hours ahead and in office hours, whenever the seed is loaded.
insert into pg_temp.seed_appointments (number, client, provider, start_time, minutes, type, status)
select
  2881 + nth, 100 + nth, 2,
  case
    when hour < 14 then pg_temp.seed_time(today, '18:00')
    else pg_temp.seed_time(today + 1, '12:00')
  end + nth * interval '20 minutes',
  20, 'Individual Therapy', 'Scheduled'
from pg_temp.seed_clock, generate_series(0, 2) as nth;

-- Long ago: five weekly appointments each for 241-250, two each for 281 and 282, ended a week before care did.
insert into pg_temp.seed_appointments (number, client, provider, start_time, minutes, type, status)
select
  2906 + (row_number() over (order by client.number, week))::integer - 1, client.number, 4 + client.number % 5,
  pg_temp.seed_time(
    date_trunc('week', today - coalesce(client.discharged, client.deceased) - 7 * week)::date + client.number % 5,
    make_time(9 + client.number % 8, 0, 0)
  ),
  60, 'Individual Therapy', 'Completed'
from pg_temp.seed_clock, pg_temp.seed_clients as client, generate_series(1, 5) as week
where client.number between 241 and 250 or client.number in (281, 282) and week <= 2;

-- Former clients: 39 appointments of 253-280.
insert into pg_temp.seed_appointments (number, client, provider, start_time, minutes, type, status)
select
  2960 + nth, client.number, 4 + client.number % 5,
  pg_temp.seed_time(
    date_trunc('week', today - client.discharged - 7 * (1 + nth / 28))::date + client.number % 5,
    make_time(16 + client.number % 3, 0, 0)
  ),
  50, 'Individual Therapy', 'Completed'
from pg_temp.seed_clock, generate_series(0, 38) as nth
join pg_temp.seed_clients as client on client.number = 253 + nth % 28;

insert into public.appointments (
  id, client_id, provider_id, start_time, end_time, appointment_type, status, service_location,
  cancellation_reason, cancelled_at, cancelled_by, no_show_documented_at, rescheduled_from_id,
  created_date, created_by, updated_at
)
select
  pg_temp.seed_id(4, number), pg_temp.seed_id(3, client), pg_temp.seed_id(1, provider), start_time, end_time,
  type,
  coalesce(status, case
    when end_time <= now then 'Completed'
    when start_time <= now then 'In Session'
    when number % 3 = 0 then 'Confirmed'
    else 'Scheduled'
  end),
  location, cancellation_reason,
  case when status = 'Cancelled' then least(start_time - interval '2 days', now) end,
  case when status = 'Cancelled' then pg_temp.seed_id(1, 11) end,
  -- planted: no_show_undocumented
  case when status = 'No Show' and number < 2857 then least(end_time + interval '2 hours', now) end,
  pg_temp.seed_id(4, rescheduled_from),
  booked, pg_temp.seed_id(1, 11 + number % 2), booked
from pg_temp.seed_clock, pg_temp.seed_appointments,
  lateral (select start_time + minutes * interval '1 minute' as end_time) as ends,
  -- A fortnight ahead, or lately.
  lateral (
    select least(start_time - interval '14 days', now - (number % 240 + 1) * interval '1 hour') as booked
  ) as books
order by number;

-- What was kept, with the number that the seed knows it by.
create temporary table seed_kept as
select
  plan.number, plan.client, plan.provider, plan.minutes, plan.type, visit.start_time, visit.end_time,
  visit.appointment_date, visit.client_id, visit.provider_id, visit.id as appointment_id
from pg_temp.seed_clock as clock, pg_temp.seed_appointments as plan
join public.appointments as visit on visit.id = pg_temp.seed_id(4, plan.number)
where visit.status = 'Completed' and visit.end_time <= clock.now;

-- notes ------------------------------------------------------------------------------------------------------

-- Within 72 hours, except where planted; locked after ten days; the trainee's wait for the supervisor first.
create temporary table seed_notes as
select
  kept.*, written.created_at,
  case
    when number in (103, 104) then 'draft' -- planted: stale_draft
    when written.created_at > clock.now - interval '2 days' then 'draft'
    when number in (123, 124) then 'submitted_for_review' -- planted: review_overdue
    when written.created_at > clock.now - interval '10 days' then
      case when provider = 9 then 'submitted_for_review' else 'signed' end
    when number in (101, 102, 107, 108) then 'signed'
    else 'locked'
  end as status
from pg_temp.seed_clock as clock, pg_temp.seed_kept as kept,
  lateral (
    select least(clock.now, kept.end_time + case number
      when 2861 then 80 when 2862 then 100 when 2863 then 200 -- planted: late_note
      else 1 + number % 46
    end * interval '1 hour') as created_at
  ) as written
where number not between 2857 and 2860; -- planted: completed_without_note

insert into public.clinical_notes (
  id, client_id, provider_id, appointment_id, title, note_type, content, status, signed_at, signed_by,
  locked_at, locked_by, created_by, created_at, updated_at
)
select
  pg_temp.seed_id(5, number),
  -- planted: wrong_chart
  case when number in (105, 106) then pg_temp.seed_id(3, client + 7) else client_id end,
  provider_id, appointment_id, 'Session ' || number,
  case type
    when 'Intake' then 'intake_assessment' when 'Follow-up' then 'treatment_plan'
    when 'Consultation' then 'consultation_note' else 'progress_note'
  end,
  case
    when number in (107, 108) then '{}' -- planted: signed_but_empty
    else jsonb_build_object('subjective', 'Synthetic text ' || number, 'plan', 'Synthetic plan ' || number)
  end,
  status,
  -- planted: signed_without_signature
  case when status in ('signed', 'locked') and number not in (101, 102) then created_at + interval '5 minutes' end,
  case when status in ('signed', 'locked') and number not in (101, 102) then provider_id end,
  -- planted: locked_without_time
  case when status = 'locked' and number <> 109 then created_at + interval '7 days' end,
  case when status = 'locked' then provider_id end,
  provider_id, created_at, created_at
from pg_temp.seed_notes
order by number;

insert into public.note_cosignatures (
  id, note_id, client_id, supervisee_id, supervisor_id, status, requested_at, decided_at, created_by, created_at
)
select
  pg_temp.seed_id(7, 1000 + number), pg_temp.seed_id(5, number), client_id, provider_id, pg_temp.seed_id(1, 2),
  case when status = 'locked' then 'Cosigned' else 'Pending' end,
  created_at + interval '10 minutes',
  case when status = 'locked' then created_at + interval '2 days' end, provider_id, created_at
from pg_temp.seed_notes
where provider = 9 and status <> 'draft';

insert into public.unlock_requests (
  id, note_id, client_id, requested_by, reason, status, requested_at, decided_by, decided_at, decision_reason
)
select
  pg_temp.seed_id(7, 5000 + number), pg_temp.seed_id(5, number), client_id, provider_id,
  'The diagnosis code was mistyped',
  case when number % 2 = 0 then 'Approved' else 'Pending' end, clock.now - number % 9 * interval '1 day',
  case when number % 2 = 0 then pg_temp.seed_id(1, 2) end,
  case when number % 2 = 0 then clock.now - number % 9 * interval '1 day' + interval '3 hours' end,
  case when number % 2 = 0 then 'Correction of a clerical error' end
from pg_temp.seed_clock as clock, pg_temp.seed_notes
where number in (141, 142, 183, 184, 225);

insert into public.psychotherapy_notes (id, client_id, author_id, session_date, content, created_at, updated_at)
select
  pg_temp.seed_id(7, 6000 + number), client_id, provider_id, appointment_date,
  jsonb_build_object('reflection', 'Synthetic reflection ' || number), created_at, created_at
from pg_temp.seed_notes
where number between 1200 and 1240 and provider between 4 and 8;

-- billing ----------------------------------------------------------------------------------------------------

-- Everything kept is charged the next day, except where planted, the unwritten (2857-2860) too.
create temporary table seed_charges as
select
  kept.number, kept.client, kept.client_id, kept.provider_id, kept.appointment_id, service.code as cpt_code,
  service.standard_rate, note.id as note_id,
  -- planted: wrong_service_date
  kept.appointment_date + case when kept.number in (114, 115) then 1 else 0 end as service_date,
  least(kept.end_time + interval '20 hours', clock.now) as created_date,
  case
    when kept.number in (119, 126) then 'Ready' -- planted: unbilled
    when kept.number = 128 then 'Written Off' -- planted: write_off_unapproved
    when kept.end_time > clock.now - interval '5 days' then 'Pending'
    when kept.end_time > clock.now - interval '21 days' then 'Ready'
    when kept.end_time > clock.now - interval '60 days' then 'Billed'
    when kept.number % 29 = 0 and kept.number > 200 then 'Written Off'
    when kept.number % 13 = 0 then 'Denied'
    else 'Paid'
  end as status
from pg_temp.seed_clock as clock, pg_temp.seed_kept as kept
join public.service_codes as service on service.code = case
  when kept.number between 111 and 113 then '90808' -- planted: invalid_cpt_code
  when kept.type = 'Intake' then '90791'
  when kept.type = 'Family Therapy' then '90847'
  when kept.type = 'Assessment' then '96130'
  when kept.minutes >= 53 then '90837'
  else '90834'
end
left join public.clinical_notes as note on note.id = pg_temp.seed_id(5, kept.number)
where kept.number not between 2884 and 2886; -- planted: charge_missing

insert into public.insurance_claims (
  id, client_id, claim_number, payer_name, total_amount, status, submitted_at, submitted_by, adjudicated_at,
  created_by, created_at
)
select
  pg_temp.seed_id(7, 10000 + charge.number), charge.client_id, 'CLM-' || lpad(charge.number::text, 6, '0'),
  client.insurance_payer_name, charge.standard_rate,
  case charge.status when 'Billed' then 'Submitted' when 'Denied' then 'Denied' else 'Paid' end,
  charge.created_date + interval '3 days', pg_temp.seed_id(1, 10),
  case when charge.status <> 'Billed' then charge.created_date + interval '30 days' end,
  pg_temp.seed_id(1, 10), charge.created_date + interval '3 days'
from pg_temp.seed_clock as clock, pg_temp.seed_charges as charge
join public.clients as client on client.id = charge.client_id
-- Claims and payments of long ago are archived elsewhere, but for client 250: no retention rule covers them.
where charge.status in ('Billed', 'Paid', 'Denied') and client.insurance_payer_name is not null
  and (charge.client = 250 or charge.created_date > clock.now - interval '3 years');

insert into public.charge_entries (
  id, client_id, appointment_id, note_id, provider_id, claim_id, service_date, cpt_code, diagnosis_codes, units,
  charge_amount, status, write_off_amount, write_off_reason, write_off_requested_by, write_off_approved_by,
  write_off_at, created_date, created_by, updated_at
)
select
  pg_temp.seed_id(6, charge.number),
  -- planted: wrong_client
  case when charge.number = 117 then pg_temp.seed_id(3, charge.client + 7) else charge.client_id end,
  charge.appointment_id, charge.note_id, charge.provider_id, claim.id, charge.service_date, charge.cpt_code,
  array['F41.1'], 1,
  case when charge.number = 116 then 0 else charge.standard_rate end, -- planted: nothing_charged
  charge.status,
  case when charge.status = 'Written Off' then charge.standard_rate end,
  case when charge.status = 'Written Off' then 'Past timely filing' end,
  case when charge.status = 'Written Off' then pg_temp.seed_id(1, 10) end,
  case when charge.status = 'Written Off' and charge.number <> 128 then pg_temp.seed_id(1, 1) end,
  case when charge.status = 'Written Off' then charge.created_date + interval '40 days' end,
  charge.created_date, pg_temp.seed_id(1, 10), charge.created_date
from pg_temp.seed_charges as charge
left join public.insurance_claims as claim on claim.id = pg_temp.seed_id(7, 10000 + charge.number)
order by charge.number;

-- Planted: not_linked_to_appointment (4001-4003), charged_without_session (4004, 4005),
-- duplicate_charge (4006, beside 118).
insert into public.charge_entries (
  id, client_id, appointment_id, note_id, provider_id, service_date, cpt_code, charge_amount, status,
  created_date, created_by
)
select
  pg_temp.seed_id(6, number), coalesce(visit.client_id, pg_temp.seed_id(3, number - 4000)), visit.id, note.id,
  coalesce(visit.provider_id, pg_temp.seed_id(1, number - 3997)),
  coalesce(visit.appointment_date, today - 20), coalesce(first.cpt_code, '90834'), 130, 'Billed',
  clock.now - interval '1 day', pg_temp.seed_id(1, 10)
from pg_temp.seed_clock as clock,
  (values (4001, null), (4002, null), (4003, null), (4004, 20), (4005, 40), (4006, 118))
    as extra (number, visit_number)
left join public.appointments as visit on visit.id = pg_temp.seed_id(4, visit_number)
left join public.clinical_notes as note on note.appointment_id = visit.id
left join public.charge_entries as first on first.appointment_id = visit.id;

insert into public.payment_records (
  id, client_id, charge_id, claim_id, payer_type, payment_method, amount, payment_date, reference_number, posted_by
)
select
  pg_temp.seed_id(7, 20000 + charge.number), charge.client_id, pg_temp.seed_id(6, charge.number), claim.id,
  case when claim.id is null then 'Client' else 'Insurance' end,
  case when claim.id is null then 'Card' else 'Electronic Transfer' end,
  charge.standard_rate, charge.service_date + 32, 'REF-' || charge.number, pg_temp.seed_id(1, 10)
from pg_temp.seed_clock as clock, pg_temp.seed_charges as charge
left join public.insurance_claims as claim on claim.id = pg_temp.seed_id(7, 10000 + charge.number)
where charge.status = 'Paid' and charge.number not in (116, 117)
  and (charge.client = 250 or charge.created_date > clock.now - interval '3 years');

insert into public.client_statements (
  id, client_id, statement_number, period_start, period_end, balance, status, sent_at, created_by
)
select
  pg_temp.seed_id(7, 30000 + number), pg_temp.seed_id(3, number), 'STM-' || lpad(number::text, 6, '0'),
  (date_trunc('month', today) - interval '1 month')::date, (date_trunc('month', today) - interval '1 day')::date,
  number * 5, case when number % 4 = 0 then 'Draft' else 'Sent' end,
  case when number % 4 <> 0 then now - interval '2 days' end, pg_temp.seed_id(1, 10)
from pg_temp.seed_clock, generate_series(1, 60) as number;

-- schedule around the appointments ---------------------------------------------------------------------------

insert into public.blocked_times (id, provider_id, start_time, end_time, block_type, reason, created_by)
select
  pg_temp.seed_id(7, 40000 + (day.number * 10 + provider)), pg_temp.seed_id(1, provider),
  pg_temp.seed_time(day.day, '12:00'), pg_temp.seed_time(day.day, '13:00'), 'Administrative', 'Lunch',
  pg_temp.seed_id(1, provider)
from pg_temp.seed_days as day, generate_series(3, 9) as provider
where day.number between 0 and 20
union all
-- planted: booked_in_blocked_time
select
  pg_temp.seed_id(7, 41000 + provider), pg_temp.seed_id(1, provider), pg_temp.seed_time(day.day, '16:00'),
  pg_temp.seed_time(day.day, '18:00'), 'Training', 'Continuing education', pg_temp.seed_id(1, provider)
from (values (8, 4), (15, 5)) as block (day_number, provider)
join pg_temp.seed_days as day on day.number = block.day_number;

-- 47 hours before, which leaves 23 in which a late one can still be made good. planted: missing_reminder
insert into public.reminder_logs (
  id, appointment_id, client_id, channel, status, scheduled_for, sent_at, created_at, updated_at
)
select
  pg_temp.seed_id(7, 50000 + plan.number), visit.id, visit.client_id,
  (array['email', 'sms', 'phone'])[1 + plan.number % 3],
  case when due.at <= clock.now then 'Sent' else 'Pending' end,
  due.at, case when due.at <= clock.now then due.at end, visit.created_date, visit.created_date
from pg_temp.seed_clock as clock, pg_temp.seed_appointments as plan
join public.appointments as visit on visit.id = pg_temp.seed_id(4, plan.number),
  lateral (select visit.start_time - interval '47 hours' as at) as due
where visit.status not in ('Cancelled', 'Rescheduled')
  and visit.start_time between clock.now - interval '21 days' and clock.now + interval '14 days'
  and plan.number not between 2881 and 2883;

insert into public.appointment_waitlist (
  id, client_id, provider_id, appointment_type, preferred_days, preferred_time_of_day, priority, status, created_by,
  created_at
)
select
  pg_temp.seed_id(7, 60000 + number), pg_temp.seed_id(3, case when number <= 2 then 238 + number else number * 9 end),
  case when number % 3 <> 0 then pg_temp.seed_id(1, 4 + number % 5) end,
  case when number <= 2 then 'Intake' else 'Individual Therapy' end,
  case when number % 2 = 0 then array['Tuesday', 'Thursday'] else '{}' end,
  (array['Morning', 'Afternoon', 'Evening'])[1 + number % 3],
  (array['Low', 'Normal', 'High', 'Urgent'])[1 + number % 4], 'Waiting', pg_temp.seed_id(1, 11),
  now - number * interval '1 day'
from pg_temp.seed_clock, generate_series(1, 15) as number;

-- portal -----------------------------------------------------------------------------------------------------

insert into public.client_portal_messages (
  id, client_id, sender_id, recipient_id, subject, body, read_at, created_at, updated_at
)
select
  pg_temp.seed_id(7, 61000 + number), client.id,
  case when number % 2 = 0 then client.portal_user_id else client.primary_therapist_id end,
  case when number % 2 = 0 then client.primary_therapist_id else client.portal_user_id end,
  'Synthetic subject ' || number, 'Synthetic message ' || number,
  case when number % 5 <> 0 then now - number * interval '3 hours' end,
  now - number * interval '4 hours', now - number * interval '4 hours'
from pg_temp.seed_clock, generate_series(1, 40) as number
join public.clients as client on client.id = pg_temp.seed_id(3, 1 + number % 20);

insert into public.client_documents (
  id, client_id, title, document_type, storage_path, is_shared, shared_at, shared_by, uploaded_by, created_at
)
select
  pg_temp.seed_id(7, 62000 + number), pg_temp.seed_id(3, number), 'Synthetic document ' || number,
  (array['Consent', 'Intake', 'Insurance', 'Letter', 'Report'])[1 + number % 5],
  'documents/' || pg_temp.seed_id(7, 62000 + number), number % 2 = 0,
  case when number % 2 = 0 then now - number * interval '1 day' end,
  case when number % 2 = 0 then pg_temp.seed_id(1, 11) end, pg_temp.seed_id(1, 11), now - number * interval '1 day'
from pg_temp.seed_clock, generate_series(1, 60) as number;

insert into public.appointment_requests (
  id, client_id, provider_id, requested_start_time, requested_end_time, appointment_type, reason, status, decided_by,
  decided_at, created_by, created_at
)
select
  pg_temp.seed_id(7, 63000 + number), client.id, client.primary_therapist_id,
  pg_temp.seed_time(today + 7 + number, '17:00'), pg_temp.seed_time(today + 7 + number, '18:00'),
  'Individual Therapy', 'Synthetic reason ' || number, case when number <= 6 then 'Pending' else 'Declined' end,
  case when number > 6 then pg_temp.seed_id(1, 11) end, case when number > 6 then now - interval '2 hours' end,
  client.portal_user_id, now - number * interval '5 hours'
from pg_temp.seed_clock, generate_series(1, 10) as number
join public.clients as client on client.id = pg_temp.seed_id(3, number);

insert into public.assessment_assignments (
  id, client_id, assigned_by, assessment_name, due_date, status, responses, score, completed_at, created_at
)
select
  pg_temp.seed_id(7, 64000 + number), client.id, client.primary_therapist_id,
  (array['PHQ-9', 'GAD-7'])[1 + number % 2], today + 7,
  case when number % 2 = 0 then 'Completed' else 'Assigned' end,
  case when number % 2 = 0 then jsonb_build_object('item_1', number % 4) end,
  case when number % 2 = 0 then number % 4 end, case when number % 2 = 0 then now - interval '1 day' end,
  now - interval '3 days'
from pg_temp.seed_clock, generate_series(1, 30) as number
join public.clients as client on client.id = pg_temp.seed_id(3, number);

-- telehealth -------------------------------------------------------------------------------------------------

create temporary table seed_telehealth as
select plan.number, visit.*
from pg_temp.seed_clock as clock, pg_temp.seed_appointments as plan
join public.appointments as visit on visit.id = pg_temp.seed_id(4, plan.number)
where visit.service_location = 'Telehealth' and visit.status <> 'Cancelled'
  and visit.start_time between clock.now - interval '14 days' and clock.now + interval '7 days';

insert into public.telehealth_consents (
  id, client_id, consent_type, document_version, consented_at, expires_at, verified_by, verified_at, created_by
)
select
  pg_temp.seed_id(7, 70000 + client.number), pg_temp.seed_id(3, client.number), 'Telehealth', '2026-01',
  now - interval '200 days', now + interval '165 days', pg_temp.seed_id(1, 11), now - interval '200 days',
  pg_temp.seed_id(1, 11)
from pg_temp.seed_clock, generate_series(1, 240) as client (number)
where exists (select from pg_temp.seed_telehealth as visit where visit.client_id = pg_temp.seed_id(3, client.number))
union all
select
  pg_temp.seed_id(7, 71000 + number), client_id, 'Recording', '2026-01', now - interval '100 days',
  now + interval '265 days', provider_id, now - interval '100 days', provider_id
from pg_temp.seed_clock,
  (select * from pg_temp.seed_telehealth where status = 'Completed' order by number limit 5) as visit;

insert into public.telehealth_sessions (
  id, appointment_id, client_id, provider_id, room_name, status, started_at, ended_at, ended_by, created_by
)
select
  pg_temp.seed_id(7, 72000 + number), id, client_id, provider_id, pg_temp.seed_id(7, 72000 + number)::text,
  case status when 'Completed' then 'Ended' when 'In Session' then 'Active' else 'Scheduled' end,
  case when status in ('Completed', 'In Session') then start_time end,
  case when status = 'Completed' then end_time end,
  case when status = 'Completed' then provider_id end, provider_id
from pg_temp.seed_telehealth;

insert into public.session_recordings (
  id, session_id, client_id, provider_id, consent_id, storage_path, started_at, duration_seconds, created_by
)
select
  pg_temp.seed_id(7, 73000 + visit.number), session.id, visit.client_id, visit.provider_id, consent.id,
  'recordings/' || session.room_name, visit.start_time, 2400, visit.provider_id
from pg_temp.seed_telehealth as visit
join public.telehealth_sessions as session on session.appointment_id = visit.id
join public.telehealth_consents as consent on consent.id = pg_temp.seed_id(7, 71000 + visit.number);

-- operations -------------------------------------------------------------------------------------------------

-- 1 in 100 fails, 1 in 50 is slow; the last fifty are older than a month.
insert into public.api_logs (id, method, url, status_code, response_time_ms, user_id, created_at)
select
  pg_temp.seed_id(7, 80000 + number), case when number % 5 = 0 then 'POST' else 'GET' end,
  '/rest/v1/' || (array['appointments', 'clients', 'clinical_notes', 'charge_entries'])[1 + number % 4],
  case when number % 100 = 0 then 500 when number % 40 = 1 then 403 when number % 5 = 0 then 201 else 200 end,
  case when number % 50 = 0 then 900 else 40 + number * 37 % 180 end, pg_temp.seed_id(1, 1 + number % 12),
  now - case when number <= 1200 then number * interval '10 minutes' else number * interval '1 hour' end
from pg_temp.seed_clock, generate_series(1, 1250) as number;

insert into public.issue_tracker (id, title, severity, status, reported_by, resolved_at, created_at)
select
  pg_temp.seed_id(7, 82000 + number), 'Synthetic defect ' || number,
  (array['critical', 'high', 'medium', 'medium', 'low', 'low', 'low'])[1 + number % 7],
  case when number % 3 = 0 then 'resolved' else 'open' end, pg_temp.seed_id(1, 11),
  case when number % 3 = 0 then now - number * interval '10 hours' end, now - number * interval '16 hours'
from pg_temp.seed_clock, generate_series(1, 14) as number;

-- One reviewed, one overdue, one due, one within its 72 hours. Reviews make themselves.
insert into public.releases (id, version, deployed_at, changes, deployment_minutes)
select pg_temp.seed_id(7, 85000 + number), version, now - age, changes, 5 + number
from
  pg_temp.seed_clock,
  (
    values
      (1, 'v1.3.0', interval '30 days', array['Portal messages', 'Faster client list']),
      (2, 'v1.4.0', interval '100 hours', array['Waitlist', 'Reminders by text message']),
      (3, 'v1.4.1', interval '80 hours', array['Reminders are sent once']),
      (4, 'v1.5.0', interval '30 hours', array['Telehealth consents'])
  ) as release (number, version, age, changes);
update public.post_release_reviews
set status = 'completed', completed_at = scheduled_for + interval '4 hours', health_score = 8
where release_id = pg_temp.seed_id(7, 85001) and status = 'scheduled';

insert into public.phi_access_logs (
  id, user_id, patient_id, access_type, resource_type, resource_id, justification, created_at
)
select
  pg_temp.seed_id(7, 83000 + number), pg_temp.seed_id(1, 1 + number % 12), pg_temp.seed_id(3, number),
  (array['view', 'print', 'export'])[1 + number % 3], 'clients', pg_temp.seed_id(3, number),
  case when number % 3 = 2 then 'Requested by the client' end,
  now - number * interval '6 hours' - case when number > 25 then interval '10 years 2 months' else '0' end
from pg_temp.seed_clock, generate_series(1, 30) as number;

insert into public.security_incidents (id, type, severity, description, detected_at, reported_by, status)
select
  pg_temp.seed_id(7, 84001), 'policy_violation', 'low', 'A workstation was left unlocked; no record was opened.',
  now - interval '20 days', pg_temp.seed_id(1, 11), 'resolved'
from pg_temp.seed_clock;

-- History is not news: nobody is told of it.
delete from governance.events using pg_temp.seed_clock as clock where occurred_at >= clock.loading_since;

drop table pg_temp.seed_clock, pg_temp.seed_days, pg_temp.seed_staff, pg_temp.seed_people, pg_temp.seed_clients,
  pg_temp.seed_appointments, pg_temp.seed_kept, pg_temp.seed_notes, pg_temp.seed_charges, pg_temp.seed_telehealth;
reset client_min_messages;

analyze public.profiles, public.user_roles, public.clients, public.appointments, public.clinical_notes,
  public.charge_entries, public.insurance_claims, public.reminder_logs, public.api_logs;
