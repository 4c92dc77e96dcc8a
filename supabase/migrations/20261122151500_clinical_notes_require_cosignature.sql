-- Purpose: a note that owes a co-signature is locked when what is signed is co-signed
-- Affects: function governance.require_cosignature, trigger clinical_notes_require_cosignature on public.clinical_notes
-- Source: docs/raci/clinical_notes.yaml (lock_note: when the co-signature is done; sign_note: a trainee's signature asks for one);
--   governance plan, 4.2 (note locking, co-signature)
-- Reversal: drop trigger clinical_notes_require_cosignature on public.clinical_notes; drop function governance.require_cosignature();
-- Locks: share row exclusive on public.clinical_notes, for an instant

create or replace function governance.require_cosignature() returns trigger
language plpgsql
security definer -- because no caller may read everybody's roles, nor every request
set search_path = ''
as $$
begin
  -- Whoever co-signs holds the note for share (keep_to_supervision), so that what they are about to say is waited for.
  -- Who asks meanwhile is not: a note that is locked may be asked about as well, and its lock stays.
  if not governance.acts_as_system()
    and (
      exists (
        select from public.user_roles held
        where held.user_id = old.provider_id and held.role = 'associate_trainee'
      )
      or exists (select from public.note_cosignatures request where request.note_id = old.id)
    )
    and (
      exists (
        select from public.note_cosignatures request
        where request.note_id = old.id and request.status = 'Pending'
      )
      -- One from before the note was signed again is about another text; one without a date, or without a date of the
      -- signature, about none that is known.
      or not exists (
        select from public.note_cosignatures request
        where request.note_id = old.id and request.status = 'Cosigned' and request.decided_at >= old.signed_at
      )
    )
  then
    raise exception using
      errcode = '42501',
      message = 'what is signed here owes a co-signature',
      detail = 'Task clinical_notes.lock_note. Column status.',
      hint = 'Its author asks for one since the last signature (clinical_notes.request_cosignature), and a supervisor '
        'co-signs (clinical_notes.cosign_note).';
  end if;
  return new;
end
$$;
comment on function governance.require_cosignature() is
  'Refuses to lock a trainee''s note, and one for which a co-signature was ever asked, until what is signed is co-signed and '
  'no request waits.';
revoke all on function governance.require_cosignature() from public;

-- Sorts after _raci_guard: whoever may not lock is told so, and nothing about co-signatures.
create trigger clinical_notes_require_cosignature before update of status on public.clinical_notes
  for each row when (new.status = 'locked' and old.status <> 'locked')
  execute function governance.require_cosignature();
