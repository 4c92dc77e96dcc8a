-- Purpose: nothing is granted to API roles or to everybody unless a migration says so
-- Affects: default privileges of the migrating role; schema public
-- Source: conventions, SQL; changelog of the Supabase platform on explicit grants
-- Reversal: alter default privileges grant … (platform defaults of before 2026)
-- Locks: none

-- Execute for everybody is a built-in default that only the form without a schema can take back.
alter default privileges revoke execute on functions from public;

alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public revoke all on functions from anon, authenticated, service_role;

revoke create on schema public from public;
