-- Purpose: enforce the RACI matrix on client_documents
-- Affects: policies, trigger and grants of public.client_documents; function governance.guard_client_documents
-- Source: docs/raci/client_portal.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.client_documents, for an instant

drop policy if exists client_documents_select on public.client_documents;
drop policy if exists client_documents_insert on public.client_documents;
drop policy if exists client_documents_update on public.client_documents;
drop policy if exists client_documents_delete on public.client_documents;
drop policy if exists client_documents_client_sees on public.client_documents;

create policy client_documents_select on public.client_documents
as permissive for select to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('client_documents', 'select'))
    or client_id in (select governance.each_reachable_client('client_documents', 'select'))
  )
);
comment on policy client_documents_select on public.client_documents is
  'RACI: client_portal.view_documents, client_portal.share_document';

create policy client_documents_insert on public.client_documents
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('client_documents', 'insert'))
  or client_id in (select governance.each_reachable_client('client_documents', 'insert'))
);
comment on policy client_documents_insert on public.client_documents is
  'RACI: client_portal.share_document';

create policy client_documents_update on public.client_documents
as permissive for update to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('client_documents', 'update'))
    or client_id in (select governance.each_reachable_client('client_documents', 'update'))
  )
)
with check (
  (deleted_at is null)
  and (
    (select governance.reaches_all('client_documents', 'update'))
    or client_id in (select governance.each_reachable_client('client_documents', 'update'))
  )
);
comment on policy client_documents_update on public.client_documents is
  'RACI: client_portal.share_document';

create or replace function governance.guard_client_documents() returns trigger
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
    -- client_portal.share_document: new rows of client_documents
    if governance.may_perform('client_portal.share_document', array[]::uuid[], new.client_id) then
      if (new.is_shared = false) is not true then
        perform governance.refuse_value('client_portal.share_document', 'client_documents', 'is_shared');
      end if;
      if (new.shared_at is null) is not true then
        perform governance.refuse_value('client_portal.share_document', 'client_documents', 'shared_at');
      end if;
      if (new.shared_by is null) is not true then
        perform governance.refuse_value('client_portal.share_document', 'client_documents', 'shared_by');
      end if;
      if (new.deleted_at is null) is not true then
        perform governance.refuse_value('client_portal.share_document', 'client_documents', 'deleted_at');
      end if;
      new.uploaded_by := governance.actor_id();
      new.created_at := now();
      return new;
    end if;
    perform governance.refuse_tasks('{"client_portal.share_document"}', 'client_documents', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'client_documents', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- client_portal.share_document: client_documents.is_shared changes
  if changed && '{is_shared}'
  then
    covers := '{is_shared,shared_at,shared_by}';
    if governance.may_change(
      'client_portal.share_document', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
      new.shared_at := now();
      new.shared_by := governance.actor_id();
    else
      refused := governance.add_refusal(refused, 'client_portal.share_document', 'duty', covers);
    end if;
  end if;

  -- client_portal.share_document: client_documents.title or document_type changes
  if changed && '{title,document_type}'
  then
    covers := '{title,document_type}';
    if governance.may_change(
      'client_portal.share_document', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'client_portal.share_document', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('client_documents', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_client_documents() is
  'Judges every change of public.client_documents by anonymous and authenticated callers.';
revoke all on function governance.guard_client_documents() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.client_documents;
create trigger _raci_guard before insert or update or delete on public.client_documents
  for each row execute function governance.guard_client_documents();

alter table public.client_documents enable row level security;
revoke all on table public.client_documents from public, anon, authenticated;
grant select, insert, update on table public.client_documents to authenticated;
