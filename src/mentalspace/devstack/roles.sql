-- The roles that hosted Supabase has before a project's first migration. Run once per cluster, as supabase_admin.
-- Passwords are local and public knowledge; the cluster listens on 127.0.0.1 only.

set password_encryption = 'scram-sha-256';

create role anon nologin;
create role authenticated nologin;
create role service_role nologin bypassrls;
create role authenticator login noinherit password 'postgres';
grant anon, authenticated, service_role to authenticator;

create role supabase_auth_admin login noinherit password 'postgres';
create role supabase_storage_admin login noinherit password 'postgres';
create role supabase_realtime_admin nologin noinherit;
create role supabase_read_only_user login bypassrls password 'postgres';
grant pg_read_all_data to supabase_read_only_user;
create role dashboard_user nologin createdb createrole replication;

-- Migrations run as this one: what it may not do here, it may not do on hosted Supabase.
create role postgres login nosuperuser createdb createrole replication bypassrls password 'postgres';
grant pg_monitor, pg_signal_backend, pg_read_all_data, pg_create_subscription to postgres;
grant anon, authenticated, service_role, authenticator to postgres with admin option;

-- Hosted has the supautils extension give policies on storage.objects and realtime.messages to postgres; owning
-- them by inheritance is as near as plain Postgres comes.
grant supabase_storage_admin, supabase_realtime_admin to postgres with inherit true, set false;

-- Superuser settings that hosted Supabase lets its postgres role change.
grant set on parameter
  pgrst.db_pre_request, pgrst.db_schemas, pgrst.db_max_rows, pgrst.db_aggregates_enabled, pgrst.db_plan_enabled,
  session_replication_role, log_min_duration_statement, log_statement, track_functions, track_io_timing
to postgres;

alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role postgres set search_path = "$user", public, extensions;
alter role supabase_admin set search_path = "$user", public, auth, extensions;
alter role supabase_auth_admin set search_path = auth;
alter role supabase_auth_admin set idle_in_transaction_session_timeout = '60s';
alter role supabase_storage_admin set search_path = storage;
