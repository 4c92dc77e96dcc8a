-- Purpose: messages between clients and the practice
-- Affects: table public.client_portal_messages
-- Source: governance plan, 4.2 (message management); architecture, section 2 (reference practice schema)
-- Reversal: drop table public.client_portal_messages;
-- Locks: none (new table)

create table public.client_portal_messages (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references public.clients (id) on delete restrict,
  sender_id uuid not null default governance.actor_id() references public.profiles (id) on delete restrict,
  recipient_id uuid references public.profiles (id) on delete restrict,
  in_reply_to_id uuid references public.client_portal_messages (id) on delete restrict,
  subject text not null,
  body text not null,
  read_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  constraint client_portal_messages_subject_check check (char_length(subject) between 1 and 200),
  constraint client_portal_messages_body_check check (char_length(body) between 1 and 10000)
);

comment on table public.client_portal_messages is
  'Portal messages about one client. PHI. recipient_id is empty for a message to the front desk.';

create index client_portal_messages_client_id_created_at_idx
  on public.client_portal_messages (client_id, created_at desc);
create index client_portal_messages_sender_id_idx on public.client_portal_messages (sender_id);
create index client_portal_messages_recipient_id_idx on public.client_portal_messages (recipient_id);
create index client_portal_messages_in_reply_to_id_idx on public.client_portal_messages (in_reply_to_id);

alter table public.client_portal_messages enable row level security;
revoke all on table public.client_portal_messages from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.client_portal_messages to service_role;

create trigger client_portal_messages_set_updated_at before update on public.client_portal_messages
  for each row execute function governance.set_updated_at();
