-- Purpose: two people who book one provider's hour at the same instant get an answer, not a deadlock
-- Affects: function governance.serialize_booking; trigger on public.appointments
-- Source: architecture, section 2 (double booking is impossible)
-- Reversal: drop trigger appointments_serialize_booking on public.appointments;
--   drop function governance.serialize_booking();
-- Locks: share row exclusive on public.appointments for the new trigger

-- An exclusion constraint inserts first and looks for rivals afterwards. Two at once can each see the other and
-- wait: one of them dies with 40P01 instead of 23P01. Taking turns for each provider, the second sees a committed
-- rival. Whatever frees a slot, and retention, takes no turn.
create or replace function governance.serialize_booking() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('appointments.provider_id:' || new.provider_id, 0));
  return new;
end
$$;

comment on function governance.serialize_booking() is
  'Before a slot is taken: waits for others who book the same provider, until their transaction ends.';
revoke all on function governance.serialize_booking() from public;

create trigger appointments_serialize_booking
  before insert or update of provider_id, start_time, end_time, status, deleted_at on public.appointments
  for each row
  when (
    new.deleted_at is null
    and new.status in ('Scheduled', 'Confirmed', 'Checked In', 'In Session', 'Completed')
  )
  execute function governance.serialize_booking();
