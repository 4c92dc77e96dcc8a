-- Purpose: what a review asks somebody to do, until it is done
-- Affects: table public.review_action_items
-- Source: governance plan, 6.1 (review template)
-- Reversal: drop table public.review_action_items;
-- Locks: none (new table)

create table public.review_action_items (
  id uuid primary key default gen_random_uuid(),
  review_id uuid not null references public.post_release_reviews (id) on delete restrict,
  action text not null,
  owner_position text not null,
  due_date date not null,
  priority text not null default 'Medium',
  status text not null default 'open',
  completed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint review_action_items_action_check check (char_length(action) between 1 and 500),
  constraint review_action_items_owner_position_check check (char_length(owner_position) between 1 and 100),
  constraint review_action_items_priority_check check (priority in ('High', 'Medium', 'Low')),
  constraint review_action_items_status_check check (status in ('open', 'done')),
  constraint review_action_items_completed_check check ((status = 'done') = (completed_at is not null))
);

comment on table public.review_action_items is 'Action items of reviews, tracked to completion.';

create index review_action_items_review_id_idx on public.review_action_items (review_id);
create index review_action_items_due_date_idx on public.review_action_items (due_date)
  where status = 'open';

alter table public.review_action_items enable row level security;
revoke all on table public.review_action_items from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.review_action_items to service_role;

create trigger review_action_items_set_updated_at before update on public.review_action_items
  for each row execute function governance.set_updated_at();
