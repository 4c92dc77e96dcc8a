-- Purpose: who supervises somebody may leave a client without a therapist, as everybody whose duty it is
-- Affects: function governance.keep_caseloads_apart
-- Source: docs/raci/administration.yaml (assign_therapist); null is in nobody's caseload
-- Reversal: governance.keep_caseloads_apart of 20261122091431_emergency_access_decide_nothing
-- Locks: none

create or replace function governance.keep_caseloads_apart() returns trigger
language plpgsql
security definer -- because no caller may read all of supervision
set search_path = ''
as $$
declare
  actor uuid := governance.actor_id();
  supervisees uuid[] := governance.find_supervisees(actor);
begin
  if governance.acts_as_system() or (new.primary_therapist_id = any (supervisees)) is not true then
    return new;
  elsif old.primary_therapist_id = any (actor || supervisees) then
    return new;
  end if;
  raise exception using
    errcode = '42501',
    message = 'nobody brings a client into the caseloads that they supervise',
    detail = 'Task administration.assign_therapist. Column primary_therapist_id.',
    hint = 'Ask the front desk, or the supervisor of whoever has the client.';
end
$$;
comment on function governance.keep_caseloads_apart() is
  'Refuses to assign a client to a supervisee of the caller, unless the caller or a supervisee had the client.';
