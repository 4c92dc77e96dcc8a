-- Purpose: co-signature of a supervisee's note by the supervisor
-- Affects: table public.note_cosignatures
-- Source: governance plan, 4.2 (clinical notes) and 4.3 (cosignNote); architecture, section 2 (reference
--   practice schema)
-- Reversal: drop table public.note_cosignatures;
-- Locks: none (new table)

create table public.note_cosignatures (
  id uuid primary key default gen_random_uuid(),
  note_id uuid not null references public.clinical_notes (id) on delete restrict,
  client_id uuid not null references public.clients (id) on delete restrict,
  supervisee_id uuid not null references public.profiles (id) on delete restrict,
  supervisor_id uuid not null references public.profiles (id) on delete restrict,
  status text not null default 'Pending',
  requested_at timestamptz not null default now(),
  decided_at timestamptz,
  comments text,
  created_by uuid default governance.actor_id() references public.profiles (id) on delete restrict,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint note_cosignatures_two_people_check check (supervisor_id <> supervisee_id),
  constraint note_cosignatures_status_check check (status in ('Pending', 'Cosigned', 'Returned'))
);

comment on table public.note_cosignatures is
  'Requests for co-signature, and the supervisor''s answer. Nobody cosigns their own note.';

create unique index note_cosignatures_note_id_pending_idx on public.note_cosignatures (note_id)
  where status = 'Pending';
create index note_cosignatures_note_id_idx on public.note_cosignatures (note_id);
create index note_cosignatures_client_id_idx on public.note_cosignatures (client_id);
create index note_cosignatures_supervisor_id_status_idx on public.note_cosignatures (supervisor_id, status);
create index note_cosignatures_supervisee_id_idx on public.note_cosignatures (supervisee_id);
create index note_cosignatures_created_by_idx on public.note_cosignatures (created_by);

alter table public.note_cosignatures enable row level security;
revoke all on table public.note_cosignatures from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.note_cosignatures to service_role;

create trigger note_cosignatures_set_created_by
  before insert or update of created_by on public.note_cosignatures
  for each row execute function governance.set_created_by();

create trigger note_cosignatures_set_updated_at before update on public.note_cosignatures
  for each row execute function governance.set_updated_at();
