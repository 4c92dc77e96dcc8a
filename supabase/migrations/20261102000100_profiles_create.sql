-- Purpose: the people who sign in: staff and clients with a portal login
-- Affects: table public.profiles
-- Source: architecture, section 2 (reference practice schema)
-- Reversal: drop table public.profiles;
-- Locks: none (new table)

create table public.profiles (
  id uuid primary key references auth.users (id) on delete restrict,
  email text not null,
  first_name text not null,
  last_name text not null,
  title text,
  phone_number text,
  npi text,
  is_active boolean not null default true,
  deactivated_at timestamptz,
  created_by uuid default governance.actor_id() references public.profiles (id) on delete restrict,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint profiles_first_name_check check (char_length(first_name) between 1 and 50),
  constraint profiles_last_name_check check (char_length(last_name) between 1 and 50),
  constraint profiles_email_check
    check (email ~ '^[A-Za-z0-9._%+''-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}$'),
  constraint profiles_email_length_check check (char_length(email) <= 254),
  constraint profiles_npi_check check (npi ~ '^[0-9]{10}$')
);

comment on table public.profiles is
  'People who sign in. Registered by an administrator: a new auth user gets neither profile nor role by '
  'itself. Never deleted, deactivated.';
comment on column public.profiles.is_active is
  'An inactive person has no role, whatever public.user_roles says.';
comment on column public.profiles.npi is
  'National Provider Identifier of a clinician: ten digits.';

create unique index profiles_email_key on public.profiles (lower(email));
create index profiles_created_by_idx on public.profiles (created_by);

alter table public.profiles enable row level security;
revoke all on table public.profiles from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.profiles to service_role;

create trigger profiles_set_created_by before insert or update of created_by on public.profiles
  for each row execute function governance.set_created_by();

create trigger profiles_set_updated_at before update on public.profiles
  for each row execute function governance.set_updated_at();
