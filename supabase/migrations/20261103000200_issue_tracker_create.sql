-- Purpose: defects, counted by releases
-- Affects: table public.issue_tracker
-- Source: governance plan, 6.2 (collect-release-metrics)
-- Reversal: drop table public.issue_tracker;
-- Locks: none (new table)

create table public.issue_tracker (
  id uuid primary key default gen_random_uuid(),
  title text not null,
  severity text not null,
  status text not null default 'open',
  found_in text not null default 'production',
  release_version text,
  reported_by uuid default governance.actor_id() references public.profiles (id) on delete restrict,
  resolved_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint issue_tracker_title_check check (char_length(title) between 1 and 200),
  constraint issue_tracker_severity_check check (severity in ('critical', 'high', 'medium', 'low')),
  constraint issue_tracker_status_check check (status in ('open', 'in_progress', 'resolved', 'closed')),
  constraint issue_tracker_found_in_check check (found_in in ('production', 'staging', 'development'))
);

comment on table public.issue_tracker is
  'Defects of the software. Severity critical to low is P0 to P3. No PHI.';

create index issue_tracker_created_at_idx on public.issue_tracker (created_at);
create index issue_tracker_reported_by_idx on public.issue_tracker (reported_by);

alter table public.issue_tracker enable row level security;
revoke all on table public.issue_tracker from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.issue_tracker to service_role;

create trigger issue_tracker_set_updated_at before update on public.issue_tracker
  for each row execute function governance.set_updated_at();
