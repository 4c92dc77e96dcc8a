-- Purpose: what the policies ask at every statement, cheaper, and nothing that the planner would evaluate while it plans
-- Affects: functions governance.actor_id, reachable_owners, each_reachable_client, first_reachable_client, last_reachable_client
-- Source: architecture, section 3 (predicates are written for indexes); figures in docs/raci.md
-- Reversal: run 20261101000500 and 20261104000300 again, after policies that do not call what is new
-- Locks: none

create or replace function governance.actor_id() returns uuid
language plpgsql stable parallel safe
set search_path = ''
as $$
declare
  claims text := current_setting('request.jwt.claims', true);
  sub text;
begin
  -- Every opening bracket is one level of nesting at most. A deep document would exhaust the parser's
  -- stack, which is an error that pg_input_is_valid cannot soften; claims like that are nobody's. Most claims are
  -- too short for it, and counting took as long as all the rest.
  if (octet_length(claims) <= 1000 or length(claims) - length(translate(claims, '[{', '')) <= 1000)
    and pg_input_is_valid(claims, 'jsonb')
  then
    sub := claims::jsonb ->> 'sub';
  end if;
  sub := coalesce(sub, current_setting('request.jwt.claim.sub', true));
  if pg_input_is_valid(sub, 'uuid') then
    return sub::uuid;
  end if;
  return null;
end
$$;

create or replace function governance.reachable_owners(p_table text, p_command text) returns uuid[]
language plpgsql stable parallel safe
security definer -- because no caller may read roles, supervision and matrix of others
set search_path = ''
as $$
declare
  reach governance.raci_scope := governance.find_reach(p_table, p_command);
  actor uuid;
begin
  if reach is null then
    return '{}';
  end if;
  actor := governance.actor_id();
  if reach >= 'supervisees' then
    return actor || governance.find_supervisees(actor);
  end if;
  return array[actor];
end
$$;

-- As rows, because `in (select unnest(<array>))` asks for the array while the statement is planned as well: unnest tells
-- the planner how long it is. 300 is a caseload; whatever it is, the rows are hashed.
create or replace function governance.each_reachable_client(p_table text, p_command text) returns setof uuid
language plpgsql stable parallel safe rows 300
security definer -- because it asks reachable_clients
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
begin
  return query select unnest(governance.reachable_clients(p_table, p_command));
end
$$;
comment on function governance.each_reachable_client(text, text) is
  'The clients of reachable_clients, one a row, unknown to the planner.';

-- Bounds for the table of clients itself, where an index can apply them before a row is fetched. They open nothing:
-- what lies between is decided by the rest of the policy.
create or replace function governance.first_reachable_client(p_table text, p_command text) returns uuid
language plpgsql stable parallel safe
security definer -- because it asks find_reach and reachable_clients
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
begin
  if governance.find_reach(p_table, p_command) is not null then
    return '00000000-0000-0000-0000-000000000000';
  end if;
  return coalesce(
    (select reached.id from unnest(governance.reachable_clients(p_table, p_command)) reached (id) order by 1 limit 1),
    'ffffffff-ffff-ffff-ffff-ffffffffffff'
  );
end
$$;
comment on function governance.first_reachable_client(text, text) is
  'No client before this one is within the caller''s reach: the least there is for who has a scope in the matrix, the '
  'first of their own for others.';

create or replace function governance.last_reachable_client(p_table text, p_command text) returns uuid
language plpgsql stable parallel safe
security definer -- because it asks find_reach and reachable_clients
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
begin
  if governance.find_reach(p_table, p_command) is not null then
    return 'ffffffff-ffff-ffff-ffff-ffffffffffff';
  end if;
  return coalesce(
    (select reached.id from unnest(governance.reachable_clients(p_table, p_command)) reached (id) order by 1 desc limit 1),
    '00000000-0000-0000-0000-000000000000'
  );
end
$$;
comment on function governance.last_reachable_client(text, text) is
  'No client after this one is within the caller''s reach; see first_reachable_client.';

revoke all on function governance.each_reachable_client(text, text) from public;
revoke all on function governance.first_reachable_client(text, text) from public;
revoke all on function governance.last_reachable_client(text, text) from public;
grant execute on function governance.each_reachable_client(text, text) to authenticated;
grant execute on function governance.first_reachable_client(text, text) to authenticated;
grant execute on function governance.last_reachable_client(text, text) to authenticated;
