-- Purpose: one clock for all that a pass asks, which a test may set
-- Affects: functions governance.quality_clock, at_quality_clock, read_quality, read_quality_changes
-- Source: architecture, section 4 (rows that crossed a time boundary)
-- Reversal: drop function for each of the new ones; run 20261106000800 again for read_quality
-- Locks: none

create or replace function governance.quality_clock() returns timestamptz
language sql stable
set search_path = ''
as $$ select coalesce(nullif(current_setting('governance.quality_clock', true), '')::timestamptz, now()) $$;
comment on function governance.quality_clock() is
  'The time by which checks judge: the transaction''s, unless the session sets governance.quality_clock.';

create or replace function governance.at_quality_clock(statement text) returns text
language sql stable
set search_path = ''
as $$
  select case when coalesce(current_setting('governance.quality_clock', true), '') = '' then statement else
    regexp_replace(
      regexp_replace(
        statement, '\mnow\(\)|\mcurrent_timestamp\M',
        format('(%L::timestamptz)', governance.quality_clock()), 'gi'
      ),
      '\mcurrent_date\M', format('((%L::timestamptz)::date)', governance.quality_clock()), 'gi'
    )
  end
$$;
comment on function governance.at_quality_clock(text) is
  'The statement as it is; at another clock, with that time in place of now.';

-- Stable, so that Postgres refuses a statement that writes. The setting ends with the function.
create or replace function governance.read_quality(statement text, time_zone text) returns jsonb
language plpgsql stable
set search_path = ''
set timezone = 'UTC'
as $$
declare
  answer jsonb;
begin
  perform set_config('timezone', time_zone, true);
  execute governance.at_quality_clock(statement) into answer;
  return answer;
end
$$;

create or replace function governance.read_quality_changes(
  statement text, time_zone text, images jsonb, since timestamptz
) returns jsonb
language plpgsql stable
set search_path = ''
set timezone = 'UTC'
as $$
declare
  answer jsonb;
begin
  perform set_config('timezone', time_zone, true);
  execute governance.at_quality_clock(statement) into answer using images, since, governance.quality_clock();
  return answer;
end
$$;
comment on function governance.read_quality_changes(text, text, jsonb, timestamptz) is
  'The one value of a statement that reads, given changed rows and the time of the last pass; days are those of the time zone.';

revoke all on function
  governance.quality_clock(),
  governance.at_quality_clock(text),
  governance.read_quality_changes(text, text, jsonb, timestamptz)
from public;
