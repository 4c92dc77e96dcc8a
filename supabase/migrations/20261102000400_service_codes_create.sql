-- Purpose: the CPT and HCPCS codes that the practice bills
-- Affects: table public.service_codes
-- Source: governance plan, 5.3 (Invalid CPT Codes); architecture, section 2 (reference practice schema)
-- Reversal: drop table public.service_codes;
-- Locks: none (new table)

create table public.service_codes (
  code text primary key,
  description text not null,
  default_minutes smallint,
  standard_rate numeric(10, 2),
  is_active boolean not null default true,
  created_by uuid default governance.actor_id() references public.profiles (id) on delete restrict,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint service_codes_code_check check (code ~ '^([0-9]{5}|[A-Z][0-9]{4})$'),
  constraint service_codes_default_minutes_check check (default_minutes between 1 and 1440),
  constraint service_codes_standard_rate_check check (standard_rate >= 0)
);

comment on table public.service_codes is
  'Billable service codes. A code is switched off (is_active), never deleted: old charges refer to it.';

create index service_codes_created_by_idx on public.service_codes (created_by);

alter table public.service_codes enable row level security;
revoke all on table public.service_codes from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.service_codes to service_role;

create trigger service_codes_set_created_by before insert or update of created_by on public.service_codes
  for each row execute function governance.set_created_by();

create trigger service_codes_set_updated_at before update on public.service_codes
  for each row execute function governance.set_updated_at();
