-- Purpose: what each member of staff reaches, one index look-up away: role, person and matrix in one row, held together by foreign keys
-- Affects: tables governance.held_reach, governance.raci_reach (unique index), public.profiles (unique index), public.user_roles (triggers); functions governance.derive_held_reach, derive_held_reach_of_role, leave_held_reach
-- Source: architecture, section 3 (roles at statement time); figures in docs/raci.md, Cost
-- Reversal: drop the triggers, the functions, the table and the two indexes, after the functions that ask the table
-- Locks: share on public.profiles while the index is made, share row exclusive on public.user_roles and public.profiles for an instant

create unique index raci_reach_subject_action_role_scope_key on governance.raci_reach (subject, action, role, scope);
create unique index profiles_id_is_active_key on public.profiles (id, is_active);

-- The keys are what keeps it true. A row cannot be without the role that it comes from, the reach that the matrix gives
-- this role, and whether the person is active; they take it with them when they go, whatever else happens at the same
-- time. Triggers only add: what they could miss is a row too few. 'C' because nobody sorts names of tables for people.
create table governance.held_reach (
  user_id uuid not null,
  subject text collate "C" not null,
  action text collate "C" not null,
  role public.app_role not null,
  scope governance.raci_scope not null,
  is_active boolean not null,
  constraint held_reach_pkey primary key (user_id, subject, action, role),
  constraint held_reach_role_check check (role <> 'client_user'),
  constraint held_reach_role_fkey foreign key (user_id, role)
    references public.user_roles (user_id, role) on delete cascade,
  constraint held_reach_reach_fkey foreign key (subject, action, role, scope)
    references governance.raci_reach (subject, action, role, scope) on update cascade on delete cascade,
  constraint held_reach_person_fkey foreign key (user_id, is_active)
    references public.profiles (id, is_active) on update cascade on delete cascade
);
comment on table governance.held_reach is
  'How far each member of staff reaches by each of their roles: user_roles, raci_reach and profiles.is_active in one row. '
  'Derived, kept by foreign keys and triggers, never edited.';
-- What the keys look for when a role, a reach or a person changes.
create index held_reach_subject_action_role_scope_idx on governance.held_reach (subject, action, role, scope);
create index held_reach_user_id_role_idx on governance.held_reach (user_id, role);
create index held_reach_user_id_is_active_idx on governance.held_reach (user_id, is_active);
alter table governance.held_reach enable row level security;
revoke all on table governance.held_reach from public, anon, authenticated, service_role;

create function governance.derive_held_reach() returns trigger
language plpgsql
security definer -- because nobody may write what is derived
set search_path = ''
as $$
begin
  -- A role that somebody is given meanwhile is waited for.
  lock table governance.held_reach in share row exclusive mode;
  insert into governance.held_reach (user_id, subject, action, role, scope, is_active)
  select held.user_id, reach.subject, reach.action, reach.role, reach.scope, person.is_active
  from governance.raci_reach reach
  join public.user_roles held on held.role = reach.role
  join public.profiles person on person.id = held.user_id
  where reach.role <> 'client_user'
  on conflict do nothing;
  return null;
end
$$;
comment on function governance.derive_held_reach() is
  'After the matrix reaches further: so do the people who hold the roles.';
revoke all on function governance.derive_held_reach() from public;

create function governance.derive_held_reach_of_role() returns trigger
language plpgsql
security definer -- because nobody may write what is derived
set search_path = ''
as $$
begin
  insert into governance.held_reach (user_id, subject, action, role, scope, is_active)
  select new.user_id, reach.subject, reach.action, reach.role, reach.scope, person.is_active
  from governance.raci_reach reach
  join public.profiles person on person.id = new.user_id
  where reach.role = new.role and reach.role <> 'client_user';
  return null;
end
$$;
comment on function governance.derive_held_reach_of_role() is
  'After a role is given: its holder reaches what the matrix gives it.';
revoke all on function governance.derive_held_reach_of_role() from public;

create function governance.leave_held_reach() returns trigger
language plpgsql
security definer -- because nobody may write what is derived
set search_path = ''
as $$
begin
  delete from governance.held_reach reach where reach.user_id = old.user_id and reach.role = old.role;
  return new;
end
$$;
comment on function governance.leave_held_reach() is
  'Before a role becomes another role, or somebody else''s: what it reached goes.';
revoke all on function governance.leave_held_reach() from public;

create trigger raci_reach_derive_held_reach after insert on governance.raci_reach
  for each statement execute function governance.derive_held_reach();
create trigger user_roles_leave_held_reach before update on public.user_roles
  for each row execute function governance.leave_held_reach();
create trigger user_roles_derive_held_reach after insert or update on public.user_roles
  for each row execute function governance.derive_held_reach_of_role();
