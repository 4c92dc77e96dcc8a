-- Purpose: requests and responses, measured
-- Affects: table public.api_logs
-- Source: production plan, 1.4 (api-logger)
-- Reversal: drop table public.api_logs;
-- Locks: none (new table)

create table public.api_logs (
  id uuid primary key default gen_random_uuid(),
  method text not null,
  url text not null,
  status_code smallint,
  response_time_ms integer,
  user_id uuid,
  ip_address inet,
  user_agent text,
  request_body jsonb,
  response_body jsonb,
  created_at timestamptz not null default now(),
  constraint api_logs_status_code_check check (status_code between 100 and 599),
  constraint api_logs_response_time_ms_check check (response_time_ms >= 0)
);

comment on table public.api_logs is
  'One row per logged request. The writer redacts: a body is stored only when it cannot hold PHI.';
comment on column public.api_logs.user_id is
  'Without foreign key: logging must not fail, and a log outlives a login.';

create index api_logs_created_at_idx on public.api_logs (created_at);
create index api_logs_user_id_idx on public.api_logs (user_id);
create index api_logs_status_code_idx on public.api_logs (status_code)
  where status_code >= 500;

alter table public.api_logs enable row level security;
revoke all on table public.api_logs from public, anon, authenticated, service_role;
grant select, insert, delete on table public.api_logs to service_role;
