-- Purpose: the production plan's rule for phone numbers, as a check can use it
-- Affects: function governance.are_phone_numbers
-- Source: production plan, 1.2 (ClientValidationSchema)
-- Reversal: drop function governance.are_phone_numbers(jsonb);
-- Locks: none

create or replace function governance.are_phone_numbers(value jsonb) returns boolean
language sql immutable parallel safe
set search_path = ''
as $$
  select case
    when jsonb_typeof(value) is distinct from 'array' then false
    else not exists (
      select from jsonb_array_elements(value) as item (entry)
      where not coalesce(
        jsonb_typeof(entry -> 'phone_number') = 'string'
          and entry ->> 'phone_number' ~ '^\+?[0-9\s()-]+$'
          and jsonb_typeof(entry -> 'phone_type') = 'string'
          and entry ->> 'phone_type' in ('home', 'work', 'mobile', 'other'),
        false
      )
    )
  end
$$;

comment on function governance.are_phone_numbers(jsonb) is
  'Whether a value is an array of {phone_number, phone_type} as the production plan wants them; '
  'an empty array is.';
revoke all on function governance.are_phone_numbers(jsonb) from public;
-- Checks run as the one who writes.
grant execute on function governance.are_phone_numbers(jsonb) to authenticated, service_role;
