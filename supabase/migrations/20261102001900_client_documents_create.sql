-- Purpose: documents of a client, shared or not
-- Affects: table public.client_documents
-- Source: governance plan, 4.2 (document sharing); architecture, section 2 (reference practice schema)
-- Reversal: drop table public.client_documents;
-- Locks: none (new table)

create table public.client_documents (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references public.clients (id) on delete restrict,
  title text not null,
  document_type text not null default 'Other',
  storage_path text not null,
  is_shared boolean not null default false,
  shared_at timestamptz,
  shared_by uuid references public.profiles (id) on delete restrict,
  uploaded_by uuid default governance.actor_id() references public.profiles (id) on delete restrict,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint client_documents_title_check check (char_length(title) between 1 and 200),
  constraint client_documents_document_type_check
    check (document_type in ('Consent', 'Intake', 'Insurance', 'Letter', 'Report', 'Other')),
  constraint client_documents_storage_path_key unique (storage_path)
);

comment on table public.client_documents is
  'Documents in storage. The client sees those that are shared.';

create index client_documents_client_id_idx on public.client_documents (client_id);
create index client_documents_uploaded_by_idx on public.client_documents (uploaded_by);
create index client_documents_shared_by_idx on public.client_documents (shared_by);

alter table public.client_documents enable row level security;
revoke all on table public.client_documents from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.client_documents to service_role;

create trigger client_documents_set_updated_at before update on public.client_documents
  for each row execute function governance.set_updated_at();
