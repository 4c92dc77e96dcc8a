-- Purpose: enforce the RACI matrix on clinical_notes
-- Affects: policies, trigger and grants of public.clinical_notes; function governance.guard_clinical_notes
-- Source: docs/raci/clinical_notes.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.clinical_notes, for an instant

drop policy if exists clinical_notes_select on public.clinical_notes;
drop policy if exists clinical_notes_insert on public.clinical_notes;
drop policy if exists clinical_notes_update on public.clinical_notes;
drop policy if exists clinical_notes_delete on public.clinical_notes;
drop policy if exists clinical_notes_client_sees on public.clinical_notes;

create policy clinical_notes_select on public.clinical_notes
as permissive for select to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('clinical_notes', 'select'))
    or provider_id = any ((select governance.reachable_owners('clinical_notes', 'select'))::uuid[])
    or client_id in (select governance.each_reachable_client('clinical_notes', 'select'))
  )
);
comment on policy clinical_notes_select on public.clinical_notes is
  'RACI: clinical_notes.view_notes, clinical_notes.create_note, clinical_notes.edit_note, '
  'clinical_notes.submit_note, clinical_notes.sign_note, clinical_notes.lock_note, '
  'clinical_notes.unlock_note';

create policy clinical_notes_insert on public.clinical_notes
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('clinical_notes', 'insert'))
  or provider_id = any ((select governance.reachable_owners('clinical_notes', 'insert'))::uuid[])
  or client_id in (select governance.each_reachable_client('clinical_notes', 'insert'))
);
comment on policy clinical_notes_insert on public.clinical_notes is
  'RACI: clinical_notes.create_note';

create policy clinical_notes_update on public.clinical_notes
as permissive for update to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('clinical_notes', 'update'))
    or provider_id = any ((select governance.reachable_owners('clinical_notes', 'update'))::uuid[])
    or client_id in (select governance.each_reachable_client('clinical_notes', 'update'))
  )
)
with check (
  (deleted_at is null)
  and (
    (select governance.reaches_all('clinical_notes', 'update'))
    or provider_id = any ((select governance.reachable_owners('clinical_notes', 'update'))::uuid[])
    or client_id in (select governance.each_reachable_client('clinical_notes', 'update'))
  )
);
comment on policy clinical_notes_update on public.clinical_notes is
  'RACI: clinical_notes.edit_note, clinical_notes.submit_note, clinical_notes.sign_note, '
  'clinical_notes.lock_note, clinical_notes.unlock_note';

create or replace function governance.guard_clinical_notes() returns trigger
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
    -- clinical_notes.create_note: new rows of clinical_notes
    if governance.may_begin('clinical_notes.create_note', array[new.provider_id]::uuid[], new.client_id) then
      if (new.status = 'draft') is not true then
        perform governance.refuse_value('clinical_notes.create_note', 'clinical_notes', 'status');
      end if;
      if (new.signed_at is null) is not true then
        perform governance.refuse_value('clinical_notes.create_note', 'clinical_notes', 'signed_at');
      end if;
      if (new.signed_by is null) is not true then
        perform governance.refuse_value('clinical_notes.create_note', 'clinical_notes', 'signed_by');
      end if;
      if (new.locked_at is null) is not true then
        perform governance.refuse_value('clinical_notes.create_note', 'clinical_notes', 'locked_at');
      end if;
      if (new.locked_by is null) is not true then
        perform governance.refuse_value('clinical_notes.create_note', 'clinical_notes', 'locked_by');
      end if;
      if (new.deleted_at is null) is not true then
        perform governance.refuse_value('clinical_notes.create_note', 'clinical_notes', 'deleted_at');
      end if;
      new.provider_id := governance.actor_id();
      new.created_at := now();
      return new;
    end if;
    perform governance.refuse_tasks('{"clinical_notes.create_note"}', 'clinical_notes', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'clinical_notes', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- clinical_notes.edit_note: clinical_notes.title, note_type, content or appointment_id changes (from status draft)
  if changed && '{title,note_type,content,appointment_id}'
    and old.status = 'draft'
  then
    covers := '{title,note_type,content,appointment_id}';
    if governance.may_change(
      'clinical_notes.edit_note', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'clinical_notes.edit_note', 'duty', covers);
    end if;
  end if;

  -- clinical_notes.submit_note: clinical_notes.status becomes submitted_for_review (from status draft)
  if new.status = 'submitted_for_review'
    and old.status = 'draft'
  then
    covers := '{status,title,note_type,content}';
    if governance.may_change(
      'clinical_notes.submit_note', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'clinical_notes.submit_note', 'duty', covers);
    end if;
  end if;

  -- clinical_notes.submit_note: clinical_notes.status becomes draft (from status submitted_for_review)
  if new.status = 'draft'
    and old.status = 'submitted_for_review'
  then
    covers := '{status}';
    if governance.may_change(
      'clinical_notes.submit_note', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'clinical_notes.submit_note', 'duty', covers);
    end if;
  end if;

  -- clinical_notes.sign_note: clinical_notes.status becomes signed (from status draft or submitted_for_review)
  if new.status = 'signed'
    and old.status in ('draft', 'submitted_for_review')
  then
    covers := '{status,title,note_type,content,signed_at,signed_by}';
    if governance.may_change(
      'clinical_notes.sign_note', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
      new.signed_at := now();
      new.signed_by := governance.actor_id();
    else
      refused := governance.add_refusal(refused, 'clinical_notes.sign_note', 'duty', covers);
    end if;
  end if;

  -- clinical_notes.lock_note: clinical_notes.status becomes locked (from status signed)
  if new.status = 'locked'
    and old.status = 'signed'
  then
    covers := '{status,locked_at,locked_by}';
    if governance.may_change(
      'clinical_notes.lock_note', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
      new.locked_at := now();
      new.locked_by := governance.actor_id();
    else
      refused := governance.add_refusal(refused, 'clinical_notes.lock_note', 'duty', covers);
    end if;
  end if;

  -- clinical_notes.unlock_note: clinical_notes.status becomes draft (from status signed or locked)
  if new.status = 'draft'
    and old.status in ('signed', 'locked')
  then
    covers := '{status,signed_at,signed_by,locked_at,locked_by}';
    if new.provider_id = governance.actor_id() then
      refused := governance.add_refusal(refused, 'clinical_notes.unlock_note', 'self', covers);
    elsif governance.may_change(
      'clinical_notes.unlock_note', array[old.provider_id]::uuid[], old.client_id,
      array[new.provider_id]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'clinical_notes.unlock_note', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('clinical_notes', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_clinical_notes() is
  'Judges every change of public.clinical_notes by anonymous and authenticated callers.';
revoke all on function governance.guard_clinical_notes() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.clinical_notes;
create trigger _raci_guard before insert or update or delete on public.clinical_notes
  for each row execute function governance.guard_clinical_notes();

alter table public.clinical_notes enable row level security;
revoke all on table public.clinical_notes from public, anon, authenticated;
grant select, insert, update on table public.clinical_notes to authenticated;
