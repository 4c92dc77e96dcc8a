-- Purpose: what is unlocked bears no signature and no lock, whatever the caller writes there
-- Affects: function governance.use_unlock_approval
-- Source: docs/raci/clinical_notes.yaml (unlock_note): signature and lock are taken off; who unlocked could write somebody else's
--   name and any date there, on a draft
-- Reversal: use_unlock_approval of <timestamp>_clinical_notes_require_unlock_approval
-- Locks: none

create or replace function governance.use_unlock_approval() returns trigger
language plpgsql
security definer -- because it must find the request whatever the caller may read; their duty on it the guard judges
set search_path = ''
as $$
declare
  approval uuid;
begin
  -- Two who unlock at once take turns at the note's row, so that no approval is used twice.
  select request.id into approval
  from public.unlock_requests request
  where request.note_id = new.id
    and request.status = 'Approved'
    and request.used_at is null
    and request.decided_by <> request.requested_by
  order by request.decided_at, request.id
  limit 1
  for update;
  if approval is null then
    raise exception using
      errcode = '42501',
      message = 'no approved request to unlock this note is left',
      detail = 'Task clinical_notes.unlock_note. Column status.',
      hint = 'Its author asks (clinical_notes.request_unlock), and a supervisor approves (clinical_notes.decide_unlock).';
  end if;
  update public.unlock_requests set used_at = now() where id = approval;
  new.signed_at := null;
  new.signed_by := null;
  new.locked_at := null;
  new.locked_by := null;
  return new;
end
$$;
comment on function governance.use_unlock_approval() is
  'Takes an approved request for the note and its signature and lock off, or refuses to unlock it, also to the system.';
