-- Purpose: rows that a boundary of time has passed, and clients of one name, are found by index at every pass of the checks
-- Affects: indexes on public.appointments, public.clients, public.clinical_notes, public.charge_entries
-- Source: docs/data-contracts (rules that look at the time)
-- Reversal: drop index public.appointments_end_time_idx, public.clients_last_name_first_name_idx, public.clinical_notes_created_at_idx, public.charge_entries_created_date_idx;
-- Locks: share on the four tables while the indexes are built

create index appointments_end_time_idx on public.appointments (end_time);
create index clinical_notes_created_at_idx on public.clinical_notes (created_at);
create index clients_last_name_first_name_idx on public.clients (last_name, first_name);
create index charge_entries_created_date_idx on public.charge_entries (created_date);
