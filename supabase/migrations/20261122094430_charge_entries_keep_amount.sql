-- Purpose: what a payer denied is not made cheaper by hand; that is a write-off, which somebody else approves
-- Affects: function governance.keep_billed_amount, trigger keep_billed_amount on public.charge_entries
-- Source: docs/raci/billing.yaml (rework_denied_charge corrects what was billed; approve_write_off: who asks does not approve)
-- Reversal: drop trigger keep_billed_amount on public.charge_entries; drop function governance.keep_billed_amount();
-- Locks: share row exclusive on public.charge_entries, for an instant

create or replace function governance.keep_billed_amount() returns trigger
language plpgsql
security definer -- because no caller may ask who acts as the system
set search_path = ''
as $$
begin
  if governance.acts_as_system() then
    return new;
  end if;
  raise exception using
    errcode = '42501',
    message = 'no task covers an amount that is lowered while what was done stays the same',
    detail = 'Task billing.rework_denied_charge. Column charge_amount.',
    hint = 'Correct code, modifiers or units with it, or ask for a write-off (billing.request_write_off).';
end
$$;
comment on function governance.keep_billed_amount() is
  'Refuses to lower what a denied charge costs unless code, modifiers or units change with it.';
revoke all on function governance.keep_billed_amount() from public;

-- Sorts after _raci_guard, which decides who reworks a charge at all.
create trigger keep_billed_amount before update of charge_amount on public.charge_entries
  for each row
  when (
    old.status = 'Denied' and new.charge_amount < old.charge_amount
    and (old.cpt_code, old.modifiers, old.units) is not distinct from (new.cpt_code, new.modifiers, new.units)
  )
  execute function governance.keep_billed_amount();
