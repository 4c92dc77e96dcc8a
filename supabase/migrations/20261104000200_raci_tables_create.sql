-- Purpose: the RACI matrix as rows: versioned, one version of each module in force
-- Affects: tables governance.raci_versions, raci_tasks, raci_assignments, raci_enforcements, raci_reach; function governance.derive_raci_reach
-- Source: architecture, section 3 (runtime truth is a table)
-- Reversal: drop table governance.raci_reach, governance.raci_enforcements, governance.raci_assignments, governance.raci_tasks, governance.raci_versions;
-- Locks: none (new tables)

create table governance.raci_versions (
  module text not null,
  version integer not null,
  title text not null,
  document_hash text not null,
  is_active boolean not null default true,
  loaded_at timestamptz not null default now(),
  loaded_by text not null default session_user,
  constraint raci_versions_pkey primary key (module, version),
  constraint raci_versions_document_hash_check check (document_hash ~ '^[0-9a-f]{64}$')
);
comment on table governance.raci_versions is
  'Versions of each module''s matrix: when and by whom it was loaded, and the SHA-256 of what the document says.';
create unique index raci_versions_module_active_idx on governance.raci_versions (module) where is_active;

create table governance.raci_tasks (
  module text not null,
  version integer not null,
  task text not null,
  position smallint not null,
  title text not null,
  performed_by_system text not null default '',
  procedural text not null default '',
  sla text not null default '',
  note text not null default '',
  constraint raci_tasks_pkey primary key (module, version, task),
  constraint raci_tasks_version_fkey
    foreign key (module, version) references governance.raci_versions (module, version)
);
comment on table governance.raci_tasks is
  'Tasks of a version. procedural says why nothing in the database can enforce one.';

create table governance.raci_assignments (
  module text not null,
  version integer not null,
  task text not null,
  role public.app_role not null,
  duties text[] not null,
  scope governance.raci_scope not null,
  note text not null default '',
  performs boolean not null generated always as (duties && '{R,A}') stored,
  constraint raci_assignments_pkey primary key (module, version, task, role),
  constraint raci_assignments_task_fkey
    foreign key (module, version, task) references governance.raci_tasks (module, version, task),
  constraint raci_assignments_duties_check check (duties in ('{R}', '{A}', '{R,A}', '{C}', '{I}'))
);
comment on table governance.raci_assignments is
  'Cells of a version: R and A may perform the task within scope, C and I read within scope.';
-- The legend's rule, kept by the database too: only one role answers for a task.
create unique index raci_assignments_accountable_idx on governance.raci_assignments (module, version, task)
  where 'A' = any (duties);

create table governance.raci_enforcements (
  module text not null,
  version integer not null,
  task text not null,
  position smallint not null,
  table_name text not null,
  command text not null,
  description text not null,
  constraint raci_enforcements_pkey primary key (module, version, task, position),
  constraint raci_enforcements_task_fkey
    foreign key (module, version, task) references governance.raci_tasks (module, version, task),
  constraint raci_enforcements_command_check check (command in ('select', 'insert', 'update', 'delete'))
);
comment on table governance.raci_enforcements is
  'What of the database each task of a version is: a table and a command.';

-- What policies and guards look up at every statement, in one index lookup per role. Derived, never edited.
create table governance.raci_reach (
  subject text not null,
  action text not null,
  role public.app_role not null,
  scope governance.raci_scope not null,
  constraint raci_reach_pkey primary key (subject, action, role)
);
comment on table governance.raci_reach is
  'How far each role reaches, of the versions in force: a table by a command, or a task (module.task) by perform. '
  'Kept by trigger from raci_versions, raci_assignments and raci_enforcements.';

create or replace function governance.derive_raci_reach() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  delete from governance.raci_reach;
  with cell as (
    select duty.module, duty.version, duty.task, duty.role, duty.scope, duty.performs
    from governance.raci_assignments duty
    join governance.raci_versions matrix using (module, version)
    where matrix.is_active
  ),
  means as (
    select cell.role, cell.scope, cell.performs, enforced.table_name, enforced.command
    from cell
    join governance.raci_enforcements enforced using (module, version, task)
  ),
  -- Any duty on a table lets its holder read it within scope.
  reading as (
    select means.table_name, means.role, max(means.scope) as scope
    from means
    group by means.table_name, means.role
  )
  insert into governance.raci_reach (subject, action, role, scope)
  select reading.table_name, 'select', reading.role, reading.scope
  from reading
  union all
  select means.table_name, 'insert', means.role, max(means.scope)
  from means
  where means.command = 'insert' and means.performs
  group by means.table_name, means.role
  union all
  -- Update and delete reach what the role may read, so that the guard can refuse by name.
  select distinct reading.table_name, means.command, reading.role, reading.scope
  from reading
  join means on means.table_name = reading.table_name and means.role = reading.role
  where means.command in ('update', 'delete') and means.performs
  union all
  select cell.module || '.' || cell.task, 'perform', cell.role, cell.scope
  from cell
  where cell.performs;
  return null;
end
$$;
comment on function governance.derive_raci_reach() is
  'After any change of the matrix: work out raci_reach again.';
revoke all on function governance.derive_raci_reach() from public;

create trigger raci_versions_derive_reach after insert or update or delete on governance.raci_versions
  for each statement execute function governance.derive_raci_reach();
create trigger raci_assignments_derive_reach after insert or update or delete on governance.raci_assignments
  for each statement execute function governance.derive_raci_reach();
create trigger raci_enforcements_derive_reach after insert or update or delete on governance.raci_enforcements
  for each statement execute function governance.derive_raci_reach();

alter table governance.raci_versions enable row level security;
alter table governance.raci_tasks enable row level security;
alter table governance.raci_assignments enable row level security;
alter table governance.raci_enforcements enable row level security;
alter table governance.raci_reach enable row level security;
revoke all on table governance.raci_versions, governance.raci_tasks, governance.raci_assignments,
  governance.raci_enforcements, governance.raci_reach from public, anon, authenticated, service_role;
