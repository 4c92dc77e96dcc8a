-- Purpose: who holds which role, read at statement time by every policy
-- Affects: table public.user_roles
-- Source: governance plan, 5.2 (user_roles) and 5.3; architecture, section 2 (reference practice schema)
-- Reversal: drop table public.user_roles;
-- Locks: none (new table)

create table public.user_roles (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references public.profiles (id) on delete restrict,
  role public.app_role not null,
  assigned_by uuid default governance.actor_id() references public.profiles (id) on delete restrict,
  assigned_at timestamptz not null default now(),
  constraint user_roles_user_id_role_key unique (user_id, role)
);

comment on table public.user_roles is
  'Roles of people. A row is the role: deleting it revokes at the next statement. One person may hold '
  'several.';

create index user_roles_assigned_by_idx on public.user_roles (assigned_by);
create index user_roles_role_idx on public.user_roles (role);

alter table public.user_roles enable row level security;
revoke all on table public.user_roles from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.user_roles to service_role;
