-- Purpose: demographics of clients and who cares for them
-- Affects: table public.clients
-- Source: production plan, 1.2 (ClientValidationSchema) and 5.2; governance plan, 5.2 (clients);
--   architecture, section 2 (reference practice schema)
-- Reversal: drop table public.clients;
-- Locks: none (new table)

create sequence public.clients_medical_record_number_seq start 100001;
comment on sequence public.clients_medical_record_number_seq is 'Numbers of new medical records.';
revoke all on sequence public.clients_medical_record_number_seq from public, anon, authenticated, service_role;
-- Usage allows nextval for the column default, not setval.
grant usage on sequence public.clients_medical_record_number_seq to authenticated, service_role;

create table public.clients (
  id uuid primary key default gen_random_uuid(),
  medical_record_number text not null default 'MRN-' || nextval('public.clients_medical_record_number_seq'),
  first_name text not null,
  middle_name text,
  last_name text not null,
  preferred_name text,
  pronouns text,
  date_of_birth date not null,
  email text,
  phone_numbers jsonb not null default '[]',
  address_line_1 text,
  address_line_2 text,
  city text,
  state text,
  postal_code text,
  ssn_encrypted text,
  insurance_payer_name text,
  insurance_member_id text,
  status text not null default 'Active',
  is_active boolean not null default true,
  primary_therapist_id uuid references public.profiles (id) on delete restrict,
  portal_user_id uuid references public.profiles (id) on delete restrict,
  portal_enabled boolean not null default false,
  registration_date date not null default (now() at time zone 'America/New_York')::date,
  discharge_date date,
  discharge_reason text,
  deceased_date date,
  created_by uuid default governance.actor_id() references public.profiles (id) on delete restrict,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint clients_medical_record_number_key unique (medical_record_number),
  constraint clients_first_name_check check (char_length(first_name) between 1 and 50),
  constraint clients_last_name_check check (char_length(last_name) between 1 and 50),
  constraint clients_email_check
    check (email ~ '^[A-Za-z0-9._%+''-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$'),
  constraint clients_email_length_check check (char_length(email) <= 254),
  constraint clients_phone_numbers_check check (governance.are_phone_numbers(phone_numbers)),
  -- Age 0 to 120 on the day the row was made. "Today" would make the check mutable; who passes 120
  -- later is for a quality rule to notice.
  constraint clients_date_of_birth_check check (
    date_of_birth <= (created_at at time zone 'America/New_York')::date
    and date_of_birth > (created_at at time zone 'America/New_York')::date - interval '121 years'
  ),
  constraint clients_state_check check (state ~ '^[A-Z]{2}$'),
  constraint clients_postal_code_check check (postal_code ~ '^[0-9]{5}(-[0-9]{4})?$'),
  -- Nine digits, dashed or not, are a number in the clear and not a ciphertext.
  constraint clients_ssn_encrypted_check
    check (char_length(ssn_encrypted) >= 32 and ssn_encrypted !~ '^[^0-9]*([0-9][^0-9]*){9}$'),
  constraint clients_status_check check (status in ('Pending', 'Active', 'Inactive', 'Discharged', 'Deceased')),
  constraint clients_discharge_date_check check (discharge_date >= registration_date),
  constraint clients_deceased_date_check check (deceased_date >= date_of_birth)
);

comment on table public.clients is
  'Clients of the practice: demographics and assignment. PHI. Soft deleted by retention, never by a person.';
comment on column public.clients.phone_numbers is
  'Array of {phone_number, phone_type}; the type is home, work, mobile or other.';
comment on column public.clients.ssn_encrypted is
  'Social security number as encrypt_sensitive_data returns it; never in the clear.';
comment on column public.clients.is_active is
  'Whether the practice currently cares for the client; written by the frontend beside status.';
comment on column public.clients.primary_therapist_id is
  'The clinician whose caseload the client belongs to.';
comment on column public.clients.portal_user_id is
  'The login of the client, or of a parent, who may hold it for several children.';
comment on column public.clients.discharge_date is
  'End of care; the basis of the retention period.';

create index clients_is_active_last_name_first_name_idx on public.clients (is_active, last_name, first_name)
  where is_active;
create index clients_primary_therapist_id_idx on public.clients (primary_therapist_id);
create index clients_portal_user_id_idx on public.clients (portal_user_id);
create index clients_created_by_idx on public.clients (created_by);
create index clients_status_idx on public.clients (status);
create index clients_discharge_date_idx on public.clients (discharge_date)
  where discharge_date is not null;

alter table public.clients enable row level security;
revoke all on table public.clients from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.clients to service_role;

alter sequence public.clients_medical_record_number_seq owned by public.clients.medical_record_number;

create trigger clients_set_created_by before insert or update of created_by on public.clients
  for each row execute function governance.set_created_by();

create trigger clients_set_updated_at before update on public.clients
  for each row execute function governance.set_updated_at();
