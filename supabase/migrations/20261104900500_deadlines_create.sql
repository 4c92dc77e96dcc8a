-- Purpose: which rows the promises (SLA) of the RACI matrix run for, and those that break one now
-- Affects: table governance.deadlines; functions governance.render_states, governance.find_breaches
-- Source: architecture, section 5 (SLA clocks); governance plan, 4.1 (SLAs)
-- Reversal: drop function governance.find_breaches(text), governance.render_states(text, jsonb); drop table governance.deadlines;
-- Locks: none (new table)

create table governance.deadlines (
  name text primary key,
  title text not null,
  module text not null,
  task text not null,
  table_name text not null,
  states jsonb not null,
  measured_from text not null,
  done_column text,
  done_table text,
  done_key text,
  done_states jsonb not null default '{}',
  severity text not null,
  owner text not null,
  path text[] not null,
  remediation text not null,
  constraint deadlines_name_check check (name ~ '^[a-z][a-z0-9_]*$'),
  constraint deadlines_states_check check (jsonb_typeof(states) = 'object' and jsonb_typeof(done_states) = 'object'),
  constraint deadlines_done_check check ((done_column is null) <> (done_table is null)),
  constraint deadlines_done_key_check check ((done_table is null) = (done_key is null)),
  constraint deadlines_severity_check check (severity in ('low', 'medium', 'high', 'critical'))
);

comment on table governance.deadlines is
  'Clocks: the promise itself (how long) is the task''s SLA in the matrix in force; this says for which rows it runs, '
  'from when, and what ends it. Written by migrations only.';
comment on column governance.deadlines.states is
  'Rows that the clock runs for: by column one of the values, or null.';
comment on column governance.deadlines.measured_from is
  'The column whose moment starts the clock, or that the promise counts back from.';
comment on column governance.deadlines.done_column is 'Set when the task is done.';
comment on column governance.deadlines.done_table is 'Or: a row of this table, with the row''s id in done_key, is the doing.';

alter table governance.deadlines enable row level security;
revoke all on table governance.deadlines from public, anon, authenticated, service_role;

create or replace function governance.render_states(p_alias text, p_states jsonb) returns text
language sql immutable
set search_path = ''
return (
  select coalesce(
    string_agg(
      case when state.value = 'null'
        then format('%I.%I is null', p_alias, state.key)
        else format(
          '%I.%I::text = any (%L)', p_alias, state.key,
          array(select jsonb_array_elements_text(state.value))
        )
      end,
      ' and ' order by state.key
    ),
    'true'
  )
  from jsonb_each(p_states) state
);
comment on function governance.render_states(text, jsonb) is
  'The condition that a row is in these states. Quotes names and values.';

create or replace function governance.find_breaches(p_name text) returns table (row_key text, due_at timestamptz)
language plpgsql stable
set search_path = ''
as $$
declare
  clock governance.deadlines;
  promise text;
  allowed interval;
  latest interval;
  done text;
  due text;
begin
  select * into strict clock from governance.deadlines where name = p_name;
  select task.sla into promise
  from governance.raci_tasks task
  join governance.raci_versions matrix
    on matrix.module = task.module and matrix.version = task.version and matrix.is_active
  where task.module = clock.module and task.task = clock.task;
  allowed := substring(promise from 'within (\d+ \w+)$')::interval;
  latest := substring(promise from '(\d+ \w+) to \d+ \w+ before \w+$')::interval;
  if allowed is null and latest is null then
    raise exception using
      errcode = 'P0002',
      message = format('the matrix in force promises nothing for %s.%s', clock.module, clock.task),
      hint = format('Give the task an sla, or delete the row %s of governance.deadlines.', p_name);
  end if;

  done := case
    when clock.done_column is not null then format('line.%I is not null', clock.done_column)
    else format(
      'exists (select from public.%I doing where doing.%I = line.id and %s)',
      clock.done_table, clock.done_key, governance.render_states('doing', clock.done_states)
    )
  end;
  -- Within: counted on from the moment. Before: counted back, and over when the moment has come.
  due := case
    when allowed is not null then format('line.%I + %L::interval', clock.measured_from, allowed)
    else format('line.%I - %L::interval', clock.measured_from, latest)
  end;
  return query execute format(
    'select line.id::text, %s from public.%I line where %s and %s < now() and %s and not (%s) order by 2, 1',
    due, clock.table_name, governance.render_states('line', clock.states), due,
    case when allowed is not null then 'true' else format('line.%I > now()', clock.measured_from) end, done
  );
end
$$;
comment on function governance.find_breaches(text) is
  'Keys of the rows that break a promise now, and when it was due, the longest overdue first.';

revoke all on function governance.render_states(text, jsonb) from public, anon, authenticated, service_role;
revoke all on function governance.find_breaches(text) from public, anon, authenticated, service_role;
