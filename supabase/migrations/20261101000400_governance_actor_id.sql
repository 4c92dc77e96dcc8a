-- Purpose: who is acting, whatever the claims look like
-- Affects: function governance.actor_id
-- Source: architecture, section 3 (a policy that raises silences Realtime for every subscriber)
-- Reversal: drop function governance.actor_id();
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
  -- stack, which is an error that pg_input_is_valid cannot soften; claims like that are nobody's.
  if length(claims) - length(translate(claims, '[{', '')) <= 1000
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

comment on function governance.actor_id() is
  'The signed-in user (claim sub), or null. Total: malformed, missing or hostile claims give null, '
  'never an error.';
revoke all on function governance.actor_id() from public;
grant execute on function governance.actor_id() to authenticated, service_role;
