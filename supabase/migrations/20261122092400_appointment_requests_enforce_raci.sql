-- Purpose: enforce the RACI matrix on appointment_requests
-- Affects: policies, trigger and grants of public.appointment_requests; function governance.guard_appointment_requests
-- Source: docs/raci/client_portal.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.appointment_requests, for an instant

drop policy if exists appointment_requests_select on public.appointment_requests;
drop policy if exists appointment_requests_insert on public.appointment_requests;
drop policy if exists appointment_requests_update on public.appointment_requests;
drop policy if exists appointment_requests_delete on public.appointment_requests;
drop policy if exists appointment_requests_client_sees on public.appointment_requests;

create policy appointment_requests_select on public.appointment_requests
as permissive for select to authenticated
using (
  (select governance.reaches_all('appointment_requests', 'select'))
  or client_id in (select governance.each_reachable_client('appointment_requests', 'select'))
);
comment on policy appointment_requests_select on public.appointment_requests is
  'RACI: client_portal.view_appointment_requests, client_portal.request_appointment, '
  'client_portal.decide_appointment_request';

create policy appointment_requests_insert on public.appointment_requests
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('appointment_requests', 'insert'))
  or client_id in (select governance.each_reachable_client('appointment_requests', 'insert'))
);
comment on policy appointment_requests_insert on public.appointment_requests is
  'RACI: client_portal.request_appointment';

create policy appointment_requests_update on public.appointment_requests
as permissive for update to authenticated
using (
  (select governance.reaches_all('appointment_requests', 'update'))
  or client_id in (select governance.each_reachable_client('appointment_requests', 'update'))
)
with check (
  (select governance.reaches_all('appointment_requests', 'update'))
  or client_id in (select governance.each_reachable_client('appointment_requests', 'update'))
);
comment on policy appointment_requests_update on public.appointment_requests is
  'RACI: client_portal.request_appointment, client_portal.decide_appointment_request';

create or replace function governance.guard_appointment_requests() returns trigger
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
    -- client_portal.request_appointment: new rows of appointment_requests
    if governance.may_perform('client_portal.request_appointment', array[]::uuid[], new.client_id) then
      if (new.status = 'Pending') is not true then
        perform governance.refuse_value('client_portal.request_appointment', 'appointment_requests', 'status');
      end if;
      if (new.decided_by is null) is not true then
        perform governance.refuse_value('client_portal.request_appointment', 'appointment_requests', 'decided_by');
      end if;
      if (new.decided_at is null) is not true then
        perform governance.refuse_value('client_portal.request_appointment', 'appointment_requests', 'decided_at');
      end if;
      if (new.appointment_id is null) is not true then
        perform governance.refuse_value('client_portal.request_appointment', 'appointment_requests', 'appointment_id');
      end if;
      new.created_at := now();
      return new;
    end if;
    perform governance.refuse_tasks('{"client_portal.request_appointment"}', 'appointment_requests', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'appointment_requests', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- client_portal.request_appointment: appointment_requests.status becomes Withdrawn (from status Pending)
  if new.status = 'Withdrawn'
    and old.status = 'Pending'
  then
    covers := '{status}';
    if governance.may_change(
      'client_portal.request_appointment', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'client_portal.request_appointment', 'duty', covers);
    end if;
  end if;

  -- client_portal.decide_appointment_request: appointment_requests.status becomes Approved or Declined (from status Pending)
  if new.status in ('Approved', 'Declined')
    and old.status = 'Pending'
  then
    covers := '{status,appointment_id,decided_by,decided_at}';
    if governance.may_change(
      'client_portal.decide_appointment_request', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
      new.decided_by := governance.actor_id();
      new.decided_at := now();
    else
      refused := governance.add_refusal(refused, 'client_portal.decide_appointment_request', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('appointment_requests', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_appointment_requests() is
  'Judges every change of public.appointment_requests by anonymous and authenticated callers.';
revoke all on function governance.guard_appointment_requests() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.appointment_requests;
create trigger _raci_guard before insert or update or delete on public.appointment_requests
  for each row execute function governance.guard_appointment_requests();

alter table public.appointment_requests enable row level security;
revoke all on table public.appointment_requests from public, anon, authenticated;
grant select, insert, update on table public.appointment_requests to authenticated;
