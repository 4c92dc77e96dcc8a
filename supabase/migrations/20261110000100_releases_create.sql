-- Purpose: what was deployed when
-- Affects: table public.releases
-- Source: governance plan, 6.1 (review template) and 6.2 (collect-release-metrics)
-- Reversal: drop table public.releases;
-- Locks: none (new table)

create table public.releases (
  id uuid primary key default gen_random_uuid(),
  version text not null,
  deployed_at timestamptz not null default now(),
  deployed_by_position text not null default 'release_manager',
  changes text[] not null default '{}',
  deployment_minutes integer,
  rollback_required boolean not null default false,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint releases_version_key unique (version),
  constraint releases_version_check check (version ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'),
  constraint releases_deployed_by_position_check check (char_length(deployed_by_position) between 1 and 100),
  constraint releases_deployment_minutes_check check (deployment_minutes >= 0)
);

comment on table public.releases is
  'Deployments of the software. Each has a review, made by a trigger in the same transaction.';
comment on column public.releases.deployed_by_position is
  'A position of the practice, never a name.';

create index releases_deployed_at_idx on public.releases (deployed_at desc);

alter table public.releases enable row level security;
revoke all on table public.releases from public, anon, authenticated, service_role;
grant select, insert, update on table public.releases to service_role;

create trigger releases_set_updated_at before update on public.releases
  for each row execute function governance.set_updated_at();
