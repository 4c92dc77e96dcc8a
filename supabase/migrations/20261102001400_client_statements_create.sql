-- Purpose: statements of account for clients
-- Affects: table public.client_statements
-- Source: governance plan, 4.2 (patient statement generation); architecture, section 2 (reference practice
--   schema)
-- Reversal: drop table public.client_statements;
-- Locks: none (new table)

create table public.client_statements (
  id uuid primary key default gen_random_uuid(),
  client_id uuid not null references public.clients (id) on delete restrict,
  statement_number text not null,
  period_start date not null,
  period_end date not null,
  balance numeric(10, 2) not null,
  status text not null default 'Draft',
  sent_at timestamptz,
  created_by uuid default governance.actor_id() references public.profiles (id) on delete restrict,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint client_statements_statement_number_key unique (statement_number),
  constraint client_statements_period_check check (period_end >= period_start),
  constraint client_statements_status_check check (status in ('Draft', 'Sent', 'Paid', 'Void'))
);

comment on table public.client_statements is
  'Statements sent to clients.';

create index client_statements_client_id_idx on public.client_statements (client_id);
create index client_statements_created_by_idx on public.client_statements (created_by);
create index client_statements_status_idx on public.client_statements (status);

alter table public.client_statements enable row level security;
revoke all on table public.client_statements from public, anon, authenticated, service_role;
grant select, insert, update, delete on table public.client_statements to service_role;

create trigger client_statements_set_created_by
  before insert or update of created_by on public.client_statements
  for each row execute function governance.set_created_by();

create trigger client_statements_set_updated_at before update on public.client_statements
  for each row execute function governance.set_updated_at();
