-- Purpose: created_by tells the truth, whatever a client sends
-- Affects: trigger function governance.set_created_by
-- Source: architecture, section 2; 45 CFR 164.312(a)(2)(i) (unique user identification)
-- Reversal: drop function governance.set_created_by();
-- Locks: none

create or replace function governance.set_created_by() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if tg_op = 'UPDATE' then
    new.created_by := old.created_by;
  else
    -- A worker without claims may say on whose behalf it writes; a signed-in person is themselves.
    new.created_by := coalesce(governance.actor_id(), new.created_by);
  end if;
  return new;
end
$$;

comment on function governance.set_created_by() is
  'Before insert, or update of created_by: the signed-in person made the row, and that never changes.';
revoke all on function governance.set_created_by() from public;
