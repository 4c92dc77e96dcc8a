-- Purpose: schemas for what the API never shows (governance) and for extensions
-- Affects: schemas governance, extensions
-- Source: architecture, section 2
-- Reversal: drop schema governance; (extensions stays: Supabase owns the idea)
-- Locks: none that users feel

create schema if not exists governance;
comment on schema governance is
  'Internals of the governance toolkit. Not exposed over the API; policies call its functions.';
revoke all on schema governance from public;
-- Policies and column defaults run as the caller, who therefore needs to reach the functions named in them.
-- No table here is granted to them, and execute is granted function by function.
grant usage on schema governance to authenticated, service_role;

create schema if not exists extensions;
grant usage on schema extensions to anon, authenticated, service_role;
