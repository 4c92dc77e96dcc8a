-- Purpose: a note is unlocked only on a request for it that somebody else approved, and once for each
-- Affects: public.unlock_requests (column used_at), function governance.use_unlock_approval, trigger clinical_notes_use_unlock_approval
-- Source: docs/raci/clinical_notes.yaml (decide_unlock, unlock_note); governance plan, 4.2 (unlock request approval)
-- Reversal: drop trigger clinical_notes_use_unlock_approval on public.clinical_notes; drop function governance.use_unlock_approval(); alter table public.unlock_requests drop column used_at;
-- Locks: access exclusive on public.unlock_requests and share row exclusive on public.clinical_notes, for an instant

alter table public.unlock_requests add column used_at timestamptz;
comment on column public.unlock_requests.used_at is 'When the note was unlocked on this approval; one approval, one unlocking.';

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
  return new;
end
$$;
comment on function governance.use_unlock_approval() is
  'Takes an approved request for the note, or refuses to unlock it, also to the system.';
revoke all on function governance.use_unlock_approval() from public;

-- Sorts after _raci_guard: whoever may not unlock uses up no approval.
create trigger clinical_notes_use_unlock_approval before update of status on public.clinical_notes
  for each row when (old.status in ('signed', 'locked') and new.status in ('draft', 'submitted_for_review'))
  execute function governance.use_unlock_approval();
