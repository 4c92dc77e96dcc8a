-- Purpose: enforce the RACI matrix on session_recordings
-- Affects: policies, trigger and grants of public.session_recordings; function governance.guard_session_recordings
-- Source: docs/raci/telehealth.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.session_recordings, for an instant

drop policy if exists session_recordings_select on public.session_recordings;
drop policy if exists session_recordings_insert on public.session_recordings;
drop policy if exists session_recordings_update on public.session_recordings;
drop policy if exists session_recordings_delete on public.session_recordings;
drop policy if exists session_recordings_client_sees on public.session_recordings;

create policy session_recordings_select on public.session_recordings
as permissive for select to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('session_recordings', 'select'))
    or provider_id = any ((select governance.reachable_owners('session_recordings', 'select'))::uuid[])
    or client_id in (select governance.each_reachable_client('session_recordings', 'select'))
  )
);
comment on policy session_recordings_select on public.session_recordings is
  'RACI: telehealth.view_recordings, telehealth.manage_recordings';

create policy session_recordings_insert on public.session_recordings
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('session_recordings', 'insert'))
  or provider_id = any ((select governance.reachable_owners('session_recordings', 'insert'))::uuid[])
  or client_id in (select governance.each_reachable_client('session_recordings', 'insert'))
);
comment on policy session_recordings_insert on public.session_recordings is
  'RACI: telehealth.manage_recordings';

create policy session_recordings_update on public.session_recordings
as permissive for update to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('session_recordings', 'update'))
    or provider_id = any ((select governance.reachable_owners('session_recordings', 'update'))::uuid[])
    or client_id in (select governance.each_reachable_client('session_recordings', 'update'))
  )
)
with check (
  (deleted_at is null)
  and (
    (select governance.reaches_all('session_recordings', 'update'))
    or provider_id = any ((select governance.reachable_owners('session_recordings', 'update'))::uuid[])
    or client_id in (select governance.each_reachable_client('session_recordings', 'update'))
  )
);
comment on policy session_recordings_update on public.session_recordings is
  'RACI: telehealth.manage_recordings';

create or replace function governance.guard_session_recordings() returns trigger
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
    -- telehealth.manage_recordings: new rows of session_recordings
    if governance.may_begin('telehealth.manage_recordings', array[new.provider_id]::uuid[], new.client_id) then
      if (new.deleted_at is null) is not true then
        perform governance.refuse_value('telehealth.manage_recordings', 'session_recordings', 'deleted_at');
      end if;
      new.created_at := now();
      return new;
    end if;
    perform governance.refuse_tasks('{"telehealth.manage_recordings"}', 'session_recordings', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'session_recordings', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- telehealth.manage_recordings: session_recordings.duration_seconds changes
  if changed && '{duration_seconds}'
  then
    covers := '{duration_seconds}';
    if governance.may_change(
      'telehealth.manage_recordings', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'telehealth.manage_recordings', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('session_recordings', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_session_recordings() is
  'Judges every change of public.session_recordings by anonymous and authenticated callers.';
revoke all on function governance.guard_session_recordings() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.session_recordings;
create trigger _raci_guard before insert or update or delete on public.session_recordings
  for each row execute function governance.guard_session_recordings();

alter table public.session_recordings enable row level security;
revoke all on table public.session_recordings from public, anon, authenticated;
grant select, insert, update on table public.session_recordings to authenticated;
