-- Purpose: updated_at tells the truth, whatever a client sends
-- Affects: trigger function governance.set_updated_at
-- Source: architecture, section 2
-- Reversal: drop function governance.set_updated_at();
-- Locks: none

create or replace function governance.set_updated_at() returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end
$$;

comment on function governance.set_updated_at() is
  'Before update: stamps updated_at with the time of the transaction.';
revoke all on function governance.set_updated_at() from public;
