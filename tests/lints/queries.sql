-- name: list_confirmed
-- what makes a finding of each kind meant, by the object for which the catalog shows that it is so
with relations as (
  select relation.oid, schema.nspname || '.' || relation.relname as name, relation.relowner
  from pg_catalog.pg_class relation
  join pg_catalog.pg_namespace schema on schema.oid = relation.relnamespace
  where schema.nspname = any (%(schemas)s) and relation.relkind in ('r', 'p')
),
callers as (
  select oid, rolname from pg_catalog.pg_roles where rolname in ('anon', 'authenticated')
),
functions as (
  select function.oid, function.provolatile, schema.nspname || '.' || function.proname as name,
    pg_get_function_identity_arguments(function.oid) as arguments,
    'search_path=""' = any (coalesce(function.proconfig, '{}')) as has_fixed_path
  from pg_catalog.pg_proc function
  join pg_catalog.pg_namespace schema on schema.oid = function.pronamespace
  where schema.nspname = any (%(schemas)s)
)
-- no caller holds any privilege, of the table or of a column
select 'no_policy' as kind, relations.name
from relations
where not exists (
  select from callers
  where has_table_privilege(callers.oid, relations.oid, 'select, insert, update, delete, truncate, references, trigger')
    or has_any_column_privilege(callers.oid, relations.oid, 'select, insert, update, references')
)
union all
-- no caller may delete
select 'no_delete_policy', relations.name
from relations
where not exists (select from callers where has_table_privilege(callers.oid, relations.oid, 'delete'))
union all
-- the owner bypasses by an attribute, which forcing does not change, and no caller can become the owner
select 'not_forced', relations.name
from relations
join pg_catalog.pg_roles owner on owner.oid = relations.relowner and owner.rolbypassrls
where not exists (select from callers where pg_has_role(callers.oid, owner.oid, 'member'))
union all
-- the policy is a tree without a query of its own table: the name is a text or qualifies a column
select 'own_table', relations.name || '.' || policy.polname
from relations
join pg_catalog.pg_policy policy on policy.polrelid = relations.oid
where concat(policy.polqual::text, policy.polwithcheck::text) !~ (':relid ' || relations.oid || '\M')
union all
-- judged once for a statement, and nobody else's objects are found by its names
select 'policy_calls', functions.name
from functions
group by functions.name
having bool_and(functions.has_fixed_path and functions.provolatile = 's')
union all
-- not for the anonymous, and nobody else's objects are found by its names
select 'definer', functions.name || '(' || functions.arguments || ')'
from functions
where functions.has_fixed_path and not has_function_privilege('anon', functions.oid, 'execute');
