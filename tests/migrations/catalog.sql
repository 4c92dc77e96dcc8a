-- What no object of ours may lack. Every query names those that do.

-- name: tables_without_row_security
select oid::regclass::text as object from pg_class
where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and not relrowsecurity;

-- name: objects_granted_to_anonymous
select class.oid::regclass::text || ': ' || granted.privilege_type as object
from pg_class as class, aclexplode(class.relacl) as granted
where class.relnamespace in ('public'::regnamespace, 'governance'::regnamespace)
  and granted.grantee in (0, 'anon'::regrole)
union all
select routine.oid::regprocedure::text || ': execute'
from pg_proc as routine
where routine.pronamespace in ('public'::regnamespace, 'governance'::regnamespace)
  and has_function_privilege('anon', routine.oid, 'execute');

-- name: governance_tables_granted_to_callers
select class.oid::regclass::text || ': ' || granted.privilege_type as object
from pg_class as class, aclexplode(class.relacl) as granted
where class.relnamespace = 'governance'::regnamespace and granted.grantee in (0, 'authenticated'::regrole);

-- name: foreign_keys_without_index
select key.conrelid::regclass::text || '.' || key.conname as object
from pg_constraint as key
where key.contype = 'f' and key.connamespace in ('public'::regnamespace, 'governance'::regnamespace)
  and not exists (
    select from pg_index as index
    where index.indrelid = key.conrelid and index.indpred is null
      and (index.indkey::int2[])[0:cardinality(key.conkey) - 1] @> key.conkey
  );

-- name: foreign_keys_that_delete_or_empty
select conrelid::regclass::text || '.' || conname as object
from pg_constraint
where contype = 'f' and connamespace = 'public'::regnamespace and confdeltype not in ('r', 'a');

-- name: foreign_keys_into_supabase
select conrelid::regclass::text || '.' || conname as object
from pg_constraint
where contype = 'f' and confrelid::regclass::text like 'auth.%' and connamespace <> 'auth'::regnamespace
  and conrelid <> 'public.profiles'::regclass;

-- name: functions_with_a_search_path
select oid::regprocedure::text as object from pg_proc
where pronamespace in ('public'::regnamespace, 'governance'::regnamespace)
  and prokind <> 'a' -- an aggregate has no settings; its functions have
  and not coalesce(proconfig @> array['search_path=""'], false);

-- name: definer_functions_outside_governance
select oid::regprocedure::text as object from pg_proc
where prosecdef and pronamespace = 'public'::regnamespace;

-- name: views_with_the_rights_of_their_owner
select oid::regclass::text as object from pg_class
where relkind = 'v' and relnamespace = 'public'::regnamespace
  and not coalesce(reloptions @> array['security_invoker=true'] or reloptions @> array['security_invoker=on'], false);

-- name: objects_without_comment
select oid::regclass::text as object from pg_class
where relkind in ('r', 'p', 'v', 'm') and not relispartition
  and relnamespace in ('public'::regnamespace, 'governance'::regnamespace)
  and obj_description(oid, 'pg_class') is null
union all
select oid::regprocedure::text from pg_proc
where pronamespace in ('public'::regnamespace, 'governance'::regnamespace)
  and obj_description(oid, 'pg_proc') is null
union all
select oid::regtype::text from pg_type
where typtype in ('e', 'd') and typnamespace in ('public'::regnamespace, 'governance'::regnamespace)
  and obj_description(oid, 'pg_type') is null;

-- name: tables_without_primary_key
select oid::regclass::text as object from pg_class
where relkind in ('r', 'p') and relnamespace in ('public'::regnamespace, 'governance'::regnamespace)
  and not exists (select from pg_constraint where conrelid = pg_class.oid and contype = 'p');

-- name: updated_at_that_nobody_stamps
select attrelid::regclass::text as object from pg_attribute
join pg_class on pg_class.oid = attrelid and relkind = 'r' and relnamespace = 'public'::regnamespace
where attname = 'updated_at' and not exists (
  select from pg_trigger where tgrelid = attrelid and tgfoid = 'governance.set_updated_at'::regproc
);

-- name: created_by_that_nobody_stamps
select attrelid::regclass::text as object from pg_attribute
join pg_class on pg_class.oid = attrelid and relkind = 'r' and relnamespace = 'public'::regnamespace
where attname = 'created_by' and not exists (
  select from pg_trigger where tgrelid = attrelid and tgfoid = 'governance.set_created_by'::regproc
);

-- name: constraints_not_validated
select conrelid::regclass::text || '.' || conname as object from pg_constraint
where not convalidated and connamespace in ('public'::regnamespace, 'governance'::regnamespace);

-- name: indexes_twice
select first.indexrelid::regclass::text || ' = ' || other.indexrelid::regclass::text as object
from pg_index as first
join pg_index as other on other.indrelid = first.indrelid and other.indexrelid > first.indexrelid
  and other.indkey = first.indkey and other.indclass = first.indclass and other.indoption = first.indoption
  and coalesce(pg_get_expr(other.indpred, other.indrelid), '') = coalesce(pg_get_expr(first.indpred, first.indrelid), '')
  and coalesce(pg_get_expr(other.indexprs, other.indrelid), '') = coalesce(pg_get_expr(first.indexprs, first.indrelid), '')
join pg_class as relation on relation.oid = first.indrelid
where relation.relnamespace in ('public'::regnamespace, 'governance'::regnamespace);

-- name: secrets_published
select schemaname || '.' || tablename as object from pg_publication_tables
where tablename = 'psychotherapy_notes' or schemaname = 'governance';
