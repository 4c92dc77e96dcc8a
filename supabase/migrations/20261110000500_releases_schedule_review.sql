-- Purpose: no release without a review, however it is recorded
-- Affects: function governance.schedule_review; triggers on public.releases
-- Source: governance plan, 6.1 (72-hour review of every deployment)
-- Reversal: drop trigger releases_schedule_review on public.releases; drop function governance.schedule_review();
-- Locks: share row exclusive on public.releases for the new trigger

create or replace function governance.schedule_review() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  insert into public.post_release_reviews (release_id, scheduled_for, overdue_after)
  values (new.id, new.deployed_at + interval '72 hours', new.deployed_at + interval '96 hours')
  on conflict (release_id) do update
    set scheduled_for = excluded.scheduled_for, overdue_after = excluded.overdue_after;
  return null;
end
$$;
comment on function governance.schedule_review() is
  'After a release is recorded or its time corrected: its review is due after 72 hours, overdue after 96.';
revoke all on function governance.schedule_review() from public;

create trigger releases_schedule_review after insert or update of deployed_at on public.releases
  for each row execute function governance.schedule_review();
