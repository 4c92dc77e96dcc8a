-- Purpose: asking for a locked note to be opened, and the answer
-- Affects: table public.unlock_requests
-- Source: governance plan, 4.2 (unlock request approval); architecture, section 2 (reference practice
--   schema)
-- Reversal: drop table public.unlock_requests;
-- Locks: none (new table)

create table public.unlock_requests (
  id uuid primary key default gen_random_uuid(),
  note_id uuid not null references public.clinical_notes (id) on delete restrict,
  client_id uuid not null references public.clients (id) on delete restrict,
  requested_by uuid not null default governance.actor_id() references public.profiles (id) on delete restrict,
  reason text not null,
  status text not null default 'Pending',
  requested_at timestamptz not null default now(),
  decided_by uuid references public.profiles (id) on delete restrict,
  decided_at timestamptz,
  decision_reason text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint unlock_requests_reason_check check (char_length(reason) between 1 and 1000),
  constraint unlock_requests_status_check check (status in ('Pending', 'Approved', 'Denied', 'Withdrawn')),
  constraint unlock_requests_two_people_check check (decided_by <> requested_by)
);

comment on table public.unlock_requests is
  'Requests to unlock a locked note. Nobody decides on their own.';

create unique index unlock_requests_note_id_pending_idx on public.unlock_requests (note_id)
  where status = 'Pending';
create index unlock_requests_note_id_idx on public.unlock_requests (note_id);
create index unlock_requests_client_id_idx on public.unlock_requests (client_id);
create index unlock_requests_requested_by_idx on public.unlock_requests (requested_by);
create index unlock_requests_decided_by_idx on public.unlock_requests (decided_by);
create index unlock_requests_status_idx on public.unlock_requests (status);

alter table public.unlock_requests enable row level security;
revoke all on table public.unlock_requests from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.unlock_requests to service_role;

create trigger unlock_requests_set_updated_at before update on public.unlock_requests
  for each row execute function governance.set_updated_at();
