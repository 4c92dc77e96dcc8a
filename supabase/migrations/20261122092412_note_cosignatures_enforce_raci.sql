-- Purpose: enforce the RACI matrix on note_cosignatures
-- Affects: policies, trigger and grants of public.note_cosignatures; function governance.guard_note_cosignatures
-- Source: docs/raci/clinical_notes.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.note_cosignatures, for an instant

drop policy if exists note_cosignatures_select on public.note_cosignatures;
drop policy if exists note_cosignatures_insert on public.note_cosignatures;
drop policy if exists note_cosignatures_update on public.note_cosignatures;
drop policy if exists note_cosignatures_delete on public.note_cosignatures;
drop policy if exists note_cosignatures_client_sees on public.note_cosignatures;

create policy note_cosignatures_select on public.note_cosignatures
as permissive for select to authenticated
using (
  (select governance.reaches_all('note_cosignatures', 'select'))
  or supervisee_id = any ((select governance.reachable_owners('note_cosignatures', 'select'))::uuid[])
  or supervisor_id = any ((select governance.reachable_owners('note_cosignatures', 'select'))::uuid[])
  or client_id in (select governance.each_reachable_client('note_cosignatures', 'select'))
);
comment on policy note_cosignatures_select on public.note_cosignatures is
  'RACI: clinical_notes.view_cosignatures, clinical_notes.request_cosignature, '
  'clinical_notes.cosign_note';

create policy note_cosignatures_insert on public.note_cosignatures
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('note_cosignatures', 'insert'))
  or supervisee_id = any ((select governance.reachable_owners('note_cosignatures', 'insert'))::uuid[])
  or supervisor_id = any ((select governance.reachable_owners('note_cosignatures', 'insert'))::uuid[])
  or client_id in (select governance.each_reachable_client('note_cosignatures', 'insert'))
);
comment on policy note_cosignatures_insert on public.note_cosignatures is
  'RACI: clinical_notes.request_cosignature';

create policy note_cosignatures_update on public.note_cosignatures
as permissive for update to authenticated
using (
  (select governance.reaches_all('note_cosignatures', 'update'))
  or supervisee_id = any ((select governance.reachable_owners('note_cosignatures', 'update'))::uuid[])
  or supervisor_id = any ((select governance.reachable_owners('note_cosignatures', 'update'))::uuid[])
  or client_id in (select governance.each_reachable_client('note_cosignatures', 'update'))
)
with check (
  (select governance.reaches_all('note_cosignatures', 'update'))
  or supervisee_id = any ((select governance.reachable_owners('note_cosignatures', 'update'))::uuid[])
  or supervisor_id = any ((select governance.reachable_owners('note_cosignatures', 'update'))::uuid[])
  or client_id in (select governance.each_reachable_client('note_cosignatures', 'update'))
);
comment on policy note_cosignatures_update on public.note_cosignatures is
  'RACI: clinical_notes.cosign_note';

create or replace function governance.guard_note_cosignatures() returns trigger
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
    -- clinical_notes.request_cosignature: new rows of note_cosignatures
    if governance.may_begin('clinical_notes.request_cosignature', array[new.supervisee_id, new.supervisor_id]::uuid[], new.client_id) then
      if (new.status = 'Pending') is not true then
        perform governance.refuse_value('clinical_notes.request_cosignature', 'note_cosignatures', 'status');
      end if;
      if (new.decided_at is null) is not true then
        perform governance.refuse_value('clinical_notes.request_cosignature', 'note_cosignatures', 'decided_at');
      end if;
      if (new.comments is null) is not true then
        perform governance.refuse_value('clinical_notes.request_cosignature', 'note_cosignatures', 'comments');
      end if;
      if new.supervisor_id = governance.actor_id() then
        perform governance.refuse_self('clinical_notes.request_cosignature', 'note_cosignatures', 'supervisor_id');
      end if;
      new.requested_at := now();
      new.created_at := now();
      new.supervisee_id := governance.actor_id();
      return new;
    end if;
    perform governance.refuse_tasks('{"clinical_notes.request_cosignature"}', 'note_cosignatures', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'note_cosignatures', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- clinical_notes.cosign_note: note_cosignatures.status becomes Cosigned or Returned (from status Pending)
  if new.status in ('Cosigned', 'Returned')
    and old.status = 'Pending'
  then
    covers := '{status,comments,decided_at,supervisor_id}';
    if new.supervisee_id = governance.actor_id() then
      refused := governance.add_refusal(refused, 'clinical_notes.cosign_note', 'self', covers);
    elsif governance.may_change(
      'clinical_notes.cosign_note', array[old.supervisee_id, old.supervisor_id]::uuid[], old.client_id,
      array[new.supervisee_id, new.supervisor_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
      new.decided_at := now();
      new.supervisor_id := governance.actor_id();
    else
      refused := governance.add_refusal(refused, 'clinical_notes.cosign_note', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('note_cosignatures', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_note_cosignatures() is
  'Judges every change of public.note_cosignatures by anonymous and authenticated callers.';
revoke all on function governance.guard_note_cosignatures() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.note_cosignatures;
create trigger _raci_guard before insert or update or delete on public.note_cosignatures
  for each row execute function governance.guard_note_cosignatures();

alter table public.note_cosignatures enable row level security;
revoke all on table public.note_cosignatures from public, anon, authenticated;
grant select, insert, update on table public.note_cosignatures to authenticated;
