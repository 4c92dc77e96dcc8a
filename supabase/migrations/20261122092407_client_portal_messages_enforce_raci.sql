-- Purpose: enforce the RACI matrix on client_portal_messages
-- Affects: policies, trigger and grants of public.client_portal_messages; function governance.guard_client_portal_messages
-- Source: docs/raci/client_portal.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.client_portal_messages, for an instant

drop policy if exists client_portal_messages_select on public.client_portal_messages;
drop policy if exists client_portal_messages_insert on public.client_portal_messages;
drop policy if exists client_portal_messages_update on public.client_portal_messages;
drop policy if exists client_portal_messages_delete on public.client_portal_messages;
drop policy if exists client_portal_messages_client_sees on public.client_portal_messages;

create policy client_portal_messages_select on public.client_portal_messages
as permissive for select to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('client_portal_messages', 'select'))
    or sender_id = any ((select governance.reachable_owners('client_portal_messages', 'select'))::uuid[])
    or recipient_id = any ((select governance.reachable_owners('client_portal_messages', 'select'))::uuid[])
    or client_id in (select governance.each_reachable_client('client_portal_messages', 'select'))
  )
);
comment on policy client_portal_messages_select on public.client_portal_messages is
  'RACI: client_portal.view_messages, client_portal.send_message, client_portal.mark_message_read';

create policy client_portal_messages_insert on public.client_portal_messages
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('client_portal_messages', 'insert'))
  or sender_id = any ((select governance.reachable_owners('client_portal_messages', 'insert'))::uuid[])
  or recipient_id = any ((select governance.reachable_owners('client_portal_messages', 'insert'))::uuid[])
  or client_id in (select governance.each_reachable_client('client_portal_messages', 'insert'))
);
comment on policy client_portal_messages_insert on public.client_portal_messages is
  'RACI: client_portal.send_message';

create policy client_portal_messages_update on public.client_portal_messages
as permissive for update to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('client_portal_messages', 'update'))
    or sender_id = any ((select governance.reachable_owners('client_portal_messages', 'update'))::uuid[])
    or recipient_id = any ((select governance.reachable_owners('client_portal_messages', 'update'))::uuid[])
    or client_id in (select governance.each_reachable_client('client_portal_messages', 'update'))
  )
)
with check (
  (deleted_at is null)
  and (
    (select governance.reaches_all('client_portal_messages', 'update'))
    or sender_id = any ((select governance.reachable_owners('client_portal_messages', 'update'))::uuid[])
    or recipient_id = any ((select governance.reachable_owners('client_portal_messages', 'update'))::uuid[])
    or client_id in (select governance.each_reachable_client('client_portal_messages', 'update'))
  )
);
comment on policy client_portal_messages_update on public.client_portal_messages is
  'RACI: client_portal.mark_message_read';

create or replace function governance.guard_client_portal_messages() returns trigger
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
    -- client_portal.send_message: new rows of client_portal_messages
    if governance.may_begin('client_portal.send_message', array[new.sender_id, new.recipient_id]::uuid[], new.client_id) then
      if (new.read_at is null) is not true then
        perform governance.refuse_value('client_portal.send_message', 'client_portal_messages', 'read_at');
      end if;
      if (new.deleted_at is null) is not true then
        perform governance.refuse_value('client_portal.send_message', 'client_portal_messages', 'deleted_at');
      end if;
      new.sender_id := governance.actor_id();
      new.created_at := now();
      return new;
    end if;
    perform governance.refuse_tasks('{"client_portal.send_message"}', 'client_portal_messages', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'client_portal_messages', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- client_portal.mark_message_read: client_portal_messages.read_at is set
  if 'read_at' = any (changed) and old.read_at is null
  then
    covers := '{read_at}';
    if new.sender_id = governance.actor_id() then
      refused := governance.add_refusal(refused, 'client_portal.mark_message_read', 'self', covers);
    elsif governance.may_change(
      'client_portal.mark_message_read', array[old.sender_id, old.recipient_id]::uuid[], old.client_id,
      array[new.sender_id, new.recipient_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
      new.read_at := now();
    else
      refused := governance.add_refusal(refused, 'client_portal.mark_message_read', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('client_portal_messages', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_client_portal_messages() is
  'Judges every change of public.client_portal_messages by anonymous and authenticated callers.';
revoke all on function governance.guard_client_portal_messages() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.client_portal_messages;
create trigger _raci_guard before insert or update or delete on public.client_portal_messages
  for each row execute function governance.guard_client_portal_messages();

alter table public.client_portal_messages enable row level security;
revoke all on table public.client_portal_messages from public, anon, authenticated;
grant select, insert, update on table public.client_portal_messages to authenticated;
