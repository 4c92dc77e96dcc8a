-- Purpose: the practice never loses its last active administrator
-- Affects: table governance.administrator_guard, function governance.keep_administrator, triggers on user_roles and profiles
-- Source: issue "RACI as code", limits on privilege; 45 CFR 164.308(a)(4)
-- Reversal: drop the triggers, the function and the table
-- Locks: access exclusive on user_roles and profiles, for an instant

create table governance.administrator_guard (
  only_row boolean primary key default true check (only_row),
  checked_at timestamptz not null default now()
);
comment on table governance.administrator_guard is
  'One row, updated by whoever takes administration from somebody: two who do it at once follow each other.';
alter table governance.administrator_guard enable row level security;
revoke all on table governance.administrator_guard from public, anon, authenticated, service_role;
insert into governance.administrator_guard default values;

create or replace function governance.keep_administrator() returns trigger
language plpgsql
security definer -- because callers may read neither all roles nor the guard
set search_path = ''
as $$
begin
  if not exists (
    select from removed gone
    where case tg_table_name
      when 'user_roles' then to_jsonb(gone) ->> 'role' = 'administrator'
      else (to_jsonb(gone) ->> 'is_active')::boolean and exists (
        select from public.user_roles held
        where held.user_id = gone.id and held.role = 'administrator'
      )
    end
  ) then
    return null;
  end if;
  -- Updating one row makes concurrent removals wait for each other in read committed, which then sees
  -- the other's work, and fail to serialize in stricter isolation.
  update governance.administrator_guard set checked_at = clock_timestamp();
  if not exists (
    select
    from public.user_roles held
    join public.profiles person on person.id = held.user_id
    where held.role = 'administrator' and person.is_active
  ) then
    raise exception using
      errcode = '42501',
      message = 'the last active administrator cannot be removed or deactivated',
      detail = format('Table %s.', tg_table_name),
      hint = 'Make somebody else an administrator first.';
  end if;
  return null;
end
$$;
comment on function governance.keep_administrator() is
  'After a statement that takes the role or the active state of an administrator: one active administrator stays. '
  'For every caller, service_role and direct sessions too.';
revoke all on function governance.keep_administrator() from public;

create trigger user_roles_keep_administrator_delete after delete on public.user_roles
  referencing old table as removed
  for each statement execute function governance.keep_administrator();
create trigger user_roles_keep_administrator_update after update on public.user_roles
  referencing old table as removed
  for each statement execute function governance.keep_administrator();
create trigger profiles_keep_administrator_update after update on public.profiles
  referencing old table as removed
  for each statement execute function governance.keep_administrator();
