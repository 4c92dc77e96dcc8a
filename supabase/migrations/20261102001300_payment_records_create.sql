-- Purpose: payments of payers and clients
-- Affects: table public.payment_records
-- Source: governance plan, 4.2 (billing); architecture, section 2 (reference practice schema)
-- Reversal: drop table public.payment_records;
-- Locks: none (new table)

create table public.payment_records (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references public.clients (id) on delete restrict,
  charge_id uuid references public.charge_entries (id) on delete restrict,
  claim_id uuid references public.insurance_claims (id) on delete restrict,
  payer_type text not null,
  payment_method text not null,
  amount numeric(10, 2) not null,
  payment_date date not null default (now() at time zone 'America/New_York')::date,
  reference_number text,
  posted_by uuid default governance.actor_id() references public.profiles (id) on delete restrict,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint payment_records_payer_type_check check (payer_type in ('Client', 'Insurance', 'Other')),
  constraint payment_records_payment_method_check
    check (payment_method in ('Card', 'Cash', 'Check', 'Electronic Transfer', 'Adjustment')),
  -- A refund is negative; nothing paid is no payment.
  constraint payment_records_amount_check check (amount <> 0)
);

comment on table public.payment_records is
  'Payments posted. Corrected by a further row, not by editing.';

create index payment_records_client_id_idx on public.payment_records (client_id);
create index payment_records_charge_id_idx on public.payment_records (charge_id);
create index payment_records_claim_id_idx on public.payment_records (claim_id);
create index payment_records_posted_by_idx on public.payment_records (posted_by);
create index payment_records_payment_date_idx on public.payment_records (payment_date);

alter table public.payment_records enable row level security;
revoke all on table public.payment_records from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.payment_records to service_role;

create trigger payment_records_set_updated_at before update on public.payment_records
  for each row execute function governance.set_updated_at();
