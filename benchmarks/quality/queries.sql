-- name: list_constraints
-- what the schema forbids and a defect may need; primary keys stay
select conname as name, conrelid::regclass::text as relation, pg_get_constraintdef(oid) as definition
from pg_constraint
where conrelid = any (%(relations)s::regclass[]) and contype in ('c', 'f', 'u', 'x')
  -- And what hangs on a unique index of theirs.
  or contype = 'f' and conindid in (
    select indexrelid from pg_index where indrelid = any (%(relations)s::regclass[]) and not indisprimary
  )
order by contype = 'f', conname;

-- name: list_required
select attrelid::regclass::text as relation, attname as name
from pg_attribute
where attrelid = any (%(relations)s::regclass[]) and attnum > 0 and attnotnull and not attisdropped
  and not exists (
    select from pg_index where indrelid = attrelid and indisprimary and attnum = any (indkey)
  );

-- name: list_indexes
select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition
from pg_index
where indrelid = any (%(relations)s::regclass[])
  and not exists (select from pg_constraint where conindid = indexrelid);

-- name: load_users
insert into auth.users (id, email)
select md5('provider ' || number)::uuid, 'provider' || number || '@mentalspace.example'
from generate_series(1, %(providers)s) as number;

-- name: load_profiles
insert into public.profiles (id, email, first_name, last_name)
select md5('provider ' || number)::uuid, 'provider' || number || '@mentalspace.example', 'Given' || number, 'Family' || number
from generate_series(1, %(providers)s) as number;

-- name: load_user_roles
insert into public.user_roles (user_id, role)
select id, 'therapist' from public.profiles;

-- name: load_service_codes
insert into public.service_codes (code, description, standard_rate, is_active)
select code, 'Service ' || code, 100, code <> '90899'
from unnest(array['90791', '90832', '90834', '90837', '90846', '90847', '90853', '90785', '90899']) as code;

-- name: load_clients
insert into public.clients (
  id, medical_record_number, first_name, last_name, date_of_birth, email, phone_numbers, address_line_1, city, state,
  postal_code, status, is_active, primary_therapist_id, registration_date, created_at
)
select md5('client ' || number)::uuid, 'MRN-' || number, 'Given' || number, 'Family' || number %% 9973,
  current_date - interval '20 years' - number %% 20000 * interval '1 day', 'client' || number || '@mentalspace.example',
  '[{"phone_number": "5550100", "phone_type": "mobile"}]', number || ' Main Street', 'Albany', 'NY', '12207', 'Active',
  true, md5('provider ' || number %% %(providers)s + 1)::uuid, current_date - 1000, now() - interval '1000 days'
from generate_series(1, %(clients)s) as number;

-- name: load_appointments
-- every provider has one slot an hour: completed, missed and cancelled ones back from four days ago, open ones ahead
insert into public.appointments (
  id, client_id, provider_id, start_time, end_time, appointment_type, status, cancellation_reason,
  no_show_documented_at, created_date
)
select md5('appointment ' || number)::uuid, md5('client ' || (number * 7919::bigint) %% %(clients)s + 1)::uuid,
  md5('provider ' || number %% %(providers)s + 1)::uuid, start_time, start_time + interval '50 minutes',
  (array['Intake', 'Individual Therapy', 'Couples Therapy', 'Family Therapy', 'Follow-up'])[number %% 5 + 1], status,
  case status when 'Cancelled' then 'asked by the client' end, case status when 'No Show' then start_time end,
  start_time - interval '10 days'
from (
  select number, status, date_trunc('hour', now()) + case status
    when 'Scheduled' then number / %(providers)s + 1 else - number / %(providers)s - 96 end * interval '1 hour' as start_time
  from (
    select number, (array['Completed', 'Cancelled', 'No Show', 'Rescheduled', 'Scheduled'])[
      width_bucket((number / %(providers)s * 37 + number %% %(providers)s) %% 100, array[0, 80, 88, 92, 95])] as status
    from generate_series(0, %(appointments)s - 1) as number
  ) as numbered
) as slot;

-- name: load_notes
insert into public.clinical_notes (
  id, client_id, provider_id, appointment_id, title, note_type, content, status, signed_at, signed_by, created_at
)
select gen_random_uuid(), client_id, provider_id, id, 'Progress note', 'progress_note',
  jsonb_build_object('subjective', repeat('synthetic ', 8), 'plan', repeat('text ', 8)), 'signed',
  end_time + interval '1 hour', provider_id, end_time + interval '30 minutes'
from public.appointments where status = 'Completed';

-- name: load_charges
-- one for every completed appointment, and an add-on for every eighth
insert into public.charge_entries (
  id, client_id, appointment_id, provider_id, service_date, cpt_code, diagnosis_codes, charge_amount, status, created_date
)
select gen_random_uuid(), visit.client_id, visit.id, visit.provider_id, visit.appointment_date, charged.cpt_code,
  '{F41.1}', 150, 'Billed', visit.end_time
from (
  select *, row_number() over () as place from public.appointments where status = 'Completed'
) as visit
cross join lateral (
  select '90837' as cpt_code union all select '90785' where place %% 8 = 0
) as charged;

-- name: touch_clients
-- every two hundredth row, by its key
update public.clients set city = 'Troy' where hashtext(id::text) % 200 = 0;

-- name: touch_appointments
update public.appointments set notes = 'moved' where hashtext(id::text) % 200 = 0;

-- name: touch_notes
update public.clinical_notes set title = 'Progress' where hashtext(id::text) % 200 = 0;

-- name: touch_charges
update public.charge_entries set diagnosis_codes = '{F41.9}' where hashtext(id::text) % 200 = 0;
