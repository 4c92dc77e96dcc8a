-- Purpose: a client sees the documents that are shared, and no others
-- Affects: function governance.list_shared_documents, view public.shared_documents
-- Source: docs/raci/client_portal.yaml (view_shared_documents); 45 CFR 164.502(b)
-- Reversal: drop view public.shared_documents; drop function governance.list_shared_documents();
-- Locks: none

create or replace function governance.list_shared_documents()
returns table (
  id uuid, client_id uuid, title text, document_type text, storage_path text, shared_at timestamptz
)
language plpgsql stable
security definer -- because no client holds a duty on client_documents, where what is not shared stands too
set search_path = ''
as $$
declare
  actor uuid := governance.actor_id();
begin
  return query
    select document.id, document.client_id, document.title, document.document_type, document.storage_path,
      document.shared_at
    from public.clients client
    join public.client_documents document on document.client_id = client.id
    where client.portal_user_id = actor
      and client.deleted_at is null
      and document.is_shared
      and document.deleted_at is null
      and exists (
        select
        from public.profiles person
        join public.user_roles held on held.user_id = person.id and held.role = 'client_user'
        where person.id = actor and person.is_active
      );
end
$$;
comment on function governance.list_shared_documents() is
  'Documents shared with the client whose login the caller is; nothing for anybody else.';
revoke all on function governance.list_shared_documents() from public;
grant execute on function governance.list_shared_documents() to authenticated;

create view public.shared_documents with (security_invoker = true) as
select id, client_id, title, document_type, storage_path, shared_at from governance.list_shared_documents();
comment on view public.shared_documents is
  'What the practice shares with the signed-in client.';
revoke all on table public.shared_documents from public, anon, authenticated, service_role;
grant select on table public.shared_documents to authenticated;
