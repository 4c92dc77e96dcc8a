-- Purpose: who takes a no-show back takes its documentation back: the next no-show of the appointment is not documented yet
-- Affects: function governance.date_no_show_documentation, trigger appointments_date_no_show_documentation on public.appointments
-- Source: docs/raci/scheduling.yaml (handle_no_shows: documented within 24 hours; the clock ends at no_show_documented_at)
-- Reversal: function and trigger of <timestamp>_appointments_date_no_show_documentation
-- Locks: access exclusive on public.appointments, for an instant

create or replace function governance.date_no_show_documentation() returns trigger
language plpgsql
security definer -- because no caller may ask who acts as the system
set search_path = ''
as $$
begin
  if not governance.acts_as_system() then
    new.no_show_documented_at := case when new.status = 'No Show' then now() end;
  end if;
  return new;
end
$$;
comment on function governance.date_no_show_documentation() is
  'Dates what a person documents of a no-show with the moment, whatever they send, and takes the date off what is no no-show; '
  'what the system imports stays.';

-- Sorts after _raci_guard, which decides who documents at all.
drop trigger appointments_date_no_show_documentation on public.appointments;
create trigger appointments_date_no_show_documentation before update of status, no_show_documented_at on public.appointments
  for each row
  when (
    new.no_show_documented_at is not null
    and (new.status <> 'No Show' or new.no_show_documented_at is distinct from old.no_show_documented_at)
  )
  execute function governance.date_no_show_documentation();
