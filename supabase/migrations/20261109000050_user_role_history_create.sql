-- Purpose: who held which role from when until when, after the assignment itself is gone
-- Affects: table public.user_role_history; function governance.record_user_role; trigger on public.user_roles
-- Source: governance plan, 5.2 (user_roles: ten years, audit trail)
-- Reversal: drop trigger user_roles_record_history on public.user_roles;
--   drop function governance.record_user_role(); drop table public.user_role_history;
-- Locks: share row exclusive on public.user_roles for the new trigger

create table public.user_role_history (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  role public.app_role not null,
  assigned_by uuid,
  assigned_at timestamptz not null,
  revoked_by uuid,
  revoked_at timestamptz,
  constraint user_role_history_dates_check check (revoked_at >= assigned_at)
);

comment on table public.user_role_history is
  'Every role ever held. Written by a trigger on user_roles alone. Without foreign keys: it outlives the login.';
comment on column public.user_role_history.revoked_at is 'Null while the role is held.';

create unique index user_role_history_user_id_role_held_key on public.user_role_history (user_id, role)
  where revoked_at is null;
create index user_role_history_user_id_assigned_at_idx on public.user_role_history (user_id, assigned_at);
create index user_role_history_revoked_at_idx on public.user_role_history (revoked_at)
  where revoked_at is not null;

alter table public.user_role_history enable row level security;
revoke all on table public.user_role_history from public, anon, authenticated, service_role;
grant select on table public.user_role_history to service_role;

-- Definer because whoever may assign a role must not be able to write its history.
create or replace function governance.record_user_role() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if tg_op in ('UPDATE', 'DELETE') then
    update public.user_role_history
      set revoked_at = greatest(now(), assigned_at), revoked_by = governance.actor_id()
      where user_id = old.user_id and role = old.role and revoked_at is null;
  end if;
  if tg_op in ('INSERT', 'UPDATE') then
    insert into public.user_role_history (user_id, role, assigned_by, assigned_at)
      values (new.user_id, new.role, new.assigned_by, new.assigned_at);
  end if;
  return null;
end
$$;
comment on function governance.record_user_role() is
  'After insert, update, delete of a role: opens and closes its row in user_role_history.';
revoke all on function governance.record_user_role() from public;

create trigger user_roles_record_history after insert or update or delete on public.user_roles
  for each row execute function governance.record_user_role();
