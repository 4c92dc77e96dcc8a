-- Purpose: psychotherapy notes, kept apart from the record
-- Affects: table public.psychotherapy_notes
-- Source: 45 CFR 164.501 and 164.508(a)(2); architecture, section 2 (reference practice schema)
-- Reversal: drop table public.psychotherapy_notes;
-- Locks: none (new table)

create table public.psychotherapy_notes (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references public.clients (id) on delete restrict,
  author_id uuid not null default governance.actor_id() references public.profiles (id) on delete restrict,
  session_date date,
  content jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint psychotherapy_notes_content_check check (jsonb_typeof(content) = 'object')
);

comment on table public.psychotherapy_notes is
  'Psychotherapy notes (45 CFR 164.501): the author alone sees them. Diagnosis, plan, dates, medication and '
  'progress belong to clinical_notes.';

create index psychotherapy_notes_author_id_idx on public.psychotherapy_notes (author_id);
create index psychotherapy_notes_client_id_idx on public.psychotherapy_notes (client_id);

alter table public.psychotherapy_notes enable row level security;
revoke all on table public.psychotherapy_notes from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.psychotherapy_notes to service_role;

create trigger psychotherapy_notes_set_updated_at before update on public.psychotherapy_notes
  for each row execute function governance.set_updated_at();
