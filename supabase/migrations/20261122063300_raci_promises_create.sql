-- Purpose: promises (SLA) and escalation paths of the RACI matrix, as rows; rows that a promise waits for; who is near a row
-- Affects: tables governance.raci_promises, raci_escalations, deadline_reminders; functions governance.find_due, find_near
-- Source: architecture, section 5 (SLA clocks, escalation ladder); governance plan, 4.1 (SLAs, escalation path)
-- Reversal: drop function governance.find_near(jsonb, date), governance.find_due(text, text, timestamptz, timestamptz, text); drop table governance.deadline_reminders, governance.raci_escalations, governance.raci_promises;
-- Locks: share row exclusive on governance.raci_tasks and raci_versions, for an instant (foreign keys)

create table governance.raci_promises (
  module text not null,
  version integer not null,
  task text not null,
  promise text not null,
  owner text not null,
  table_name text,
  statement text,
  unmeasured text not null default '',
  severity text not null,
  remedy text not null default '',
  remind interval,
  rule text,
  constraint raci_promises_pkey primary key (module, version, task),
  constraint raci_promises_task_fkey
    foreign key (module, version, task) references governance.raci_tasks (module, version, task),
  constraint raci_promises_measured_check check ((statement is null) = (unmeasured <> '')),
  constraint raci_promises_table_check check ((statement is null) = (table_name is null)),
  constraint raci_promises_severity_check check (severity in ('low', 'medium', 'high', 'critical'))
);
comment on table governance.raci_promises is
  'Promises of a version: each with the statement that finds the rows which wait for the task, or why no table shows them. '
  'Compiled from docs/raci.';
comment on column governance.raci_promises.statement is
  'A select of key, when due, owners, client; $1 now, $2 the moment before which rows must be due, $3 the time zone.';
comment on column governance.raci_promises.remind is 'How long before it is due the Responsible hear of it.';
comment on column governance.raci_promises.rule is
  'The rule of a data contract (table.rule) that says the same; the clock alone alerts.';

create table governance.raci_escalations (
  module text not null,
  version integer not null,
  position smallint not null,
  title text not null,
  path text[] not null,
  patience interval[] not null,
  answers text[] not null,
  constraint raci_escalations_pkey primary key (module, version, position),
  constraint raci_escalations_version_fkey
    foreign key (module, version) references governance.raci_versions (module, version),
  constraint raci_escalations_patience_check check (cardinality(patience) in (0, cardinality(path)))
);
comment on table governance.raci_escalations is
  'Escalation paths of a version: who is told one after the other, and how long each has to acknowledge.';
comment on column governance.raci_escalations.answers is
  'Tasks whose broken promise climbs it, and data_quality. Empty: for people only.';

create table governance.deadline_reminders (
  module text not null,
  task text not null,
  row_key text not null,
  due_at timestamptz not null,
  constraint deadline_reminders_pkey primary key (module, task, row_key, due_at)
);
comment on table governance.deadline_reminders is
  'Rows of whose deadline the Responsible heard: once per row and time that it is due. Forgotten a month after.';
create index deadline_reminders_due_at_idx on governance.deadline_reminders (due_at);

alter table governance.raci_promises enable row level security;
alter table governance.raci_escalations enable row level security;
alter table governance.deadline_reminders enable row level security;
revoke all on table governance.raci_promises, governance.raci_escalations, governance.deadline_reminders
  from public, anon, authenticated, service_role;

create or replace function governance.find_due(
  p_module text, p_task text, p_now timestamptz, p_before timestamptz, p_time_zone text
) returns table (row_key text, due_at timestamptz, owners uuid[], client_id uuid)
language plpgsql stable
set search_path = ''
as $$
declare
  clock text;
begin
  select promised.statement into clock
  from governance.raci_promises as promised
  join governance.raci_versions as matrix using (module, version)
  where matrix.is_active and promised.module = p_module and promised.task = p_task;
  if clock is null then
    raise exception using
      errcode = 'P0002',
      message = format('the matrix in force has no clock for %s.%s', p_module, p_task),
      hint = 'Give the task an sla with a clock in docs/raci, and compile.';
  end if;
  -- Compiled from reviewed documents into a table that its owner alone writes; nothing in it comes from a caller.
  return query execute clock using p_now, p_before, p_time_zone;
end
$$;
comment on function governance.find_due(text, text, timestamptz, timestamptz, text) is
  'Keys of the rows that wait for a task and are due before a moment, with whose they are. Late: due before now.';

create or replace function governance.find_near(p_rows jsonb, p_today date)
returns table (row_key text, user_id uuid, scope governance.raci_scope)
language sql stable
set search_path = ''
as $$
  with line as materialized (
    select given.row_key, given.owners, given.clients
    from jsonb_to_recordset(p_rows) as given (row_key text, owners uuid[], clients uuid[])
  ),
  named as (
    select line.row_key, owner as user_id, 'own'::governance.raci_scope as scope, true as supervised
    from line, unnest(line.owners) as owner
    union
    select line.row_key, client.portal_user_id, 'own', false
    from line
    join public.clients as client on client.id = any (line.clients)
    union
    select line.row_key, client.primary_therapist_id, 'caseload', true
    from line
    join public.clients as client on client.id = any (line.clients)
  )
  select named.row_key, named.user_id, named.scope
  from named
  where named.user_id is not null
  union
  select named.row_key, supervision.supervisor_id, 'supervisees'
  from named
  join public.supervision_relationships as supervision
    on supervision.supervisee_id = named.user_id and supervision.status = 'Active'
  where named.supervised
    and supervision.start_date <= p_today
    and coalesce(supervision.end_date, p_today) >= p_today
$$;
comment on function governance.find_near(jsonb, date) is
  'From rows {row_key, owners, clients} to the people whom each names and who supervises those, with the narrowest scope '
  'that reaches it. The same rows as governance.may_perform reaches; holders of scope all are not listed.';

revoke all on function governance.find_due(text, text, timestamptz, timestamptz, text)
  from public, anon, authenticated, service_role;
revoke all on function governance.find_near(jsonb, date) from public, anon, authenticated, service_role;
