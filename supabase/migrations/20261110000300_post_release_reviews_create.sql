-- Purpose: the review that every release gets after 72 hours
-- Affects: table public.post_release_reviews
-- Source: governance plan, 6.1 (review template)
-- Reversal: drop table public.post_release_reviews;
-- Locks: none (new table)

create table public.post_release_reviews (
  id uuid primary key default gen_random_uuid(),
  release_id uuid not null references public.releases (id) on delete restrict,
  scheduled_for timestamptz not null,
  overdue_after timestamptz not null,
  status text not null default 'scheduled',
  facilitator_position text not null default 'release_manager',
  attendee_positions text[] not null default '{}',
  went_well text[] not null default '{}',
  did_not_go_well text[] not null default '{}',
  root_causes jsonb not null default '[]',
  lessons_learned text[] not null default '{}',
  recommendations text[] not null default '{}',
  health_score numeric(3, 1),
  health_score_breakdown jsonb not null default '{}',
  completed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint post_release_reviews_release_id_key unique (release_id),
  constraint post_release_reviews_status_check check (status in ('scheduled', 'completed')),
  constraint post_release_reviews_completed_check check ((status = 'completed') = (completed_at is not null)),
  constraint post_release_reviews_overdue_after_check check (overdue_after > scheduled_for),
  constraint post_release_reviews_health_score_check check (health_score between 0 and 10)
);

comment on table public.post_release_reviews is
  'One review for each release: due 72 hours after deployment, overdue 24 hours later.';

create index post_release_reviews_scheduled_for_idx on public.post_release_reviews (scheduled_for)
  where status = 'scheduled';

alter table public.post_release_reviews enable row level security;
revoke all on table public.post_release_reviews from public, anon, authenticated, service_role;
grant select, insert, update on table public.post_release_reviews to service_role;

create trigger post_release_reviews_set_updated_at before update on public.post_release_reviews
  for each row execute function governance.set_updated_at();
