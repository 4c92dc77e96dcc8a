-- A practice of the size that `bench.clients` says, synthetic and the same every time: 15 appointments for each client,
-- 11 notes and 11 charges for those that have taken place. Keys are random-looking, as gen_random_uuid makes them;
-- rows lie in the order of time, as years of work leave them. For a superuser, on a migrated, empty database.

-- Triggers and foreign keys are off: nothing is judged, recorded or told.
set session_replication_role = replica;
set synchronous_commit = off;
set maintenance_work_mem = '512MB';

create schema bench;
create function bench.key(kind text, number bigint) returns uuid immutable language sql
  return md5(kind || number::text)::uuid;
create function bench.clients() returns bigint stable language sql
  return current_setting('bench.clients')::bigint;
-- A clinician for 333 clients, and at least ten.
create function bench.clinicians() returns bigint stable language sql
  return greatest(10, bench.clients() / 333);
-- Clients of one caseload.
create function bench.caseload() returns bigint stable language sql
  return bench.clients() / bench.clinicians();

-- Of ten clinicians two are associates and the tenth supervises eight of the others. Every third client signs in.
create table bench.people as
select bench.key('clinician', n) as id, 'clinician' || n as name,
  case when n % 10 = 0 then 'supervisor' when n % 10 < 3 then 'associate_trainee' else 'therapist' end as role
from generate_series(1, bench.clinicians()) n
union all
select bench.key('staff', n), 'staff' || n, (array['administrator', 'billing_staff', 'front_desk'])[n % 3 + 1]
from generate_series(1, 12) n
union all
select bench.key('login', n), 'login' || n, 'client_user'
from generate_series(1, bench.clients(), 3) n;

insert into auth.users (id, email) select id, name || '@bench.example' from bench.people;
insert into public.profiles (id, email, first_name, last_name)
select id, name || '@bench.example', 'Synthetic', name from bench.people;
insert into public.user_roles (user_id, role) select id, role::public.app_role from bench.people;
insert into public.supervision_relationships (supervisor_id, supervisee_id, start_date)
select bench.key('clinician', n), bench.key('clinician', n - k), current_date - 100
from generate_series(10, bench.clinicians(), 10) n, generate_series(2, 9) k;

insert into public.service_codes (code, description) values ('90837', 'Psychotherapy, 60 minutes')
on conflict do nothing;

insert into public.clients (
  id, first_name, last_name, date_of_birth, primary_therapist_id, portal_user_id, portal_enabled, registration_date
)
select bench.key('client', n), 'Client' || n, 'Family' || md5(n::text), date '1950-01-01' + (n % 20000)::integer,
  bench.key('clinician', (n - 1) % bench.clinicians() + 1),
  case when n % 3 = 1 then bench.key('login', n) end, n % 3 = 1, current_date - 1000
from generate_series(1, bench.clients()) n;

-- Seven hours on each working day, an eighteenth of them still to come; each caseload is gone through 15 times. Every
-- 33rd hour is with a client of the next caseload, as when a colleague is away.
create table bench.slots as
with hours as (
  select k, k / bench.caseload() as visit,
    date_trunc('week', now()) + interval '13 hours' + interval '1 hour' * (k % 7) + interval '1 day' * (k / 7 % 5)
      + interval '1 week' * (k / 35 - 15 * bench.caseload() * 17 / 18 / 35) as at
  from generate_series(0, 15 * bench.caseload() - 1) k
)
select row_number() over (order by k, c) as n, at, visit, bench.key('clinician', c) as provider_id,
  bench.key('client', (c - 1 + case when k % 33 = 0 then 1 else 0 end) % bench.clinicians() + 1
    + bench.clinicians() * (k % bench.caseload())) as client_id
from hours, generate_series(1, bench.clinicians()) c;

-- Made once after all rows, indexes take a fraction of the time.
create table bench.indexes as
select index.indexrelid::regclass::text as name, pg_get_indexdef(index.indexrelid) as definition
from pg_index index
where index.indrelid::regclass::text in ('appointments', 'clinical_notes', 'charge_entries', 'public.appointments',
    'public.clinical_notes', 'public.charge_entries')
  and not exists (select from pg_constraint where conindid = index.indexrelid);
do $$
declare
  name text;
begin
  for name in select indexes.name from bench.indexes loop
    execute 'drop index ' || name;
  end loop;
end
$$;
alter table public.appointments drop constraint appointments_no_double_booking;

insert into public.appointments (
  id, client_id, provider_id, start_time, end_time, appointment_type, status, created_date, deleted_at
)
select bench.key('appointment', n), client_id, provider_id, at, at + interval '50 minutes', 'Individual Therapy',
  case when at > now() then 'Scheduled' when n % 20 = 0 then 'Cancelled' else 'Completed' end, at - interval '14 days',
  case when n % 100 = 0 then at - interval '1 day' end
from bench.slots order by n;
insert into public.clinical_notes (
  id, client_id, provider_id, appointment_id, title, note_type, content, status, created_at
)
select bench.key('note', n), client_id, provider_id, bench.key('appointment', n), 'Progress note', 'progress_note',
  jsonb_build_object('text', repeat('Synthetic. ', 40)), 'signed', at + interval '1 hour'
from bench.slots where visit % 4 <> 0 and at < now() order by n;

insert into public.charge_entries (
  id, client_id, provider_id, appointment_id, service_date, cpt_code, charge_amount, status, created_date
)
select bench.key('charge', n), client_id, provider_id, bench.key('appointment', n), at::date, '90837', 150,
  case when n % 4 = 0 then 'Pending' else 'Paid' end, at + interval '2 hours'
from bench.slots where visit % 4 <> 0 and at < now() order by n;

alter table public.appointments add constraint appointments_no_double_booking exclude using gist (
  provider_id with =, tstzrange(start_time, end_time, '[)') with &&
) where (status in ('Scheduled', 'Confirmed', 'Checked In', 'In Session', 'Completed') and deleted_at is null);
do $$
declare
  definition text;
begin
  for definition in select indexes.definition from bench.indexes loop
    execute definition;
  end loop;
end
$$;

reset session_replication_role;
-- No trigger saw who was given a role: what they reach is derived now.
update governance.raci_versions set is_active = is_active;
reset synchronous_commit;
reset maintenance_work_mem;

vacuum (analyze) public.profiles, public.user_roles, public.supervision_relationships, public.clients,
  public.appointments, public.clinical_notes, public.charge_entries, governance.raci_reach, governance.held_reach;
