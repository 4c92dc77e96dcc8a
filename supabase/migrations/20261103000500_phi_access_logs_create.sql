-- Purpose: who saw or changed whose PHI
-- Affects: table public.phi_access_logs
-- Source: production plan, 3.1; 45 CFR 164.312(b)
-- Reversal: drop table public.phi_access_logs;
-- Locks: none (new table)

create table public.phi_access_logs (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  patient_id uuid not null,
  access_type text not null,
  resource_type text not null,
  resource_id uuid,
  ip_address inet,
  user_agent text,
  session_id text,
  justification text,
  created_at timestamptz not null default now(),
  constraint phi_access_logs_access_type_check
    check (access_type in ('view', 'edit', 'create', 'delete', 'print', 'export'))
);

comment on table public.phi_access_logs is
  'Access to PHI. Append only: nobody is granted update or delete. Without foreign keys: the log outlives '
  'the record.';

create index phi_access_logs_patient_id_created_at_idx
  on public.phi_access_logs (patient_id, created_at desc);
create index phi_access_logs_user_id_created_at_idx on public.phi_access_logs (user_id, created_at desc);
create index phi_access_logs_created_at_idx on public.phi_access_logs (created_at);

alter table public.phi_access_logs enable row level security;
revoke all on table public.phi_access_logs from public, anon, authenticated, service_role;
grant select, insert on table public.phi_access_logs to service_role;
