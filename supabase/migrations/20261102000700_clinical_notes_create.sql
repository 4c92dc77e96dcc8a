-- Purpose: clinical documentation
-- Affects: table public.clinical_notes
-- Source: production plan, 1.2 (ClinicalNoteValidationSchema) and 5.2; governance plan, 5.2; architecture,
--   section 2 (reference practice schema)
-- Reversal: drop table public.clinical_notes;
-- Locks: none (new table)

create table public.clinical_notes (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references public.clients (id) on delete restrict,
  provider_id uuid not null references public.profiles (id) on delete restrict,
  appointment_id uuid references public.appointments (id) on delete restrict,
  title text not null,
  note_type text not null,
  content jsonb not null default '{}',
  status text not null default 'draft',
  signed_at timestamptz,
  signed_by uuid references public.profiles (id) on delete restrict,
  locked_at timestamptz,
  locked_by uuid references public.profiles (id) on delete restrict,
  created_by uuid default governance.actor_id() references public.profiles (id) on delete restrict,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint clinical_notes_title_check check (char_length(title) between 1 and 200),
  constraint clinical_notes_note_type_check check (
    note_type in (
      'progress_note', 'intake_assessment', 'treatment_plan', 'contact_note', 'consultation_note',
      'cancellation_note', 'miscellaneous_note'
    )
  ),
  constraint clinical_notes_content_check check (jsonb_typeof(content) = 'object'),
  constraint clinical_notes_status_check check (status in ('draft', 'submitted_for_review', 'signed', 'locked'))
);

comment on table public.clinical_notes is
  'Clinical notes: part of the designated record set. PHI throughout. Psychotherapy notes are not kept '
  'here.';
comment on column public.clinical_notes.provider_id is
  'The clinician who wrote it.';

create index clinical_notes_provider_id_created_at_idx
  on public.clinical_notes (provider_id, created_at desc);
create index clinical_notes_client_id_created_at_idx on public.clinical_notes (client_id, created_at desc);
create index clinical_notes_appointment_id_idx on public.clinical_notes (appointment_id);
create index clinical_notes_signed_by_idx on public.clinical_notes (signed_by);
create index clinical_notes_locked_by_idx on public.clinical_notes (locked_by);
create index clinical_notes_created_by_idx on public.clinical_notes (created_by);
create index clinical_notes_status_idx on public.clinical_notes (status)
  where status <> 'locked';

alter table public.clinical_notes enable row level security;
revoke all on table public.clinical_notes from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.clinical_notes to service_role;

create trigger clinical_notes_set_created_by before insert or update of created_by on public.clinical_notes
  for each row execute function governance.set_created_by();

create trigger clinical_notes_set_updated_at before update on public.clinical_notes
  for each row execute function governance.set_updated_at();
