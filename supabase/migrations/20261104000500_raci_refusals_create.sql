-- Purpose: refusals that say which task, whose it is, and what to do
-- Affects: functions governance.describe_duties, describe_holders, refuse_task, refuse_tasks, add_refusal, refuse_change, refuse_value, refuse_self
-- Source: architecture, section 3 (42501 with the task in detail and the duty holders in hint)
-- Reversal: drop the functions, after the guards that call them
-- Locks: none

-- Messages name tables, columns, tasks and roles: never a row's values.

create or replace function governance.describe_holders(p_task text) returns text
language plpgsql stable
security definer -- because no caller may read the matrix's tables
set search_path = ''
as $$
begin
  return (
    select string_agg(
      format('%s (%s, %s)', cell.role, array_to_string(cell.duties, ','), cell.scope), ', '
      order by 'A' = any (cell.duties) desc, cell.scope desc, cell.role
    )
    from governance.raci_versions matrix
    join governance.raci_assignments cell on cell.module = matrix.module and cell.version = matrix.version
    where matrix.is_active and cell.performs
      and matrix.module = split_part(p_task, '.', 1) and cell.task = split_part(p_task, '.', 2)
  );
end
$$;
comment on function governance.describe_holders(text) is
  'Who may perform a task: role (duties, scope), the accountable one first.';

create or replace function governance.describe_duties(p_task text) returns text
language plpgsql stable
security definer -- because no caller may read roles and matrix of others
set search_path = ''
as $$
begin
  return coalesce((
    select string_agg(
      format('%s %s', held.role, coalesce(array_to_string(cell.duties, ',') || ' (' || cell.scope || ')', '-')), ', '
      order by held.role
    )
    from public.profiles person
    join public.user_roles held on held.user_id = person.id
    join governance.raci_versions matrix
      on matrix.is_active and matrix.module = split_part(p_task, '.', 1)
    left join governance.raci_assignments cell
      on cell.module = matrix.module and cell.version = matrix.version
      and cell.task = split_part(p_task, '.', 2) and cell.role = held.role
    where person.id = governance.actor_id() and person.is_active
  ), 'no role');
end
$$;
comment on function governance.describe_duties(text) is
  'The caller''s roles and what each holds of a task.';

create or replace function governance.refuse_task(p_task text, p_table text) returns void
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = '42501',
    message = format('%s is not permitted to you on this row of %s', p_task, p_table),
    detail = format('Task %s. You hold: %s.', p_task, governance.describe_duties(p_task)),
    hint = format('Performed by: %s. Ask one of them.', governance.describe_holders(p_task));
end
$$;
comment on function governance.refuse_task(text, text) is 'Raises 42501: duty or scope is missing.';

create or replace function governance.refuse_tasks(p_tasks text[], p_table text, p_action text) returns void
language plpgsql
set search_path = ''
as $$
begin
  if cardinality(p_tasks) > 0 then
    perform governance.refuse_task(p_tasks[1], p_table);
  end if;
  raise exception using
    errcode = '42501',
    message = format('no task covers %s on %s', p_action, p_table),
    detail = format('Table %s, command %s.', p_table, p_action),
    hint = 'Nobody does this through the API; public.raci_matrix lists the tasks.';
end
$$;
comment on function governance.refuse_tasks(text[], text, text) is
  'Raises 42501 for the first of the tasks that a command is, or because it is none.';

create or replace function governance.refuse_value(p_task text, p_table text, p_column text) returns void
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = '42501',
    message = format('%s does not cover this value of %s.%s', p_task, p_table, p_column),
    detail = format('Task %s. Column %s.', p_task, p_column),
    hint = format('Leave %s out; another task writes it later.', p_column);
end
$$;
comment on function governance.refuse_value(text, text, text) is
  'Raises 42501: the task is permitted, but not with this value in this column.';

create or replace function governance.refuse_self(p_task text, p_table text, p_column text) returns void
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = '42501',
    message = format('nobody performs %s for themselves', p_task),
    detail = format('Task %s. Column %s of %s names you.', p_task, p_column, p_table),
    hint = format('Performed by: %s. Ask somebody else of them.', governance.describe_holders(p_task));
end
$$;
comment on function governance.refuse_self(text, text, text) is 'Raises 42501: segregation of duties.';

create or replace function governance.add_refusal(p_refused jsonb, p_task text, p_because text, p_columns text[])
returns jsonb
language sql immutable
set search_path = ''
return (
  -- The first task that a column was refused for is the one that is named.
  select coalesce(jsonb_object_agg(name, jsonb_build_object('task', p_task, 'because', p_because)), '{}') || p_refused
  from unnest(p_columns) name
);
comment on function governance.add_refusal(jsonb, text, text, text[]) is
  'Remembers for each column which task was recognised in its change, and why it was not permitted.';

create or replace function governance.refuse_change(p_table text, p_changed text[], p_covered text[], p_refused jsonb)
returns void
language plpgsql
set search_path = ''
as $$
declare
  uncovered text[] := array(select unnest(p_changed) except select unnest(p_covered) order by 1);
  named text;
begin
  -- A task that was recognised says more than a column that none covers.
  select name into named from unnest(uncovered) name where p_refused ? name order by name limit 1;
  if named is not null then
    if p_refused -> named ->> 'because' = 'self' then
      perform governance.refuse_self(p_refused -> named ->> 'task', p_table, named);
    end if;
    perform governance.refuse_task(p_refused -> named ->> 'task', p_table);
  end if;
  raise exception using
    errcode = '42501',
    message = format('no task covers this change of %s.%s', p_table, uncovered[1]),
    detail = format('Column %s.', array_to_string(uncovered, ', ')),
    hint = 'The column is immutable, or not from this state; public.raci_matrix lists the tasks.';
end
$$;
comment on function governance.refuse_change(text, text[], text[], jsonb) is
  'Raises 42501 for the task that was recognised and refused, else for the column that no task covers.';

revoke all on function governance.describe_holders(text) from public;
revoke all on function governance.describe_duties(text) from public;
revoke all on function governance.refuse_task(text, text) from public;
revoke all on function governance.refuse_tasks(text[], text, text) from public;
revoke all on function governance.refuse_value(text, text, text) from public;
revoke all on function governance.refuse_self(text, text, text) from public;
revoke all on function governance.add_refusal(jsonb, text, text, text[]) from public;
revoke all on function governance.refuse_change(text, text[], text[], jsonb) from public;
