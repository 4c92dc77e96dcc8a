-- Purpose: how long each kind of row is kept, from when, and how it goes
-- Affects: table public.data_retention_policies
-- Source: production plan, 3.2; governance plan, 5.2; architecture, section 8
-- Reversal: drop table public.data_retention_policies;
-- Locks: none

create table public.data_retention_policies (
  id uuid primary key default gen_random_uuid(),
  data_type text not null,
  retention_period_months integer not null,
  deletion_method text not null,
  is_active boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  table_name text not null,
  basis_columns text[] not null,
  subject_table text,
  subject_column text,
  ended_column text,
  ended_values text[] not null default '{}',
  birth_column text,
  under_age integer,
  until_age integer,
  waits_for text[] not null default '{}',
  apply_order integer not null default 0,
  owner_position text not null default '',
  reason text not null,
  constraint data_retention_policies_data_type_key unique (data_type),
  constraint data_retention_policies_period_check check (retention_period_months between 1 and 1200),
  constraint data_retention_policies_method_check
    check (deletion_method in ('soft_delete', 'hard_delete', 'anonymize')),
  -- The plan's third word is admitted; a rule that nothing carries out must not look alive.
  constraint data_retention_policies_anonymize_check check (deletion_method <> 'anonymize' or not is_active),
  constraint data_retention_policies_basis_check check (cardinality(basis_columns) > 0),
  constraint data_retention_policies_subject_check check ((subject_table is null) = (subject_column is null)),
  constraint data_retention_policies_minor_check check (num_nulls(birth_column, under_age, until_age) in (0, 3))
);

comment on table public.data_retention_policies is
  'Retention rules, compiled from the data contracts: change them there.';
comment on column public.data_retention_policies.basis_columns is
  'Dates the period counts from: the latest one, of the row itself or of its subject.';
comment on column public.data_retention_policies.subject_table is
  'Where basis, end and birth date stand if not in the row itself; subject_column leads to its primary key.';
comment on column public.data_retention_policies.ended_column is
  'The clock runs only while this column is one of ended_values, or is set when none are given. Null: always.';
comment on column public.data_retention_policies.birth_column is
  'Rows of people under under_age on the basis day are kept until they are until_age, if that is later.';
comment on column public.data_retention_policies.waits_for is
  'Tables whose rows go first; {*} is every table with a foreign key to this one. A hard delete waits for all.';
comment on column public.data_retention_policies.apply_order is 'Children before their parents.';

alter table public.data_retention_policies enable row level security;
revoke all on table public.data_retention_policies from public, anon, authenticated, service_role;
grant select on table public.data_retention_policies to service_role;

create trigger data_retention_policies_set_updated_at before update on public.data_retention_policies
  for each row execute function governance.set_updated_at();
