-- Purpose: names of colleagues and clinicians, without anything else of a profile
-- Affects: function governance.list_staff, view public.staff_directory
-- Source: docs/raci/administration.yaml (view_staff_directory); 45 CFR 164.514(d)(2)
-- Reversal: drop view public.staff_directory; drop function governance.list_staff();
-- Locks: none

create or replace function governance.list_staff()
returns table (id uuid, first_name text, last_name text, title text)
language plpgsql stable
security definer -- because profiles of clients stand in the same table and must not be seen
set search_path = ''
as $$
begin
  if not exists (
    select
    from public.profiles person
    join public.user_roles held on held.user_id = person.id
    where person.id = governance.actor_id() and person.is_active
  ) then
    return;
  end if;
  return query
    select person.id, person.first_name, person.last_name, person.title
    from public.profiles person
    where person.is_active
      and exists (select from public.user_roles held where held.user_id = person.id and held.role <> 'client_user');
end
$$;
comment on function governance.list_staff() is
  'Names and titles of active staff, for callers who hold a role.';
revoke all on function governance.list_staff() from public;
grant execute on function governance.list_staff() to authenticated;

create view public.staff_directory with (security_invoker = true) as
select id, first_name, last_name, title from governance.list_staff();
comment on view public.staff_directory is
  'Active staff by name and title, for everybody who holds a role: colleagues and clients alike.';
revoke all on table public.staff_directory from public, anon, authenticated, service_role;
grant select on table public.staff_directory to authenticated;
