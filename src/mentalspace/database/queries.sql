-- name: has_history
select to_regclass('supabase_migrations.schema_migrations') is not null as exists;

-- name: create_history
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (
  version text primary key,
  statements text[],
  name text
);

-- name: list_applied
select version, statements from supabase_migrations.schema_migrations order by version;

-- name: record
insert into supabase_migrations.schema_migrations (version, statements, name) values (%s, %s, %s);

-- name: reset_session
-- a migration may set a role or a path; the record and the next file start clean
reset role; reset search_path;

-- name: lock
select pg_advisory_lock(hashtextextended('mentalspace.migrations', 0));

-- name: unlock
select pg_advisory_unlock(hashtextextended('mentalspace.migrations', 0));
