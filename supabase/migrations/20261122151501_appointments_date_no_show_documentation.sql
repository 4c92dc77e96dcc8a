-- Purpose: a no-show is documented when it is, and not before: nobody dates it back
-- Affects: function governance.date_no_show_documentation, trigger appointments_date_no_show_documentation on public.appointments
-- Source: docs/raci/scheduling.yaml (handle_no_shows: documented within 24 hours; the clock ends at no_show_documented_at)
-- Reversal: drop trigger appointments_date_no_show_documentation on public.appointments;
--   drop function governance.date_no_show_documentation();
-- Locks: share row exclusive on public.appointments, for an instant

create or replace function governance.date_no_show_documentation() returns trigger
language plpgsql
security definer -- because no caller may ask who acts as the system
set search_path = ''
as $$
begin
  if not governance.acts_as_system() then
    new.no_show_documented_at := now();
  end if;
  return new;
end
$$;
comment on function governance.date_no_show_documentation() is
  'Dates what a person documents of a no-show with the moment, whatever they send; what the system imports stays.';
revoke all on function governance.date_no_show_documentation() from public;

-- By hand, because a task's stamps are always written, and an empty date says that nothing is documented yet.
-- Sorts after _raci_guard, which decides who documents at all.
create trigger appointments_date_no_show_documentation before update of no_show_documented_at on public.appointments
  for each row
  when (
    new.no_show_documented_at is not null
    and new.no_show_documented_at is distinct from old.no_show_documented_at
  )
  execute function governance.date_no_show_documentation();
