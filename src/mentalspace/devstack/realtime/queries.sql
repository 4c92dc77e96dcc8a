-- name: describe_table
-- One row per column, in order, and which roles may select it; `snapshot` tells which transactions a statement
-- sees that starts later.
select
  pg_current_snapshot()::text as snapshot,
  class.oid,
  namespace.nspname as schema,
  class.relname as name,
  class.relrowsecurity as guarded,
  attribute.attname as column,
  type.typname as type,
  base.typname as base_type,
  format('%%I.%%I', type_namespace.nspname, type.typname) as cast_type,
  array_position(primary_key.indkey::int2[], attribute.attnum) as key_position,
  has_column_privilege(to_regrole('anon'), class.oid, attribute.attnum, 'select') as anon,
  has_column_privilege(to_regrole('authenticated'), class.oid, attribute.attnum, 'select') as authenticated,
  has_column_privilege(to_regrole('service_role'), class.oid, attribute.attnum, 'select') as service_role,
  case
    when base.typtype = 'e' then
      array(
        select label.enumlabel::text
        from pg_catalog.pg_enum as label
        where label.enumtypid = base.oid
        order by label.enumsortorder
      )
    else '{}'::text[]
  end as labels
from pg_catalog.pg_class as class
join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
join pg_catalog.pg_attribute as attribute
  on attribute.attrelid = class.oid and attribute.attnum > 0 and not attribute.attisdropped
join pg_catalog.pg_type as type on type.oid = attribute.atttypid
join pg_catalog.pg_namespace as type_namespace on type_namespace.oid = type.typnamespace
join pg_catalog.pg_type as base on base.oid = coalesce(nullif(type.typbasetype, 0), type.oid)
left join pg_catalog.pg_index as primary_key on primary_key.indrelid = class.oid and primary_key.indisprimary
where class.oid = %s
order by attribute.attnum;

-- name: find_published
-- The published tables that a subscription's schema and table mean; '*' means any.
select class.oid
from pg_catalog.pg_publication_tables as published
join pg_catalog.pg_namespace as namespace on namespace.nspname = published.schemaname
join pg_catalog.pg_class as class
  on class.relnamespace = namespace.oid and class.relname = published.tablename
where published.pubname = %(publication)s
  and (%(schema)s = '*' or published.schemaname = %(schema)s)
  and (%(table)s = '*' or published.tablename = %(table)s);

-- name: has_publication
select exists (select from pg_catalog.pg_publication where pubname = %s) as exists;

-- name: create_reader
-- Reads one table as each caller in turn, in a subtransaction that is always rolled back: role, claims and
-- whatever a policy remembers in settings never reach the next caller, and a policy that raises stops
-- nobody else. `places` are the positions of the keys that the caller sees. A lock that does not come is
-- raised: it concerns everybody, and the batch is tried again.
create function pg_temp.read_as(asked jsonb, keysets jsonb)
returns table (places int[], records text[], failure text)
language plpgsql
as $$
declare
  caller record;
begin
  for caller in
    select *
    from jsonb_to_recordset(asked)
      as each (role text, claims text, subject text, email text, statement text, keyset int)
  loop
    places := null;
    records := null;
    failure := null;
    begin
      perform
        set_config('request.jwt.claims', caller.claims, true),
        set_config('request.jwt.claim.sub', caller.subject, true),
        set_config('request.jwt.claim.role', caller.role, true),
        set_config('request.jwt.claim.email', caller.email, true),
        set_config('role', caller.role, true);
      execute format('execute %I(%L)', caller.statement, keysets -> caller.keyset) into places, records;
      raise exception using errcode = 'RTOK0';
    exception
      when sqlstate 'RTOK0' then
        null;
      when lock_not_available then
        raise;
      when others then
        places := null;
        failure := sqlstate;
    end;
    return next;
  end loop;
end
$$;

-- name: read_as
select places, records, failure from pg_temp.read_as(%s::jsonb, %s::jsonb);

-- name: prepare_session
-- Callers only read, as in a GET of the Data API; UTC and ISO as there. The same few statements run for ever:
-- planning them anew each time would take longer than running them.
set plan_cache_mode = force_generic_plan;
set default_transaction_read_only = on;
set search_path = public, extensions;
set timezone = 'UTC';
set datestyle = 'ISO';
set intervalstyle = 'postgres';
set lock_timeout = '500ms';

-- name: limit_statement
select set_config('statement_timeout', %s, false);
