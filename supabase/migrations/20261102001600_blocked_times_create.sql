-- Purpose: hours in which a provider takes no appointments
-- Affects: table public.blocked_times
-- Source: governance plan, 4.1 (Blocked Time Management); architecture, section 2 (reference practice
--   schema)
-- Reversal: drop table public.blocked_times;
-- Locks: none (new table)

create table public.blocked_times (
  id uuid primary key default gen_random_uuid(),
  provider_id uuid not null references public.profiles (id) on delete restrict,
  start_time timestamptz not null,
  end_time timestamptz not null,
  block_type text not null default 'Other',
  reason text,
  created_by uuid default governance.actor_id() references public.profiles (id) on delete restrict,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint blocked_times_times_check check (end_time > start_time),
  constraint blocked_times_block_type_check
    check (block_type in ('Vacation', 'Sick', 'Meeting', 'Training', 'Administrative', 'Other'))
);

comment on table public.blocked_times is
  'Blocked hours of providers.';

create index blocked_times_provider_id_start_time_idx on public.blocked_times (provider_id, start_time);
create index blocked_times_created_by_idx on public.blocked_times (created_by);

alter table public.blocked_times enable row level security;
revoke all on table public.blocked_times from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.blocked_times to service_role;

create trigger blocked_times_set_created_by before insert or update of created_by on public.blocked_times
  for each row execute function governance.set_created_by();

create trigger blocked_times_set_updated_at before update on public.blocked_times
  for each row execute function governance.set_updated_at();
