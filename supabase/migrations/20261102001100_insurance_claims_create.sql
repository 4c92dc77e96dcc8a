-- Purpose: claims to payers
-- Affects: table public.insurance_claims
-- Source: governance plan, 4.2 (billing); architecture, section 2 (reference practice schema)
-- Reversal: drop table public.insurance_claims;
-- Locks: none (new table)

create table public.insurance_claims (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references public.clients (id) on delete restrict,
  claim_number text not null,
  payer_name text not null,
  total_amount numeric(10, 2) not null,
  status text not null default 'Draft',
  submitted_at timestamptz,
  submitted_by uuid references public.profiles (id) on delete restrict,
  adjudicated_at timestamptz,
  created_by uuid default governance.actor_id() references public.profiles (id) on delete restrict,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint insurance_claims_claim_number_key unique (claim_number),
  constraint insurance_claims_total_amount_check check (total_amount >= 0),
  constraint insurance_claims_status_check
    check (status in ('Draft', 'Submitted', 'Accepted', 'Rejected', 'Paid', 'Denied', 'Appealed', 'Void'))
);

comment on table public.insurance_claims is
  'Insurance claims; the charges of a claim point to it.';

create index insurance_claims_client_id_idx on public.insurance_claims (client_id);
create index insurance_claims_status_idx on public.insurance_claims (status);
create index insurance_claims_submitted_by_idx on public.insurance_claims (submitted_by);
create index insurance_claims_created_by_idx on public.insurance_claims (created_by);

alter table public.insurance_claims enable row level security;
revoke all on table public.insurance_claims from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.insurance_claims to service_role;

create trigger insurance_claims_set_created_by
  before insert or update of created_by on public.insurance_claims
  for each row execute function governance.set_created_by();

create trigger insurance_claims_set_updated_at before update on public.insurance_claims
  for each row execute function governance.set_updated_at();
