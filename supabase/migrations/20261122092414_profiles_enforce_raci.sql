-- Purpose: enforce the RACI matrix on profiles
-- Affects: policies, trigger and grants of public.profiles; function governance.guard_profiles
-- Source: docs/raci/administration.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.profiles, for an instant

drop policy if exists profiles_select on public.profiles;
drop policy if exists profiles_insert on public.profiles;
drop policy if exists profiles_update on public.profiles;
drop policy if exists profiles_delete on public.profiles;
drop policy if exists profiles_client_sees on public.profiles;

create policy profiles_select on public.profiles
as permissive for select to authenticated
using (
  (select governance.reaches_all('profiles', 'select'))
  or id = any ((select governance.reachable_people('profiles', 'select'))::uuid[])
);
comment on policy profiles_select on public.profiles is
  'RACI: administration.view_profiles, administration.register_person, administration.edit_own_profile, '
  'administration.manage_profiles, administration.deactivate_person';

create policy profiles_insert on public.profiles
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('profiles', 'insert'))
  or id = any ((select governance.reachable_people('profiles', 'insert'))::uuid[])
);
comment on policy profiles_insert on public.profiles is
  'RACI: administration.register_person';

create policy profiles_update on public.profiles
as permissive for update to authenticated
using (
  (select governance.reaches_all('profiles', 'update'))
  or id = any ((select governance.reachable_people('profiles', 'update'))::uuid[])
)
with check (
  (select governance.reaches_all('profiles', 'update'))
  or id = any ((select governance.reachable_people('profiles', 'update'))::uuid[])
);
comment on policy profiles_update on public.profiles is
  'RACI: administration.edit_own_profile, administration.manage_profiles, '
  'administration.deactivate_person';

create or replace function governance.guard_profiles() returns trigger
language plpgsql
-- definer because the matrix it asks is readable by no caller
security definer
set search_path = ''
as $guard$
declare
  changed text[];
  covers text[];
  covered text[] := '{}';
  refused jsonb := '{}';
begin
  if governance.acts_as_system() then
    return coalesce(new, old);
  end if;

  if tg_op = 'INSERT' then
    -- administration.register_person: new rows of profiles
    if governance.may_perform('administration.register_person', array[new.id]::uuid[], null) then
      if (new.is_active = true) is not true then
        perform governance.refuse_value('administration.register_person', 'profiles', 'is_active');
      end if;
      if (new.deactivated_at is null) is not true then
        perform governance.refuse_value('administration.register_person', 'profiles', 'deactivated_at');
      end if;
      new.created_at := now();
      return new;
    end if;
    perform governance.refuse_tasks('{"administration.register_person"}', 'profiles', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'profiles', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- administration.edit_own_profile: profiles.first_name, last_name or phone_number changes
  if changed && '{first_name,last_name,phone_number}'
  then
    covers := '{first_name,last_name,phone_number}';
    if governance.may_change(
      'administration.edit_own_profile', array[old.id]::uuid[], null,
      array[new.id]::uuid[], null
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'administration.edit_own_profile', 'duty', covers);
    end if;
  end if;

  -- administration.manage_profiles: profiles.first_name, last_name, phone_number, email, title or npi changes
  if changed && '{first_name,last_name,phone_number,email,title,npi}'
  then
    covers := '{first_name,last_name,phone_number,email,title,npi}';
    if governance.may_change(
      'administration.manage_profiles', array[old.id]::uuid[], null,
      array[new.id]::uuid[], null
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'administration.manage_profiles', 'duty', covers);
    end if;
  end if;

  -- administration.deactivate_person: profiles.is_active changes
  if changed && '{is_active}'
  then
    covers := '{is_active,deactivated_at}';
    if new.id = governance.actor_id() then
      refused := governance.add_refusal(refused, 'administration.deactivate_person', 'self', covers);
    elsif governance.may_change(
      'administration.deactivate_person', array[old.id]::uuid[], null,
      array[new.id]::uuid[], null
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'administration.deactivate_person', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('profiles', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_profiles() is
  'Judges every change of public.profiles by anonymous and authenticated callers.';
revoke all on function governance.guard_profiles() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.profiles;
create trigger _raci_guard before insert or update or delete on public.profiles
  for each row execute function governance.guard_profiles();

alter table public.profiles enable row level security;
revoke all on table public.profiles from public, anon, authenticated;
grant select, insert, update on table public.profiles to authenticated;
