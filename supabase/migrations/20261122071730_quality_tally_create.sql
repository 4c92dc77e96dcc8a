-- Purpose: one reading tells counts and keys: no second one for the keys, and none that cannot run in parallel
-- Affects: type governance.key_tally; aggregate governance.tally; functions add_to_tally, join_tallies,
--   evaluate_by_reading, evaluate_scans, evaluate_quality_checks; drops count_scans, find_keys_of_scans
-- Source: architecture, section 4
-- Reversal: run 20261106000800 again without its type; drop aggregate governance.tally(text, integer);
--   drop function for add_to_tally, join_tallies; drop type governance.key_tally;
-- Locks: none

create type governance.key_tally as (failures bigint, keys text[]);
comment on type governance.key_tally is 'How many rows are wrong, and the keys of some of them.';

create or replace function governance.add_to_tally(state governance.key_tally, key text, most integer)
returns governance.key_tally
language plpgsql immutable parallel safe
set search_path = ''
as $$
begin
  state.failures := state.failures + 1;
  if cardinality(state.keys) < most then
    state.keys := state.keys || key;
  end if;
  return state;
end
$$;
comment on function governance.add_to_tally(governance.key_tally, text, integer) is
  'Counts one wrong row, and keeps its key while there is room.';

create or replace function governance.join_tallies(one governance.key_tally, other governance.key_tally)
returns governance.key_tally
language sql immutable parallel safe
set search_path = ''
as $$
  select row(one.failures + other.failures, (one.keys || other.keys)[:100])::governance.key_tally
$$;
comment on function governance.join_tallies(governance.key_tally, governance.key_tally) is
  'What two workers of one reading found.';

-- A state is copied with every wrong row: keep it small. Whoever wants more than 100 keys asks for them.
create aggregate governance.tally(key text, most integer) (
  sfunc = governance.add_to_tally,
  stype = governance.key_tally,
  combinefunc = governance.join_tallies,
  initcond = '(0,{})',
  parallel = safe
);
comment on aggregate governance.tally(text, integer) is
  'The number of keys, and up to `most` of them (at most 100); in parallel where a window could not be.';

create or replace function governance.find_more_keys(target governance.quality_checks, key_limit integer)
returns text[]
language sql stable
set search_path = ''
as $$
  select array(select jsonb_array_elements_text(governance.read_quality(format(
    'select to_jsonb(array(select key from (%s) as wrong limit %s))', governance.wrong_rows_of(target), key_limit
  ), target.time_zone)))
$$;
comment on function governance.find_more_keys(governance.quality_checks, integer) is
  'Keys of wrong rows by a reading of their own: more than a tally holds.';

create or replace function governance.keys_of_tally(
  target governance.quality_checks, tally jsonb, key_limit integer
) returns text[]
language plpgsql stable
set search_path = ''
as $$
begin
  if key_limit > 100 and (tally ->> 'failures')::bigint > 100 then
    return governance.find_more_keys(target, key_limit);
  end if;
  return array(select key from jsonb_array_elements_text(tally -> 'keys') as key order by key limit key_limit);
end
$$;
comment on function governance.keys_of_tally(governance.quality_checks, jsonb, integer) is
  'The keys that a check answers with, in order.';

create or replace function governance.evaluate_by_reading(
  target governance.quality_checks, key_limit integer default 20
) returns governance.quality_outcome
language plpgsql
set search_path = ''
as $$
declare
  started timestamptz := clock_timestamp();
  result governance.quality_outcome := governance.start_outcome(target);
  answer jsonb;
begin
  perform governance.require_whole_table(each) from unnest(array[target.relation] || target.reads) as each;
  if target.kind = 'value' then
    result.failures := governance.read_quality(
      format('select to_jsonb((%s))', target.value), target.time_zone
    )::bigint;
    if result.failures is null then
      raise null_value_not_allowed;
    end if;
  else
    answer := governance.read_quality(format(
      'select to_jsonb(governance.tally(key, %s)) from (%s) as wrong',
      least(key_limit, 100), governance.wrong_rows_of(target)
    ), target.time_zone);
    result.failures := (answer ->> 'failures')::bigint;
    result.failing_keys := governance.keys_of_tally(target, answer, key_limit);
  end if;
  -- Whoever runs several checks counts the rows of a table once, and needs no count here.
  if result.failures > 0 and target.kind <> 'value' and target.unit = 'percent' then
    result.row_count := governance.count_rows_of(target);
  end if;
  result.outcome := governance.judge_quality(result.failures, result.row_count, target.threshold, target.unit);
  result.duration_ms := governance.milliseconds_since(started);
  return result;
exception when others then
  -- The message may quote a row; the code says enough.
  result := governance.start_outcome(target);
  result.outcome := 'error';
  result.error_code := sqlstate;
  result.duration_ms := governance.milliseconds_since(started);
  return result;
end
$$;
comment on function governance.evaluate_by_reading(governance.quality_checks, integer) is
  'Runs one check. Never raises for what the check does; a cancelled statement is cancelled.';

create or replace function governance.evaluate_scans(targets governance.quality_checks[], key_limit integer)
returns setof governance.quality_outcome
language plpgsql
set search_path = ''
as $$
declare
  started timestamptz := clock_timestamp();
  counted jsonb;
  result governance.quality_outcome;
begin
  perform governance.require_whole_table(targets[1].relation);
  counted := governance.read_quality(format(
    'select jsonb_build_object(''rows'', count(*), ''tallies'', array[%s]) from %s where %s',
    (
      select string_agg(format(
        'governance.tally(%s, %s) filter (where %s)',
        governance.key_of(targets[place]), least(key_limit, 100), targets[place].predicate
      ), ', ' order by place)
      from generate_subscripts(targets, 1) as place
    ),
    governance.source_of(targets[1]),
    coalesce(targets[1].live, 'true')
  ), targets[1].time_zone);
  for place in 1 .. cardinality(targets) loop
    result := governance.start_outcome(targets[place]);
    result.failures := (counted #>> array['tallies', (place - 1)::text, 'failures'])::bigint;
    result.row_count := (counted -> 'rows')::bigint;
    result.failing_keys := governance.keys_of_tally(
      targets[place], counted #> array['tallies', (place - 1)::text], key_limit
    );
    result.outcome := governance.judge_quality(
      result.failures, result.row_count, targets[place].threshold, targets[place].unit
    );
    result.duration_ms := round(governance.milliseconds_since(started) / cardinality(targets), 3);
    return next result;
  end loop;
end
$$;
comment on function governance.evaluate_scans(governance.quality_checks[], integer) is
  'Runs scans of one table together in one reading. Raises if one of them does.';

create or replace function governance.evaluate_quality_checks(
  target text, names text[] default null, trust boolean default true, key_limit integer default 20
) returns setof governance.quality_outcome
language plpgsql
set search_path = ''
as $$
declare
  registered governance.quality_checks;
  scans governance.quality_checks[] := '{}';
  others governance.quality_checks[] := '{}';
  together governance.quality_checks[];
  result governance.quality_outcome;
  -- Rows of each judged table, counted once: by its scan, else when a check fails.
  counts jsonb := '{}';
  judged text;
begin
  for registered in
    select * from governance.quality_checks as each
    where each.table_name = target and (names is null or each.name = any (names))
    order by each.name
  loop
    result := case when trust then governance.evaluate_by_catalog(registered) end;
    if result.outcome is not null then
      return next result;
    elsif registered.kind = 'scan' then
      scans := scans || registered;
    else
      others := others || registered;
    end if;
  end loop;
  for together in
    select array_agg(each) from unnest(scans) as each group by each.relation, each.live
  loop
    begin
      for result in select * from governance.evaluate_scans(together, key_limit) loop
        counts := counts || jsonb_build_object(concat_ws(' ', together[1].relation, together[1].live), result.row_count);
        return next result;
      end loop;
    exception when others then
      -- One of them cannot run: each by itself, so that the others are heard.
      foreach registered in array together loop
        others := others || registered;
      end loop;
    end;
  end loop;
  foreach registered in array others loop
    result := governance.evaluate_by_reading(registered, key_limit);
    if result.failures > 0 and registered.kind <> 'value' then
      judged := concat_ws(' ', registered.relation, registered.live);
      if not counts ? judged then
        counts := counts || jsonb_build_object(judged, governance.count_rows_of(registered));
      end if;
      result.row_count := (counts ->> judged)::bigint;
    end if;
    return next result;
  end loop;
end
$$;
comment on function governance.evaluate_quality_checks(text, text[], boolean, integer) is
  'Runs the registered checks of one table: what the catalog proves is not read, scans share one reading, one check''s error hides no other. With trust false nothing is taken as proved.';

drop function governance.count_scans(governance.quality_checks[]);
drop function governance.find_keys_of_scans(governance.quality_checks[], boolean[], integer);

revoke all on function
  governance.add_to_tally(governance.key_tally, text, integer),
  governance.join_tallies(governance.key_tally, governance.key_tally),
  governance.tally(text, integer),
  governance.find_more_keys(governance.quality_checks, integer),
  governance.keys_of_tally(governance.quality_checks, jsonb, integer),
  governance.evaluate_by_reading(governance.quality_checks, integer),
  governance.evaluate_scans(governance.quality_checks[], integer),
  governance.evaluate_quality_checks(text, text[], boolean, integer)
from public;
