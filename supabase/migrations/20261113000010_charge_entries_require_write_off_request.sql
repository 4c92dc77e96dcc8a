-- Purpose: nothing is written off that nobody asked for
-- Affects: public.charge_entries, constraint charge_entries_write_off_requested_check
-- Source: docs/raci/billing.yaml (approve_write_off): who asks does not approve; an approval without a request had no asker
-- Reversal: alter table public.charge_entries drop constraint charge_entries_write_off_requested_check;
-- Locks: access exclusive on public.charge_entries while existing rows are read once

alter table public.charge_entries add constraint charge_entries_write_off_requested_check
  check (status <> 'Written Off' or num_nulls(write_off_amount, write_off_requested_by) = 0);
