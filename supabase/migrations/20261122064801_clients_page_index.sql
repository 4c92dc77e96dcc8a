-- Purpose: the page of clients by name, with the key in the index, where the bounds of a policy are applied before a row is fetched
-- Affects: indexes of public.clients
-- Source: docs/raci.md, Cost
-- Reversal: create the index without id again, drop this one
-- Locks: share on public.clients while the index is made, access exclusive for an instant

create index clients_is_active_last_name_first_name_id_idx
  on public.clients (is_active, last_name, first_name, id)
  where is_active;
drop index public.clients_is_active_last_name_first_name_idx;
