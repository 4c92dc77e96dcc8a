-- name: list_granted_commands
select relation.relname as table_name, lower(acl.privilege_type) as command,
  array_agg(distinct coalesce(grantee.rolname, 'public')::text order by coalesce(grantee.rolname, 'public')::text) as roles
from pg_catalog.pg_class relation
cross join lateral aclexplode(relation.relacl) acl
left join pg_catalog.pg_roles grantee on grantee.oid = acl.grantee
where relation.relnamespace = 'public'::regnamespace
  and relation.relkind in ('r', 'p', 'v', 'm', 'f')
  and coalesce(grantee.rolname, 'public') in ('anon', 'authenticated', 'public')
group by relation.relname, acl.privilege_type
order by relation.relname, acl.privilege_type;

-- name: list_columns
select relation.relname as table_name, array_agg(attribute.attname::text order by attribute.attnum) as columns,
  relation.relrowsecurity as has_rls
from pg_catalog.pg_class relation
join pg_catalog.pg_attribute attribute on attribute.attrelid = relation.oid
where relation.relnamespace = 'public'::regnamespace and relation.relkind in ('r', 'p')
  and attribute.attnum > 0 and not attribute.attisdropped
  and relation.relname = any (%(tables)s)
group by relation.oid
order by relation.relname;

-- name: list_policies
-- of the tables themselves, and of the temporary tables that hold what they should be
select relation.relname as table_name, policy.polname as name,
  policy.polpermissive as permissive, policy.polcmd as command,
  array(
    select coalesce(role.rolname, 'public')::text
    from unnest(policy.polroles) one
    left join pg_catalog.pg_roles role on role.oid = one
    order by 1
  ) as roles,
  pg_get_expr(policy.polqual, policy.polrelid) as using_text,
  pg_get_expr(policy.polwithcheck, policy.polrelid) as check_text
from pg_catalog.pg_policy policy
join pg_catalog.pg_class relation on relation.oid = policy.polrelid
where relation.relname = any (%(tables)s)
  and relation.relnamespace
    = case when %(temporary)s then pg_my_temp_schema() else 'public'::regnamespace::oid end
order by relation.relname, policy.polname;

-- name: list_triggers
select relation.relname as table_name, trigger.tgname as name, function.prosrc as body, function.prosecdef as is_definer,
  function.proconfig as settings, trigger.tgenabled as enabled, trigger.tgtype as events,
  -- `when (…)`, or `update of` some columns
  trigger.tgqual is not null or trigger.tgattr <> '' as is_conditional
from pg_catalog.pg_trigger trigger
join pg_catalog.pg_class relation on relation.oid = trigger.tgrelid
join pg_catalog.pg_proc function on function.oid = trigger.tgfoid
where relation.relnamespace = 'public'::regnamespace
  and trigger.tgname in ('_raci_guard', '_raci_record')
  and function.pronamespace = 'governance'::regnamespace
order by relation.relname, trigger.tgname;

-- name: list_modules
select module, version, document_hash from governance.raci_versions where is_active order by module;

-- name: list_tasks
select task.module, task.task, task.position, task.title, task.performed_by_system, task.procedural, task.sla, task.note
from governance.raci_tasks task
join governance.raci_versions matrix using (module, version)
where matrix.is_active
order by task.module, task.task;

-- name: list_assignments
select cell.module, cell.task, cell.role::text, cell.duties, cell.scope::text, cell.note
from governance.raci_assignments cell
join governance.raci_versions matrix using (module, version)
where matrix.is_active
order by cell.module, cell.task, cell.role::text;

-- name: list_enforcements
select enforced.module, enforced.task, enforced.position, enforced.table_name, enforced.command, enforced.description
from governance.raci_enforcements enforced
join governance.raci_versions matrix using (module, version)
where matrix.is_active
order by enforced.module, enforced.task, enforced.position;

-- name: list_promises
select promised.module, promised.task, promised.promise, promised.owner, promised.table_name, promised.statement,
  promised.unmeasured, promised.severity, promised.remedy, promised.remind, promised.rule
from governance.raci_promises promised
join governance.raci_versions matrix using (module, version)
where matrix.is_active
order by promised.module, promised.task;

-- name: list_escalations
select ladder.module, ladder.position, ladder.title, ladder.path, ladder.patience, ladder.answers
from governance.raci_escalations ladder
join governance.raci_versions matrix using (module, version)
where matrix.is_active
order by ladder.module, ladder.position;

-- name: list_functions
-- text, rights, path and owner of the functions of governance
select function.proname::text as name, function.prosrc as body, function.prosecdef as is_definer,
  coalesce('search_path=""' = any (function.proconfig), false) as has_empty_path,
  function.proowner = schema.nspowner as has_owner
from pg_catalog.pg_proc function
join pg_catalog.pg_namespace schema on schema.oid = function.pronamespace
where schema.nspname = 'governance' and function.prokind = 'f' and function.prosqlbody is null
order by function.oid::regprocedure::text;

-- name: count_unequal_reach
-- rows of what is derived that are too many or too few, or of another scope: of each role, and of each person
with cell as (
  select duty.module, duty.version, duty.task, duty.role, duty.scope, duty.performs
  from governance.raci_assignments duty
  join governance.raci_versions matrix using (module, version)
  where matrix.is_active
),
means as (
  select enforced.table_name, enforced.command, cell.role, cell.scope, cell.performs,
    max(cell.scope) over (partition by enforced.table_name, cell.role) as widest
  from cell
  join governance.raci_enforcements enforced using (module, version, task)
),
reach as (
  select table_name as subject, 'select' as action, role, widest as scope from means
  union
  select table_name, command, role, widest from means where command in ('update', 'delete') and performs
  union
  select table_name, command, role, max(scope) from means where command = 'insert' and performs group by 1, 2, 3
  union
  select module || '.' || task, 'perform', role, scope from cell where performs
),
held as (
  select held.user_id, given.subject, given.action, given.role, given.scope, person.is_active
  from governance.raci_reach given
  join public.user_roles held on held.role = given.role
  join public.profiles person on person.id = held.user_id
  where given.role <> 'client_user'
)
select
  (
    select count(*) from (
      (select * from reach except select * from governance.raci_reach)
      union all
      (select * from governance.raci_reach except select * from reach)
    ) differing
  ) as of_roles,
  (
    select count(*) from (
      (select * from held except select * from governance.held_reach)
      union all
      (select * from governance.held_reach except select * from held)
    ) differing
  ) as of_people;
