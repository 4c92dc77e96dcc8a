-- Purpose: enforce the RACI matrix on unlock_requests
-- Affects: policies, trigger and grants of public.unlock_requests; function governance.guard_unlock_requests
-- Source: docs/raci/clinical_notes.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.unlock_requests, for an instant

drop policy if exists unlock_requests_select on public.unlock_requests;
drop policy if exists unlock_requests_insert on public.unlock_requests;
drop policy if exists unlock_requests_update on public.unlock_requests;
drop policy if exists unlock_requests_delete on public.unlock_requests;
drop policy if exists unlock_requests_client_sees on public.unlock_requests;

create policy unlock_requests_select on public.unlock_requests
as permissive for select to authenticated
using (
  (select governance.reaches_all('unlock_requests', 'select'))
  or requested_by = any ((select governance.reachable_owners('unlock_requests', 'select'))::uuid[])
  or client_id in (select governance.each_reachable_client('unlock_requests', 'select'))
);
comment on policy unlock_requests_select on public.unlock_requests is
  'RACI: clinical_notes.view_unlock_requests, clinical_notes.request_unlock, '
  'clinical_notes.decide_unlock, clinical_notes.unlock_note';

create policy unlock_requests_insert on public.unlock_requests
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('unlock_requests', 'insert'))
  or requested_by = any ((select governance.reachable_owners('unlock_requests', 'insert'))::uuid[])
  or client_id in (select governance.each_reachable_client('unlock_requests', 'insert'))
);
comment on policy unlock_requests_insert on public.unlock_requests is
  'RACI: clinical_notes.request_unlock';

create policy unlock_requests_update on public.unlock_requests
as permissive for update to authenticated
using (
  (select governance.reaches_all('unlock_requests', 'update'))
  or requested_by = any ((select governance.reachable_owners('unlock_requests', 'update'))::uuid[])
  or client_id in (select governance.each_reachable_client('unlock_requests', 'update'))
)
with check (
  (select governance.reaches_all('unlock_requests', 'update'))
  or requested_by = any ((select governance.reachable_owners('unlock_requests', 'update'))::uuid[])
  or client_id in (select governance.each_reachable_client('unlock_requests', 'update'))
);
comment on policy unlock_requests_update on public.unlock_requests is
  'RACI: clinical_notes.request_unlock, clinical_notes.decide_unlock, clinical_notes.unlock_note';

create or replace function governance.guard_unlock_requests() returns trigger
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
    -- clinical_notes.request_unlock: new rows of unlock_requests
    if governance.may_begin('clinical_notes.request_unlock', array[new.requested_by]::uuid[], new.client_id) then
      if (new.status = 'Pending') is not true then
        perform governance.refuse_value('clinical_notes.request_unlock', 'unlock_requests', 'status');
      end if;
      if (new.decided_by is null) is not true then
        perform governance.refuse_value('clinical_notes.request_unlock', 'unlock_requests', 'decided_by');
      end if;
      if (new.decided_at is null) is not true then
        perform governance.refuse_value('clinical_notes.request_unlock', 'unlock_requests', 'decided_at');
      end if;
      if (new.decision_reason is null) is not true then
        perform governance.refuse_value('clinical_notes.request_unlock', 'unlock_requests', 'decision_reason');
      end if;
      if (new.used_at is null) is not true then
        perform governance.refuse_value('clinical_notes.request_unlock', 'unlock_requests', 'used_at');
      end if;
      new.requested_by := governance.actor_id();
      new.requested_at := now();
      new.created_at := now();
      return new;
    end if;
    perform governance.refuse_tasks('{"clinical_notes.request_unlock"}', 'unlock_requests', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'unlock_requests', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- clinical_notes.request_unlock: unlock_requests.status becomes Withdrawn (from status Pending)
  if new.status = 'Withdrawn'
    and old.status = 'Pending'
  then
    covers := '{status}';
    if governance.may_change(
      'clinical_notes.request_unlock', array[old.requested_by]::uuid[], old.client_id,
      array[new.requested_by]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'clinical_notes.request_unlock', 'duty', covers);
    end if;
  end if;

  -- clinical_notes.decide_unlock: unlock_requests.status becomes Approved or Denied (from status Pending)
  if new.status in ('Approved', 'Denied')
    and old.status = 'Pending'
  then
    covers := '{status,decision_reason,decided_by,decided_at}';
    if new.requested_by = governance.actor_id() then
      refused := governance.add_refusal(refused, 'clinical_notes.decide_unlock', 'self', covers);
    elsif governance.may_change(
      'clinical_notes.decide_unlock', array[old.requested_by]::uuid[], old.client_id,
      array[new.requested_by]::uuid[], new.client_id
    ) then
      covered := covered || covers;
      new.decided_by := governance.actor_id();
      new.decided_at := now();
    else
      refused := governance.add_refusal(refused, 'clinical_notes.decide_unlock', 'duty', covers);
    end if;
  end if;

  -- clinical_notes.unlock_note: unlock_requests.used_at is set (from status Approved)
  if 'used_at' = any (changed) and old.used_at is null
    and old.status = 'Approved'
  then
    covers := '{used_at}';
    if new.requested_by = governance.actor_id() then
      refused := governance.add_refusal(refused, 'clinical_notes.unlock_note', 'self', covers);
    elsif governance.may_change(
      'clinical_notes.unlock_note', array[old.requested_by]::uuid[], old.client_id,
      array[new.requested_by]::uuid[], new.client_id
    ) then
      covered := covered || covers;
      new.used_at := now();
    else
      refused := governance.add_refusal(refused, 'clinical_notes.unlock_note', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('unlock_requests', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_unlock_requests() is
  'Judges every change of public.unlock_requests by anonymous and authenticated callers.';
revoke all on function governance.guard_unlock_requests() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.unlock_requests;
create trigger _raci_guard before insert or update or delete on public.unlock_requests
  for each row execute function governance.guard_unlock_requests();

alter table public.unlock_requests enable row level security;
revoke all on table public.unlock_requests from public, anon, authenticated;
grant select, insert, update on table public.unlock_requests to authenticated;
