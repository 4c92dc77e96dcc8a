-- Purpose: one home for who is near a row, in the fan-out of events as in reminders; staff who are clients too are not told of
--   their own chart as staff
-- Affects: function governance.find_near (dropped and created: it says in which capacity)
-- Source: architecture, sections 3 (scopes) and 5 (fan-out, SLA clocks)
-- Reversal: drop it and run its part of 20261122063300 again
-- Locks: none

drop function governance.find_near(jsonb, date);
create or replace function governance.find_near(p_rows jsonb, p_today date)
returns table (row_key text, user_id uuid, scope governance.raci_scope, as_staff boolean, as_client boolean)
language sql stable
set search_path = ''
as $$
  with line as materialized (
    select given.row_key, given.owners, given.clients
    from jsonb_to_recordset(p_rows) as given (row_key text, owners uuid[], clients uuid[])
  ),
  named as (
    -- Staff and client are two persons in one login: who is named as the one is not meant as the other.
    select
      line.row_key, owner as user_id, 'own'::governance.raci_scope as scope, true as supervised, true as as_staff,
      coalesce(cardinality(line.clients), 0) = 0 as as_client
    from line, unnest(line.owners) as owner
    union all
    select line.row_key, client.portal_user_id, 'own', false, false, true
    from line
    join public.clients as client on client.id = any (line.clients) and client.portal_enabled
    union all
    select line.row_key, client.primary_therapist_id, 'caseload', true, true, false
    from line
    join public.clients as client on client.id = any (line.clients)
  )
  select named.row_key, named.user_id, named.scope, named.as_staff, named.as_client
  from named
  where named.user_id is not null
  union all
  select named.row_key, supervision.supervisor_id, 'supervisees', true, false
  from named
  join public.supervision_relationships as supervision
    on supervision.supervisee_id = named.user_id and supervision.status = 'Active'
  where named.supervised
    and supervision.start_date <= p_today
    and coalesce(supervision.end_date, p_today) >= p_today
$$;
comment on function governance.find_near(jsonb, date) is
  'From rows {row_key, owners, clients} to the people whom each names and who supervises those, with the narrowest scope '
  'that reaches it, as staff or as client; a person may come twice. The same rows as governance.may_perform reaches; '
  'holders of scope all are not listed.';

revoke all on function governance.find_near(jsonb, date) from public, anon, authenticated, service_role;
