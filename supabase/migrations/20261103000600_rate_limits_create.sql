-- Purpose: requests counted per caller
-- Affects: table public.rate_limits
-- Source: production plan, 1.1 (its upsert names a key that its table lacks)
-- Reversal: drop table public.rate_limits;
-- Locks: none (new table)

create table public.rate_limits (
  id uuid primary key default gen_random_uuid(),
  identifier text not null,
  request_count integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint rate_limits_identifier_key unique (identifier),
  constraint rate_limits_request_count_check check (request_count >= 0)
);

comment on table public.rate_limits is
  'One row per caller; created_at is the start of its present window.';

alter table public.rate_limits enable row level security;
revoke all on table public.rate_limits from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.rate_limits to service_role;

create trigger rate_limits_set_updated_at before update on public.rate_limits
  for each row execute function governance.set_updated_at();
