-- Purpose: record an event for every task that is performed on profiles
-- Affects: trigger of public.profiles; function governance.record_profiles()
-- Source: docs/raci/administration.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.profiles; drop function governance.record_profiles();
-- Locks: share row exclusive on public.profiles, for an instant

create or replace function governance.record_profiles() returns trigger
language plpgsql
-- definer because nobody may write the outbox but through a trigger
security definer
set search_path = ''
as $record$
declare
  changed text[];
  performed text[] := '{}';
begin
  if tg_op = 'INSERT' then
    performed := array_append(performed, 'administration.register_person');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- administration.edit_own_profile: profiles.first_name, last_name or phone_number changes
    if changed && '{first_name,last_name,phone_number}'
      and (governance.may_change('administration.edit_own_profile', array[old.id]::uuid[], null, array[new.id]::uuid[], null)
        or (changed && '{first_name,last_name,phone_number,email,title,npi}' and governance.may_change('administration.manage_profiles', array[old.id]::uuid[], null, array[new.id]::uuid[], null)) is not true)
    then
      performed := array_append(performed, 'administration.edit_own_profile');
    end if;

    -- administration.manage_profiles: profiles.first_name, last_name, phone_number, email, title or npi changes
    if changed && '{first_name,last_name,phone_number,email,title,npi}'
      and (governance.may_change('administration.manage_profiles', array[old.id]::uuid[], null, array[new.id]::uuid[], null)
        or (changed && '{first_name,last_name,phone_number}' and governance.may_change('administration.edit_own_profile', array[old.id]::uuid[], null, array[new.id]::uuid[], null)) is not true)
    then
      performed := array_append(performed, 'administration.manage_profiles');
    end if;

    -- administration.deactivate_person: profiles.is_active changes
    if changed && '{is_active}'
    then
      performed := array_append(performed, 'administration.deactivate_person');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'profiles', coalesce(new.id, old.id)::text, changed, false,
    array[old.id, new.id]::uuid[], array[]::uuid[],
    jsonb_build_object(), jsonb_build_object()
  );
  return null;
end
$record$;
comment on function governance.record_profiles() is
  'Records the tasks that a change of public.profiles is, as events in its transaction.';
revoke all on function governance.record_profiles() from public;
drop trigger if exists _raci_record on public.profiles;
create trigger _raci_record after insert or update on public.profiles
  for each row execute function governance.record_profiles();
