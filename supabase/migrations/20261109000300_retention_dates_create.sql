-- Purpose: calendar days as the law counts them, as SQL text
-- Affects: functions governance.practice_time_zone, governance.practice_today, governance.render_practice_date,
--   governance.render_month_addition
-- Source: architecture, section 8; law notes, A8
-- Reversal: drop function governance.render_month_addition(text, integer);
--   drop function governance.render_practice_date(text, regclass, text); drop function governance.practice_today();
--   drop function governance.practice_time_zone();
-- Locks: none

create or replace function governance.practice_time_zone() returns text
language sql immutable parallel safe
set search_path = ''
as $$ select 'America/New_York' $$;
comment on function governance.practice_time_zone() is 'Where the practice''s calendar days begin.';
revoke all on function governance.practice_time_zone() from public;

create or replace function governance.practice_today() returns date
language sql stable parallel safe
set search_path = ''
as $$ select (now() at time zone governance.practice_time_zone())::date $$;
comment on function governance.practice_today() is 'The calendar day in the practice''s time zone.';
revoke all on function governance.practice_today() from public;

-- Text and not functions of dates: a plan judges every row, and calls that cannot be inlined cost a thousand
-- times what their arithmetic does.

create or replace function governance.render_practice_date(alias text, relation regclass, name text)
returns text
language plpgsql stable
set search_path = ''
as $$
declare
  type regtype;
begin
  select atttypid into type from pg_catalog.pg_attribute
    where attrelid = relation and attname = name and attnum > 0 and not attisdropped;
  return case type
    when 'date'::regtype then format('%I.%I', alias, name)
    when 'timestamptz'::regtype then format('(%I.%I at time zone %L)::date', alias, name, governance.practice_time_zone())
  end;
end
$$;
comment on function governance.render_practice_date(text, regclass, text) is
  'SQL text: a column''s calendar day in the practice''s time zone; null unless it is a date or a timestamptz.';
revoke all on function governance.render_practice_date(text, regclass, text) from public;

-- Postgres counts 31 August + 6 months as 28 February, and 29 February + 1 year too: a day short of the time.
-- Retention takes the longer reading: a day that the month lacks is the first of the next month. So those born
-- on 29 February reach an age on 1 March of common years.
create or replace function governance.render_month_addition(day text, months integer) returns text
language sql immutable strict parallel safe
set search_path = ''
as $$
  select format(
    '((%1$s + interval ''%2$s months'')::date'
    ' + (extract(day from %1$s + interval ''%2$s months'') < extract(day from %1$s))::integer)',
    day, months
  )
$$;
comment on function governance.render_month_addition(text, integer) is
  'SQL text: the same day of a later month, or the first of the next one where the month has no such day.';
revoke all on function governance.render_month_addition(text, integer) from public;
