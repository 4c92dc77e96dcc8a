-- Purpose: record an event for every task that is performed on client_documents
-- Affects: trigger of public.client_documents; function governance.record_client_documents()
-- Source: docs/raci/client_portal.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.client_documents; drop function governance.record_client_documents();
-- Locks: share row exclusive on public.client_documents, for an instant

create or replace function governance.record_client_documents() returns trigger
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
    performed := array_append(performed, 'client_portal.share_document');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- client_portal.share_document: client_documents.is_shared changes
    if changed && '{is_shared}'
    then
      performed := array_append(performed, 'client_portal.share_document');
    end if;

    -- client_portal.share_document: client_documents.title or document_type changes
    if changed && '{title,document_type}'
    then
      performed := array_append(performed, 'client_portal.share_document');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'client_documents', coalesce(new.id, old.id)::text, changed, false,
    array[]::uuid[], array[old.client_id, new.client_id]::uuid[],
    jsonb_build_object(), jsonb_build_object()
  );
  return null;
end
$record$;
comment on function governance.record_client_documents() is
  'Records the tasks that a change of public.client_documents is, as events in its transaction.';
revoke all on function governance.record_client_documents() from public;
drop trigger if exists _raci_record on public.client_documents;
create trigger _raci_record after insert or update on public.client_documents
  for each row execute function governance.record_client_documents();
