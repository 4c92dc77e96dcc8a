-- Purpose: a caseload read from the index alone, as the policies read it
-- Affects: indexes of public.clients
-- Source: figures in docs/raci.md, Cost
-- Reversal: create the index on primary_therapist_id alone again, drop this one
-- Locks: share on public.clients while the index is made, access exclusive for an instant

create index clients_primary_therapist_id_id_portal_user_id_idx
  on public.clients (primary_therapist_id, id, portal_user_id);
drop index public.clients_primary_therapist_id_idx;
