-- Purpose: enforce the RACI matrix on telehealth_sessions
-- Affects: policies, trigger and grants of public.telehealth_sessions; function governance.guard_telehealth_sessions
-- Source: docs/raci/telehealth.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.telehealth_sessions, for an instant

drop policy if exists telehealth_sessions_select on public.telehealth_sessions;
drop policy if exists telehealth_sessions_insert on public.telehealth_sessions;
drop policy if exists telehealth_sessions_update on public.telehealth_sessions;
drop policy if exists telehealth_sessions_delete on public.telehealth_sessions;
drop policy if exists telehealth_sessions_client_sees on public.telehealth_sessions;

create policy telehealth_sessions_select on public.telehealth_sessions
as permissive for select to authenticated
using (
  (select governance.reaches_all('telehealth_sessions', 'select'))
  or provider_id = any ((select governance.reachable_owners('telehealth_sessions', 'select'))::uuid[])
  or client_id in (select governance.each_reachable_client('telehealth_sessions', 'select'))
);
comment on policy telehealth_sessions_select on public.telehealth_sessions is
  'RACI: telehealth.view_sessions, telehealth.set_up_session, telehealth.start_session, '
  'telehealth.support_session, telehealth.end_session';

create policy telehealth_sessions_insert on public.telehealth_sessions
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('telehealth_sessions', 'insert'))
  or provider_id = any ((select governance.reachable_owners('telehealth_sessions', 'insert'))::uuid[])
  or client_id in (select governance.each_reachable_client('telehealth_sessions', 'insert'))
);
comment on policy telehealth_sessions_insert on public.telehealth_sessions is
  'RACI: telehealth.set_up_session';

create policy telehealth_sessions_update on public.telehealth_sessions
as permissive for update to authenticated
using (
  (select governance.reaches_all('telehealth_sessions', 'update'))
  or provider_id = any ((select governance.reachable_owners('telehealth_sessions', 'update'))::uuid[])
  or client_id in (select governance.each_reachable_client('telehealth_sessions', 'update'))
)
with check (
  (select governance.reaches_all('telehealth_sessions', 'update'))
  or provider_id = any ((select governance.reachable_owners('telehealth_sessions', 'update'))::uuid[])
  or client_id in (select governance.each_reachable_client('telehealth_sessions', 'update'))
);
comment on policy telehealth_sessions_update on public.telehealth_sessions is
  'RACI: telehealth.set_up_session, telehealth.start_session, telehealth.support_session, '
  'telehealth.end_session';

create or replace function governance.guard_telehealth_sessions() returns trigger
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
    -- telehealth.set_up_session: new rows of telehealth_sessions
    if governance.may_begin('telehealth.set_up_session', array[new.provider_id]::uuid[], new.client_id) then
      if (new.status = 'Scheduled') is not true then
        perform governance.refuse_value('telehealth.set_up_session', 'telehealth_sessions', 'status');
      end if;
      if (new.started_at is null) is not true then
        perform governance.refuse_value('telehealth.set_up_session', 'telehealth_sessions', 'started_at');
      end if;
      if (new.ended_at is null) is not true then
        perform governance.refuse_value('telehealth.set_up_session', 'telehealth_sessions', 'ended_at');
      end if;
      if (new.ended_by is null) is not true then
        perform governance.refuse_value('telehealth.set_up_session', 'telehealth_sessions', 'ended_by');
      end if;
      if (new.support_notes is null) is not true then
        perform governance.refuse_value('telehealth.set_up_session', 'telehealth_sessions', 'support_notes');
      end if;
      new.created_at := now();
      return new;
    end if;
    perform governance.refuse_tasks('{"telehealth.set_up_session"}', 'telehealth_sessions', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'telehealth_sessions', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- telehealth.set_up_session: telehealth_sessions.status becomes Waiting (from status Scheduled or Failed)
  if new.status = 'Waiting'
    and old.status in ('Scheduled', 'Failed')
  then
    covers := '{status}';
    if governance.may_change(
      'telehealth.set_up_session', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'telehealth.set_up_session', 'duty', covers);
    end if;
  end if;

  -- telehealth.start_session: telehealth_sessions.status becomes Active (from status Scheduled, Waiting or Failed)
  if new.status = 'Active'
    and old.status in ('Scheduled', 'Waiting', 'Failed')
  then
    covers := '{status,started_at}';
    if governance.may_change(
      'telehealth.start_session', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
      new.started_at := now();
    else
      refused := governance.add_refusal(refused, 'telehealth.start_session', 'duty', covers);
    end if;
  end if;

  -- telehealth.support_session: telehealth_sessions.support_notes changes
  if changed && '{support_notes}'
  then
    covers := '{support_notes}';
    if governance.may_change(
      'telehealth.support_session', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'telehealth.support_session', 'duty', covers);
    end if;
  end if;

  -- telehealth.support_session: telehealth_sessions.status becomes Failed (from status Scheduled, Waiting or Active)
  if new.status = 'Failed'
    and old.status in ('Scheduled', 'Waiting', 'Active')
  then
    covers := '{status,support_notes}';
    if governance.may_change(
      'telehealth.support_session', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'telehealth.support_session', 'duty', covers);
    end if;
  end if;

  -- telehealth.end_session: telehealth_sessions.status becomes Ended (from status Waiting, Active or Failed)
  if new.status = 'Ended'
    and old.status in ('Waiting', 'Active', 'Failed')
  then
    covers := '{status,ended_at,ended_by}';
    if governance.may_change(
      'telehealth.end_session', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
      new.ended_at := now();
      new.ended_by := governance.actor_id();
    else
      refused := governance.add_refusal(refused, 'telehealth.end_session', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('telehealth_sessions', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_telehealth_sessions() is
  'Judges every change of public.telehealth_sessions by anonymous and authenticated callers.';
revoke all on function governance.guard_telehealth_sessions() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.telehealth_sessions;
create trigger _raci_guard before insert or update or delete on public.telehealth_sessions
  for each row execute function governance.guard_telehealth_sessions();

alter table public.telehealth_sessions enable row level security;
revoke all on table public.telehealth_sessions from public, anon, authenticated;
grant select, insert, update on table public.telehealth_sessions to authenticated;
