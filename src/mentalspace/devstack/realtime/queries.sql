-- name: describe_tables
-- One row per column, in order. `readers` are those of the asked roles that may select the column; `snapshot`
-- tells which transactions a statement sees that starts later.
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
  array(
    select role.rolname::text
    from pg_catalog.pg_roles as role
    where role.rolname = any (%(roles)s)
      and has_column_privilege(role.oid, class.oid, attribute.attnum, 'select')
  ) as readers,
  array(
    select label.enumlabel::text
    from pg_catalog.pg_enum as label
    where label.enumtypid = base.oid
    order by label.enumsortorder
  ) as labels
from pg_catalog.pg_class as class
join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
join pg_catalog.pg_attribute as attribute
  on attribute.attrelid = class.oid and attribute.attnum > 0 and not attribute.attisdropped
join pg_catalog.pg_type as type on type.oid = attribute.atttypid
join pg_catalog.pg_namespace as type_namespace on type_namespace.oid = type.typnamespace
join pg_catalog.pg_type as base on base.oid = coalesce(nullif(type.typbasetype, 0), type.oid)
left join pg_catalog.pg_index as primary_key on primary_key.indrelid = class.oid and primary_key.indisprimary
where class.oid = any (%(oids)s)
order by class.oid, attribute.attnum;

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
create function pg_temp.read_as(
  roles text[], claims text[], subjects text[], emails text[], statements text[], keysets text[]
)
returns table (places int[], records text[], failure text)
language plpgsql
as $$
begin
  for caller in 1 .. cardinality(roles) loop
    places := null;
    records := null;
    failure := null;
    begin
      perform
        set_config('request.jwt.claims', claims[caller], true),
        set_config('request.jwt.claim.sub', subjects[caller], true),
        set_config('request.jwt.claim.role', roles[caller], true),
        set_config('request.jwt.claim.email', emails[caller], true),
        set_config('role', roles[caller], true);
      execute format('execute %I(%L)', statements[caller], keysets[caller]) into places, records;
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
select places, records, failure
from pg_temp.read_as(
  %(roles)s::text[], %(claims)s::text[], %(subjects)s::text[], %(emails)s::text[],
  %(statements)s::text[], %(keysets)s::text[]
);

-- name: prepare_session
-- Callers only read, as in a GET of the Data API; UTC and ISO as there.
set default_transaction_read_only = on;
set search_path = public, extensions;
set timezone = 'UTC';
set datestyle = 'ISO';
set intervalstyle = 'postgres';
set lock_timeout = '500ms';

-- name: limit_statement
select set_config('statement_timeout', %s, false);
