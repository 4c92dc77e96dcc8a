-- Purpose: who acts, found out for two thirds of the time: every policy of every table asks it
-- Affects: function governance.actor_id
-- Source: architecture, section 3 (policies never raise); figures in docs/raci.md, Cost
-- Reversal: governance.actor_id of 20261122064800_raci_reach_cheapen
-- Locks: none

create or replace function governance.actor_id() returns uuid
language plpgsql stable parallel safe
set search_path = ''
as $$
declare
  claims text := current_setting('request.jwt.claims', true);
  sub text;
begin
  -- Every opening bracket is one level of nesting at most. A deep document would exhaust the parser's stack, which is
  -- an error that no check can soften; claims like that are nobody's. Most claims are too short for it.
  if (octet_length(claims) <= 1000 or length(claims) - length(translate(claims, '[{', '')) <= 1000)
    -- As json, because jsonb builds what nobody reads. Unique keys have every escape decoded, as `->>` will: without
    -- that an escaped NUL would pass here and raise there. Claims that name somebody twice are nobody's.
    and claims is json object with unique keys
  then
    sub := claims::json ->> 'sub';
  end if;
  sub := coalesce(sub, current_setting('request.jwt.claim.sub', true));
  if pg_input_is_valid(sub, 'uuid') then
    return sub::uuid;
  end if;
  return null;
end
$$;
