-- Purpose: whether the caller may perform a task on a row, for the guards of the tables
-- Affects: functions governance.acts_as_system, find_changed_columns, may_perform, may_change
-- Source: architecture, section 3 (the trigger judges anonymous and authenticated callers, inside definer functions too)
-- Reversal: drop the functions, after the guards that call them
-- Locks: none

create or replace function governance.acts_as_system() returns boolean
language plpgsql stable
set search_path = ''
as $$
declare
  -- SET ROLE shows here even inside definer functions, which change current_user: nobody is laundered.
  caller name := coalesce(nullif(current_setting('role', true), 'none'), session_user);
begin
  return exists (
    select from pg_catalog.pg_roles role
    where role.rolname = caller
      and (
        role.rolsuper
        or role.rolbypassrls
        or not (pg_has_role(caller, 'authenticated', 'usage') or pg_has_role(caller, 'anon', 'usage'))
      )
  );
end
$$;
comment on function governance.acts_as_system() is
  'False for whoever acts as anonymous, authenticated, or a role that inherits them; true for service_role '
  'and direct sessions.';

create or replace function governance.find_changed_columns(p_old jsonb, p_new jsonb, p_ignored text[]) returns text[]
language plpgsql stable
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
begin
  return array(
    select now.key
    from jsonb_each(p_new) now
    where now.value is distinct from p_old -> now.key and now.key <> all (p_ignored)
  );
end
$$;
comment on function governance.find_changed_columns(jsonb, jsonb, text[]) is
  'Names of the columns that an update changes; columns that no compiler has heard of are among them.';

create or replace function governance.may_perform(p_task text) returns boolean
language plpgsql stable
security definer -- because it asks find_reach
set search_path = ''
as $$
begin
  return governance.find_reach(p_task, 'perform') is not null;
end
$$;
comment on function governance.may_perform(text) is
  'Whether the caller may perform a task on a table that has nobody''s rows.';

create or replace function governance.may_perform(p_task text, p_owners uuid[], p_client uuid) returns boolean
language plpgsql stable
security definer -- because it asks find_reach, and no caller may read all clients
set search_path = ''
as $$
declare
  actor uuid := governance.actor_id();
  reach governance.raci_scope := governance.find_reach(p_task, 'perform');
  staff uuid[];
begin
  if reach is null or actor is null then
    return false;
  elsif reach = 'all' then
    return true;
  end if;
  staff := case when reach >= 'supervisees' then actor || governance.find_supervisees(actor) else array[actor] end;
  return coalesce(p_owners && staff, false) or exists (
    select from public.clients client
    where client.id = p_client
      and (client.portal_user_id = actor or reach >= 'caseload' and client.primary_therapist_id = any (staff))
  );
end
$$;
comment on function governance.may_perform(text, uuid[], uuid) is
  'Whether the caller may perform a task on a row with these owners and this client.';

create or replace function governance.may_change(
  p_task text, p_old_owners uuid[], p_old_client uuid, p_new_owners uuid[], p_new_client uuid
) returns boolean
language plpgsql stable
security definer -- because it asks may_perform
set search_path = ''
as $$
begin
  if not governance.may_perform(p_task, p_old_owners, p_old_client) then
    return false;
  elsif p_old_owners is not distinct from p_new_owners and p_old_client is not distinct from p_new_client then
    return true;
  end if;
  return governance.may_perform(p_task, p_new_owners, p_new_client);
end
$$;
comment on function governance.may_change(text, uuid[], uuid, uuid[], uuid) is
  'Whether the caller may perform a task on a row as it was and as it will be: nothing is pushed out of scope.';

revoke all on function governance.acts_as_system() from public;
revoke all on function governance.find_changed_columns(jsonb, jsonb, text[]) from public;
revoke all on function governance.may_perform(text) from public;
revoke all on function governance.may_perform(text, uuid[], uuid) from public;
revoke all on function governance.may_change(text, uuid[], uuid, uuid[], uuid) from public;
