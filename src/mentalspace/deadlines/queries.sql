-- name: list_promises
-- of the matrix in force, with the ladder that answers them
select
  promised.module, promised.task, matrix.title as module_title, described.title as task_title, promised.promise,
  promised.owner, promised.table_name, promised.unmeasured, promised.severity, promised.remedy, promised.remind,
  promised.rule, promised.statement is not null as is_measured,
  coalesce(ladder.path, array[promised.owner]) as path, coalesce(ladder.patience, '{}') as patience
from governance.raci_promises as promised
join governance.raci_versions as matrix
  on matrix.module = promised.module and matrix.version = promised.version and matrix.is_active
join governance.raci_tasks as described
  on described.module = promised.module and described.version = promised.version and described.task = promised.task
left join governance.raci_escalations as ladder
  on ladder.module = promised.module and ladder.version = promised.version and promised.task = any (ladder.answers)
order by promised.module, described.position;

-- name: find_due
select row_key, due_at, owners, client_id
from governance.find_due(%(module)s, %(task)s, %(now)s, %(before)s, %(time_zone)s)
order by due_at, row_key;

-- name: count_due
select
  count(*) as rows,
  count(*) filter (where due_at < %(now)s) as late,
  min(due_at) as first_due_at
from governance.find_due(%(module)s, %(task)s, %(now)s, %(before)s, %(time_zone)s);

-- name: find_people
-- Staff with a cell on the task whose scope reaches one of the rows: by row, role, and what they hold.
with cell as materialized (
  select held.role, held.scope, held.duties
  from governance.raci_versions as matrix
  join governance.raci_assignments as held
    on held.module = matrix.module and held.version = matrix.version and held.task = %(task)s
  where matrix.module = %(module)s and matrix.is_active and held.role <> 'client_user'
),
reached as (
  select near.row_key, near.user_id, cell.role, cell.duties
  from governance.find_near(%(rows)s, (now() at time zone %(time_zone)s)::date) as near
  join public.user_roles as role on role.user_id = near.user_id
  join cell on cell.role = role.role and cell.scope >= near.scope and cell.scope <> 'all'
  where near.as_staff
  union
  select line.row_key, role.user_id, cell.role, cell.duties
  from jsonb_to_recordset(%(rows)s) as line (row_key text)
  cross join cell
  join public.user_roles as role on role.role = cell.role
  where cell.scope = 'all'
)
select
  reached.role::text, 'R' = any (reached.duties) as is_responsible, reached.user_id,
  array_agg(distinct reached.row_key order by reached.row_key) as row_keys
from reached
join public.profiles as person on person.id = reached.user_id and person.is_active
group by reached.role, reached.duties, reached.user_id
order by reached.role, reached.user_id;

-- name: list_narrow_roles
-- roles whose cell on the task does not reach every row
select held.role::text
from governance.raci_versions as matrix
join governance.raci_assignments as held
  on held.module = matrix.module and held.version = matrix.version and held.task = %(task)s
where matrix.module = %(module)s and matrix.is_active and held.scope <> 'all'
order by held.role;

-- name: remember_reminders
-- only those that nobody heard of yet come back
insert into governance.deadline_reminders (module, task, row_key, due_at)
select %(module)s, %(task)s, line.row_key, line.due_at
from jsonb_to_recordset(%(rows)s) as line (row_key text, due_at timestamptz)
on conflict do nothing
returning row_key;

-- name: forget_reminders
delete from governance.deadline_reminders where due_at < %(now)s - interval '1 month';
