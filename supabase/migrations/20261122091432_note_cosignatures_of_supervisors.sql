-- Purpose: a co-signature is asked of who supervises the author, and given to what is signed
-- Affects: function governance.keep_to_supervision, triggers keep_to_supervision_insert and keep_to_supervision_update on
--   public.note_cosignatures
-- Source: docs/raci/clinical_notes.yaml (request_cosignature: a supervisor; cosign_note: a supervisee's note)
-- Reversal: drop trigger keep_to_supervision_insert on public.note_cosignatures; drop trigger keep_to_supervision_update on
--   public.note_cosignatures; drop function governance.keep_to_supervision();
-- Locks: share row exclusive on public.note_cosignatures, for an instant

create or replace function governance.keep_to_supervision() returns trigger
language plpgsql
security definer -- because no caller may read all of supervision, nor every note
set search_path = ''
as $$
begin
  if governance.acts_as_system() then
    return new;
  elsif tg_op = 'INSERT' and not new.supervisee_id = any (governance.find_supervisees(new.supervisor_id)) then
    raise exception using
      errcode = '42501',
      message = 'note_cosignatures.supervisor_id names nobody who supervises you',
      detail = 'Task clinical_notes.request_cosignature. Column supervisor_id.',
      hint = 'Ask your supervisor; an administrator records supervision (administration.manage_supervision).';
  elsif tg_op = 'UPDATE' then
    -- A draft is changed afterwards; what is signed is not. Locked, so that it is not unlocked meanwhile.
    perform from public.clinical_notes note
    where note.id = new.note_id and note.status in ('signed', 'locked') and note.deleted_at is null
    for share;
    if not found then
      raise exception using
        errcode = '42501',
        message = 'the note is not signed by its author',
        detail = 'Task clinical_notes.cosign_note. Column status.',
        hint = 'The author signs first (clinical_notes.sign_note); until then, return the note.';
    end if;
  end if;
  return new;
end
$$;
comment on function governance.keep_to_supervision() is
  'Refuses a request to somebody who does not supervise the author today, and a co-signature to a note that is no longer '
  'or not yet signed.';
revoke all on function governance.keep_to_supervision() from public;

-- They sort after _raci_guard, which decides who asks and who co-signs at all.
create trigger keep_to_supervision_insert before insert on public.note_cosignatures
  for each row execute function governance.keep_to_supervision();
create trigger keep_to_supervision_update before update of status on public.note_cosignatures
  for each row when (new.status = 'Cosigned' and old.status <> 'Cosigned')
  execute function governance.keep_to_supervision();
