-- name: find_recipients
-- From the row to the people, not from every person to the row: whom it names, who supervises those; whoever holds
-- the role for scope "all" and for rows that are nobody's. The same rows as governance.may_perform reaches for R and A.
with event as materialized (
  select row_key as event_id, module, task, actor_id, is_shared
  from jsonb_to_recordset(%(events)s)
    as given (row_key bigint, module text, task text, actor_id uuid, is_shared boolean)
),
cell as materialized (
  select distinct
    asked.module, asked.task, matrix.title as module_title, described.title as task_title, held.role, held.scope,
    case when 'C' = any (held.duties) then 'C' else 'I' end as duty
  from (select distinct module, task from event) as asked
  join governance.raci_versions as matrix on matrix.module = asked.module and matrix.is_active
  join governance.raci_tasks as described
    on described.module = matrix.module and described.version = matrix.version and described.task = asked.task
  join governance.raci_assignments as held
    on held.module = matrix.module and held.version = matrix.version and held.task = asked.task
    and held.duties && '{C,I}'
),
near as (
  select near.row_key::bigint as event_id, near.user_id, near.scope, near.as_staff, near.as_client
  from governance.find_near(%(events)s, (now() at time zone %(time_zone)s)::date) as near
),
told as (
  select near.event_id, near.user_id, cell.duty
  from near
  join event on event.event_id = near.event_id
  join public.user_roles as role
    on role.user_id = near.user_id
    and case role.role when 'client_user' then near.as_client else near.as_staff end
  join cell
    on cell.module = event.module and cell.task = event.task and cell.role = role.role
    and cell.scope >= near.scope and cell.scope <> 'all'
  union
  select event.event_id, role.user_id, cell.duty
  from event
  join cell on cell.module = event.module and cell.task = event.task and (cell.scope = 'all' or event.is_shared)
  join public.user_roles as role on role.role = cell.role
)
select
  event.event_id, cell.module_title, cell.task_title, told.duty,
  array_agg(distinct told.user_id order by told.user_id) as user_ids
from told
join event on event.event_id = told.event_id
join public.profiles as person on person.id = told.user_id and person.is_active
join (select distinct module, task, module_title, task_title from cell) as cell
  on cell.module = event.module and cell.task = event.task
-- Nobody is told what they did themselves, and nobody twice: who is consulted is not informed as well.
where told.user_id is distinct from event.actor_id
  and not (
    told.duty = 'I' and exists (
      select from told as other
      where other.event_id = told.event_id and other.user_id = told.user_id and other.duty = 'C'
    )
  )
group by event.event_id, cell.module_title, cell.task_title, told.duty
order by event.event_id, told.duty;
