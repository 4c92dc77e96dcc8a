-- Purpose: billable services
-- Affects: table public.charge_entries
-- Source: governance plan, 4.2 (billing), 5.2 and 5.3; architecture, section 2 (reference practice schema)
-- Reversal: drop table public.charge_entries;
-- Locks: none (new table)

create table public.charge_entries (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references public.clients (id) on delete restrict,
  appointment_id uuid references public.appointments (id) on delete restrict,
  note_id uuid references public.clinical_notes (id) on delete restrict,
  provider_id uuid not null references public.profiles (id) on delete restrict,
  claim_id uuid references public.insurance_claims (id) on delete restrict,
  service_date date not null,
  cpt_code text not null references public.service_codes (code) on delete restrict,
  modifiers text[] not null default '{}',
  diagnosis_codes text[] not null default '{}',
  units smallint not null default 1,
  charge_amount numeric(10, 2) not null,
  status text not null default 'Pending',
  write_off_amount numeric(10, 2),
  write_off_reason text,
  write_off_requested_by uuid references public.profiles (id) on delete restrict,
  write_off_approved_by uuid references public.profiles (id) on delete restrict,
  write_off_at timestamptz,
  created_date timestamptz not null default now(),
  created_by uuid default governance.actor_id() references public.profiles (id) on delete restrict,
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint charge_entries_units_check check (units between 1 and 96),
  constraint charge_entries_charge_amount_check check (charge_amount >= 0),
  constraint charge_entries_status_check
    check (status in ('Pending', 'Ready', 'Billed', 'Paid', 'Denied', 'Written Off', 'Void')),
  constraint charge_entries_write_off_amount_check check (write_off_amount between 0 and charge_amount),
  constraint charge_entries_write_off_two_people_check check (write_off_approved_by <> write_off_requested_by)
);

comment on table public.charge_entries is
  'Charges for services. Kept ten years. Nobody approves a write-off that they asked for.';
comment on column public.charge_entries.cpt_code is
  'The foreign key says that the code exists; a quality rule says that it is active.';
comment on column public.charge_entries.created_date is
  'When it was entered; the plans name it so.';

create index charge_entries_client_id_service_date_idx
  on public.charge_entries (client_id, service_date desc);
create index charge_entries_provider_id_service_date_idx
  on public.charge_entries (provider_id, service_date desc);
create index charge_entries_appointment_id_idx on public.charge_entries (appointment_id);
create index charge_entries_note_id_idx on public.charge_entries (note_id);
create index charge_entries_claim_id_idx on public.charge_entries (claim_id);
create index charge_entries_cpt_code_idx on public.charge_entries (cpt_code);
create index charge_entries_service_date_idx on public.charge_entries (service_date);
create index charge_entries_status_idx on public.charge_entries (status);
create index charge_entries_created_by_idx on public.charge_entries (created_by);
create index charge_entries_write_off_requested_by_idx on public.charge_entries (write_off_requested_by);
create index charge_entries_write_off_approved_by_idx on public.charge_entries (write_off_approved_by);

alter table public.charge_entries enable row level security;
revoke all on table public.charge_entries from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.charge_entries to service_role;

create trigger charge_entries_set_created_by before insert or update of created_by on public.charge_entries
  for each row execute function governance.set_created_by();

create trigger charge_entries_set_updated_at before update on public.charge_entries
  for each row execute function governance.set_updated_at();
