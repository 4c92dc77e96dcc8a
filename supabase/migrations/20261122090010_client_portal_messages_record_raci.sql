-- Purpose: record an event for every task that is performed on client_portal_messages
-- Affects: trigger of public.client_portal_messages; function governance.record_client_portal_messages()
-- Source: docs/raci/client_portal.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.client_portal_messages; drop function governance.record_client_portal_messages();
-- Locks: share row exclusive on public.client_portal_messages, for an instant

create or replace function governance.record_client_portal_messages() returns trigger
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
    performed := array_append(performed, 'client_portal.send_message');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- client_portal.mark_message_read: client_portal_messages.read_at is set
    if 'read_at' = any (changed) and old.read_at is null
    then
      performed := array_append(performed, 'client_portal.mark_message_read');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'client_portal_messages', coalesce(new.id, old.id)::text, changed, false,
    array[old.sender_id, old.recipient_id, new.sender_id, new.recipient_id]::uuid[], array[old.client_id, new.client_id]::uuid[],
    jsonb_build_object(), jsonb_build_object()
  );
  return null;
end
$record$;
comment on function governance.record_client_portal_messages() is
  'Records the tasks that a change of public.client_portal_messages is, as events in its transaction.';
revoke all on function governance.record_client_portal_messages() from public;
drop trigger if exists _raci_record on public.client_portal_messages;
create trigger _raci_record after insert or update on public.client_portal_messages
  for each row execute function governance.record_client_portal_messages();
