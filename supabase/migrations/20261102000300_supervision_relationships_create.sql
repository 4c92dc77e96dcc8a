-- Purpose: who supervises whom, and so whose rows a supervisor reaches
-- Affects: table public.supervision_relationships
-- Source: architecture, section 2 (reference practice schema)
-- Reversal: drop table public.supervision_relationships;
-- Locks: none (new table)

create table public.supervision_relationships (
  id uuid primary key default gen_random_uuid(),
  supervisor_id uuid not null references public.profiles (id) on delete restrict,
  supervisee_id uuid not null references public.profiles (id) on delete restrict,
  status text not null default 'Active',
  start_date date not null default (now() at time zone 'America/New_York')::date,
  end_date date,
  created_by uuid default governance.actor_id() references public.profiles (id) on delete restrict,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint supervision_relationships_two_people_check check (supervisor_id <> supervisee_id),
  constraint supervision_relationships_status_check check (status in ('Pending', 'Active', 'Ended')),
  constraint supervision_relationships_dates_check check (end_date >= start_date)
);

comment on table public.supervision_relationships is
  'Supervision of clinicians. Only status Active within its dates counts for access.';

create index supervision_relationships_supervisor_id_status_idx
  on public.supervision_relationships (supervisor_id, status);
create index supervision_relationships_supervisee_id_status_idx
  on public.supervision_relationships (supervisee_id, status);
create index supervision_relationships_created_by_idx on public.supervision_relationships (created_by);
create unique index supervision_relationships_pair_active_idx
  on public.supervision_relationships (supervisor_id, supervisee_id)
  where status = 'Active';

alter table public.supervision_relationships enable row level security;
revoke all on table public.supervision_relationships from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.supervision_relationships to service_role;

create trigger supervision_relationships_set_created_by
  before insert or update of created_by on public.supervision_relationships
  for each row execute function governance.set_created_by();

create trigger supervision_relationships_set_updated_at before update on public.supervision_relationships
  for each row execute function governance.set_updated_at();
