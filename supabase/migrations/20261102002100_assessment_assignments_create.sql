-- Purpose: questionnaires given to clients
-- Affects: table public.assessment_assignments
-- Source: governance plan, 4.2 (assessment assignment); architecture, section 2 (reference practice schema)
-- Reversal: drop table public.assessment_assignments;
-- Locks: none (new table)

create table public.assessment_assignments (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references public.clients (id) on delete restrict,
  assigned_by uuid not null default governance.actor_id() references public.profiles (id) on delete restrict,
  assessment_name text not null,
  due_date date,
  status text not null default 'Assigned',
  responses jsonb,
  score numeric(6, 2),
  completed_at timestamptz,
  reviewed_by uuid references public.profiles (id) on delete restrict,
  reviewed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint assessment_assignments_assessment_name_check check (char_length(assessment_name) between 1 and 100),
  constraint assessment_assignments_responses_check check (jsonb_typeof(responses) = 'object'),
  constraint assessment_assignments_status_check
    check (status in ('Assigned', 'In Progress', 'Completed', 'Reviewed', 'Cancelled'))
);

comment on table public.assessment_assignments is
  'Assessments assigned to clients and their answers. PHI.';

create index assessment_assignments_client_id_idx on public.assessment_assignments (client_id);
create index assessment_assignments_assigned_by_idx on public.assessment_assignments (assigned_by);
create index assessment_assignments_reviewed_by_idx on public.assessment_assignments (reviewed_by);

alter table public.assessment_assignments enable row level security;
revoke all on table public.assessment_assignments from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.assessment_assignments to service_role;

create trigger assessment_assignments_set_updated_at before update on public.assessment_assignments
  for each row execute function governance.set_updated_at();
