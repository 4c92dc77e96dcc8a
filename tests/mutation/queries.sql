-- name: list_policies
select relation.relname::text as table_name, policy.polname::text as name, policy.polcmd::text as command,
  pg_get_expr(policy.polqual, policy.polrelid) as using_text,
  pg_get_expr(policy.polwithcheck, policy.polrelid) as check_text
from pg_catalog.pg_policy policy
join pg_catalog.pg_class relation on relation.oid = policy.polrelid
where relation.relnamespace = 'public'::regnamespace
order by 1, 2;

-- name: list_tables
select relation.relname::text as name
from pg_catalog.pg_class relation
where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p')
  and relation.relrowsecurity and not relation.relispartition
order by 1;

-- name: list_guards
-- triggers of the practice's tables that refuse or record
select relation.relname::text as table_name, trigger.tgname::text as name, trigger.tgname = '_raci_record' as records
from pg_catalog.pg_trigger trigger
join pg_catalog.pg_class relation on relation.oid = trigger.tgrelid
join pg_catalog.pg_proc function on function.oid = trigger.tgfoid
where not trigger.tgisinternal
  and relation.relnamespace = 'public'::regnamespace
  and function.pronamespace = 'governance'::regnamespace
  and (trigger.tgname in ('_raci_guard', '_raci_record') or function.prosrc ~ '42501')
order by 1, 2;

-- name: list_functions
-- hand-written functions that decide: what policies, guards, views and calls of callers come to, and what derives
-- how far each role reaches
with recursive source as (
  select function.oid, function.proname::text as name,
    coalesce(pg_get_function_sqlbody(function.oid), function.prosrc) as text
  from pg_catalog.pg_proc function
  where function.pronamespace in ('governance'::regnamespace, 'public'::regnamespace)
),
root as (
  select coalesce(pg_get_expr(polqual, polrelid), '') || coalesce(pg_get_expr(polwithcheck, polrelid), '') as text
  from pg_catalog.pg_policy
  union all
  select pg_get_viewdef(relation.oid)
  from pg_catalog.pg_class relation
  where relation.relnamespace = 'public'::regnamespace and relation.relkind = 'v'
    and has_table_privilege('authenticated', relation.oid, 'select')
  union all
  select format('governance.%s(', function.proname)
  from pg_catalog.pg_trigger trigger
  join pg_catalog.pg_proc function on function.oid = trigger.tgfoid
  where function.pronamespace = 'governance'::regnamespace
    and (
      trigger.tgname in ('_raci_guard', '_raci_record') or function.prosrc ~ '42501'
      or function.proname = 'derive_raci_reach'
    )
  union all
  select format('public.%s(', function.proname)
  from pg_catalog.pg_proc function
  where function.pronamespace = 'public'::regnamespace and has_function_privilege('authenticated', function.oid, 'execute')
),
reached as (
  select source.oid, source.name, source.text
  from source
  where exists (select from root where root.text ~ ('\m(governance|public)\.' || source.name || '\('))
  union
  select source.oid, source.name, source.text
  from reached
  join source on reached.text ~ ('\m(governance|public)\.' || source.name || '\(')
)
select function.oid::regprocedure::text as signature, function.proname::text as name,
  pg_get_functiondef(function.oid) as definition,
  reached.text as body, function.prorettype = 'boolean'::regtype as answers, function.prosecdef as is_definer,
  -- whose trigger it is, of the practice's tables
  array(
    select distinct relation.relname::text
    from pg_catalog.pg_trigger trigger
    join pg_catalog.pg_class relation on relation.oid = trigger.tgrelid
    where trigger.tgfoid = function.oid and relation.relnamespace = 'public'::regnamespace
    order by 1
  ) as tables,
  coalesce((
    select case trigger.tgname when '_raci_guard' then 'guard' when '_raci_record' then 'recorder' end
    from pg_catalog.pg_trigger trigger where trigger.tgfoid = function.oid and trigger.tgname ~ '^_raci_' limit 1
  ), 'function') as kind
from reached
join pg_catalog.pg_proc function using (oid)
order by 1;

-- name: list_privileges
-- what callers have and have not, of relations and of functions
select kind, name, role, privilege, has
from (
  select 'table' as kind, format('public.%I', relation.relname) as name, role, privilege,
    has_table_privilege(role, relation.oid, privilege) as has
  from pg_catalog.pg_class relation
  cross join unnest('{anon,authenticated}'::text[]) role
  cross join unnest('{select,insert,update,delete,truncate,references,trigger,maintain}'::text[]) privilege
  where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p', 'v', 'm', 'f')
    and not relation.relispartition
  union all
  select 'column', format('public.%I (%I)', relation.relname, attribute.attname), role, privilege, false
  from pg_catalog.pg_class relation
  join lateral (
    select attname, attnum from pg_catalog.pg_attribute
    where attrelid = relation.oid and attnum > 0 and not attisdropped order by attnum desc limit 1
  ) attribute on true
  cross join unnest('{anon,authenticated}'::text[]) role
  cross join unnest('{select,insert,update,references}'::text[]) privilege
  where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p', 'v', 'm', 'f')
    and not relation.relispartition and not has_table_privilege(role, relation.oid, privilege)
  union all
  select 'function', function.oid::regprocedure::text, role, 'execute', has_function_privilege(role, function.oid, 'execute')
  from pg_catalog.pg_proc function
  cross join unnest('{anon,authenticated}'::text[]) role
  where function.pronamespace in ('public'::regnamespace, 'governance'::regnamespace)
    and function.prorettype <> 'trigger'::regtype
  union all
  select 'schema', 'governance', role, 'usage', has_schema_privilege(role, 'governance', 'usage')
  from unnest('{anon,authenticated}'::text[]) role
) each
order by kind, name, role, privilege;

-- name: list_cells
select cell.module, cell.version, cell.task, cell.role::text, cell.duties, cell.scope::text, cell.performs,
  array(
    select distinct enforced.table_name
    from governance.raci_enforcements enforced
    where enforced.module = cell.module and enforced.version = cell.version and enforced.task = cell.task
    order by 1
  ) as tables
from governance.raci_assignments cell
join governance.raci_versions matrix using (module, version)
where matrix.is_active
order by 1, 3, 4;

-- name: list_enforcements
select enforced.module, enforced.version, enforced.task, enforced.position, enforced.table_name, enforced.command
from governance.raci_enforcements enforced
join governance.raci_versions matrix using (module, version)
where matrix.is_active
order by 1, 3, 4;
