-- Purpose: enforce the RACI matrix on reminder_logs
-- Affects: policies, trigger and grants of public.reminder_logs; function governance.guard_reminder_logs
-- Source: docs/raci/scheduling.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.reminder_logs, for an instant

drop policy if exists reminder_logs_select on public.reminder_logs;
drop policy if exists reminder_logs_insert on public.reminder_logs;
drop policy if exists reminder_logs_update on public.reminder_logs;
drop policy if exists reminder_logs_delete on public.reminder_logs;
drop policy if exists reminder_logs_client_sees on public.reminder_logs;

create policy reminder_logs_select on public.reminder_logs
as permissive for select to authenticated
using (
  (select governance.reaches_all('reminder_logs', 'select'))
  or client_id in (select governance.each_reachable_client('reminder_logs', 'select'))
);
comment on policy reminder_logs_select on public.reminder_logs is
  'RACI: scheduling.send_reminders';

create policy reminder_logs_insert on public.reminder_logs
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('reminder_logs', 'insert'))
  or client_id in (select governance.each_reachable_client('reminder_logs', 'insert'))
);
comment on policy reminder_logs_insert on public.reminder_logs is
  'RACI: scheduling.send_reminders';

create policy reminder_logs_update on public.reminder_logs
as permissive for update to authenticated
using (
  (select governance.reaches_all('reminder_logs', 'update'))
  or client_id in (select governance.each_reachable_client('reminder_logs', 'update'))
)
with check (
  (select governance.reaches_all('reminder_logs', 'update'))
  or client_id in (select governance.each_reachable_client('reminder_logs', 'update'))
);
comment on policy reminder_logs_update on public.reminder_logs is
  'RACI: scheduling.send_reminders';

create or replace function governance.guard_reminder_logs() returns trigger
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
    -- scheduling.send_reminders: new rows of reminder_logs
    if governance.may_perform('scheduling.send_reminders', array[]::uuid[], new.client_id) then
      if (new.status = 'Pending') is not true then
        perform governance.refuse_value('scheduling.send_reminders', 'reminder_logs', 'status');
      end if;
      if (new.sent_at is null) is not true then
        perform governance.refuse_value('scheduling.send_reminders', 'reminder_logs', 'sent_at');
      end if;
      if (new.error_code is null) is not true then
        perform governance.refuse_value('scheduling.send_reminders', 'reminder_logs', 'error_code');
      end if;
      return new;
    end if;
    perform governance.refuse_tasks('{"scheduling.send_reminders"}', 'reminder_logs', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'reminder_logs', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- scheduling.send_reminders: reminder_logs.status becomes Pending or Cancelled (from status Pending, Failed or Cancelled)
  if 'status' = any (changed)
    and new.status in ('Pending', 'Cancelled')
    and old.status in ('Pending', 'Failed', 'Cancelled')
  then
    covers := '{status,scheduled_for,error_code}';
    if governance.may_change(
      'scheduling.send_reminders', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'scheduling.send_reminders', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('reminder_logs', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_reminder_logs() is
  'Judges every change of public.reminder_logs by anonymous and authenticated callers.';
revoke all on function governance.guard_reminder_logs() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.reminder_logs;
create trigger _raci_guard before insert or update or delete on public.reminder_logs
  for each row execute function governance.guard_reminder_logs();

alter table public.reminder_logs enable row level security;
revoke all on table public.reminder_logs from public, anon, authenticated;
grant select, insert, update on table public.reminder_logs to authenticated;
