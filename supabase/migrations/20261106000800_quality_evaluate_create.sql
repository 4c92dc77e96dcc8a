-- Purpose: run registered checks inside Postgres
-- Affects: type governance.quality_outcome; function governance.evaluate_quality_checks and those it calls
-- Source: governance plan, 5.3; architecture, section 4
-- Reversal: drop function for each; drop type governance.quality_outcome;
-- Locks: none

create type governance.quality_outcome as (
  table_name text,
  name text,
  outcome text,
  method text,
  proof text,
  failures bigint,
  row_count bigint,
  failing_keys text[],
  duration_ms numeric,
  error_code text
);
comment on type governance.quality_outcome is
  'passed or failed with a count, or error with a SQLSTATE: an error is never a pass.';

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
  execute statement into answer;
  return answer;
end
$$;
comment on function governance.read_quality(text, text) is
  'The one value of a statement that reads; days are those of the time zone.';

create or replace function governance.require_whole_table(name text) returns void
language plpgsql stable
set search_path = ''
as $$
begin
  if to_regclass(name) is null then
    raise undefined_table using message = format('%s does not exist', name);
  end if;
  -- Hidden rows would be counted as right.
  if row_security_active(to_regclass(name)) then
    raise insufficient_privilege
      using message = format('%s is seen through row level security', name),
      hint = 'Run checks as the owner of the tables, or as a role that bypasses row level security.';
  end if;
end
$$;
comment on function governance.require_whole_table(text) is
  'Raises unless the table exists and the caller sees all of its rows.';

create or replace function governance.judge_quality(failures bigint, row_count bigint, threshold numeric, unit text)
returns text
language sql immutable
set search_path = ''
as $$
  select case
    when case unit when 'percent' then failures * 100 <= threshold * row_count else failures <= threshold end
    then 'passed' else 'failed' end
$$;
comment on function governance.judge_quality(bigint, bigint, numeric, text) is 'passed or failed.';

create or replace function governance.source_of(target governance.quality_checks) returns text
language sql stable
set search_path = ''
as $$
  select format('%s as %I', target.relation::regclass, split_part(target.relation, '.', 2))
$$;
comment on function governance.source_of(governance.quality_checks) is
  'The judged table under its bare name, as predicates call it.';

create or replace function governance.key_of(target governance.quality_checks) returns text
language sql immutable
set search_path = ''
as $$
  select case cardinality(target.primary_key)
    when 1 then min(part.key) else format('concat_ws('','', %s)', string_agg(part.key, ', ' order by part.place)) end
  from (
    select place, format('%I.%I::text', split_part(target.relation, '.', 2), name)
    from unnest(target.primary_key) with ordinality as column_of (name, place)
  ) as part (place, key)
$$;
comment on function governance.key_of(governance.quality_checks) is
  'The primary key of a row as text; several columns are joined by commas.';

create or replace function governance.wrong_rows_of(target governance.quality_checks) returns text
language sql stable
set search_path = ''
as $$
  select coalesce(target.failing, format(
    'select %s as key from %s where %s',
    governance.key_of(target), governance.source_of(target),
    concat_ws(' and ', '(' || target.live || ')', '(' || target.predicate || ')')
  ))
$$;
comment on function governance.wrong_rows_of(governance.quality_checks) is
  'The query of the keys of all rows that are wrong.';

create or replace function governance.count_rows_of(target governance.quality_checks) returns bigint
language sql stable
set search_path = ''
as $$
  select governance.read_quality(format(
    'select to_jsonb(count(*)) from %s where %s', governance.source_of(target), coalesce(target.live, 'true')
  ), target.time_zone)::bigint
$$;
comment on function governance.count_rows_of(governance.quality_checks) is
  'How many rows the check judges.';

create or replace function governance.start_outcome(target governance.quality_checks)
returns governance.quality_outcome
language plpgsql immutable
set search_path = ''
as $$
declare
  result governance.quality_outcome;
begin
  result.table_name := target.table_name;
  result.name := target.name;
  result.method := target.kind;
  result.failing_keys := '{}';
  return result;
end
$$;
comment on function governance.start_outcome(governance.quality_checks) is
  'An outcome of the check that says nothing yet.';

create or replace function governance.milliseconds_since(start timestamptz) returns numeric
language sql volatile
set search_path = ''
as $$ select round(extract(epoch from clock_timestamp() - start) * 1000, 3) $$;
comment on function governance.milliseconds_since(timestamptz) is 'Elapsed time.';

create or replace function governance.evaluate_by_catalog(target governance.quality_checks)
returns governance.quality_outcome
language plpgsql
set search_path = ''
as $$
declare
  started timestamptz := clock_timestamp();
  result governance.quality_outcome := governance.start_outcome(target);
begin
  perform governance.require_whole_table(target.relation);
  result.proof := governance.find_quality_proof(target);
  if result.proof is null then
    return null;
  end if;
  result.method := 'proved';
  result.outcome := 'passed';
  result.failures := 0;
  result.duration_ms := governance.milliseconds_since(started);
  return result;
exception when others then
  -- What cannot be proved is read, and reading says what is amiss.
  return null;
end
$$;
comment on function governance.evaluate_by_catalog(governance.quality_checks) is
  'The outcome of a check that the catalog proves; null if it does not, or cannot be asked.';

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
      'select jsonb_build_object(''failures'', count(*), ''keys'', array_agg(key) filter (where place <= %s)) '
      'from (select key, row_number() over () as place from (%s) as wrong) as numbered',
      key_limit, governance.wrong_rows_of(target)
    ), target.time_zone);
    result.failures := (answer -> 'failures')::bigint;
    result.failing_keys := array(select jsonb_array_elements_text(nullif(answer -> 'keys', 'null')));
  end if;
  if result.failures > 0 and target.kind <> 'value' then
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

create or replace function governance.count_scans(targets governance.quality_checks[]) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  return governance.read_quality(format(
    'select jsonb_build_object(''rows'', count(*), ''failures'', array[%s]) from %s where %s',
    (
      select string_agg(format('count(*) filter (where %s)', targets[place].predicate), ', ' order by place)
      from generate_subscripts(targets, 1) as place
    ),
    governance.source_of(targets[1]),
    coalesce(targets[1].live, 'true')
  ), targets[1].time_zone);
end
$$;
comment on function governance.count_scans(governance.quality_checks[]) is
  'Counts the wrong rows of several scans of one table in one reading.';

create or replace function governance.find_keys_of_scans(
  targets governance.quality_checks[], wanted boolean[], key_limit integer
) returns jsonb
language plpgsql stable
set search_path = ''
as $$
begin
  if true <> all (wanted) then
    return null;
  end if;
  return governance.read_quality(format(
    'select to_jsonb(array[%s]) from %s where %s',
    (
      select string_agg(
        case when wanted[place] then format(
          'to_jsonb((array_agg(%1$s order by %1$s) filter (where %2$s))[:%3$s])',
          governance.key_of(targets[place]), targets[place].predicate, key_limit
        ) else '''[]''::jsonb' end,
        ', ' order by place
      )
      from generate_subscripts(targets, 1) as place
    ),
    governance.source_of(targets[1]),
    coalesce(targets[1].live, 'true')
  ), targets[1].time_zone);
end
$$;
comment on function governance.find_keys_of_scans(governance.quality_checks[], boolean[], integer) is
  'The first keys of wrong rows of the wanted scans of one table, in one reading; null if none is wanted.';

create or replace function governance.evaluate_scans(targets governance.quality_checks[], key_limit integer)
returns setof governance.quality_outcome
language plpgsql
set search_path = ''
as $$
declare
  started timestamptz := clock_timestamp();
  -- Keys of more rows than this are neither gathered nor sorted: any of them will do.
  many constant bigint := 10000;
  counted jsonb;
  failures bigint[];
  keys jsonb;
  result governance.quality_outcome;
begin
  perform governance.require_whole_table(targets[1].relation);
  counted := governance.count_scans(targets);
  failures := array(select jsonb_array_elements_text(counted -> 'failures')::bigint);
  keys := governance.find_keys_of_scans(
    targets, array(select each between 1 and many from unnest(failures) as each), key_limit
  );
  for place in 1 .. cardinality(targets) loop
    result := governance.start_outcome(targets[place]);
    result.failures := failures[place];
    result.row_count := (counted -> 'rows')::bigint;
    if failures[place] > many then
      result.failing_keys := array(select jsonb_array_elements_text(governance.read_quality(format(
        'select to_jsonb(array(%s limit %s))', governance.wrong_rows_of(targets[place]), key_limit
      ), targets[place].time_zone)));
    elsif failures[place] > 0 then
      result.failing_keys := array(select jsonb_array_elements_text(keys -> (place - 1)));
    end if;
    result.outcome := governance.judge_quality(
      result.failures, result.row_count, targets[place].threshold, targets[place].unit
    );
    result.duration_ms := round(governance.milliseconds_since(started) / cardinality(targets), 3);
    return next result;
  end loop;
end
$$;
comment on function governance.evaluate_scans(governance.quality_checks[], integer) is
  'Runs scans of one table together: one reading, and a second for keys if rows are wrong. Raises if one of them does.';

create or replace function governance.evaluate_quality_checks(
  target text, names text[] default null, trust boolean default true, key_limit integer default 20
) returns setof governance.quality_outcome
language plpgsql
set search_path = ''
as $$
declare
  registered governance.quality_checks;
  scans governance.quality_checks[] := '{}';
  together governance.quality_checks[];
  result governance.quality_outcome;
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
      return next governance.evaluate_by_reading(registered, key_limit);
    end if;
  end loop;
  for together in
    select array_agg(each) from unnest(scans) as each group by each.relation, each.live
  loop
    begin
      return query select * from governance.evaluate_scans(together, key_limit);
    exception when others then
      -- One of them cannot run: each by itself, so that the others are heard.
      foreach registered in array together loop
        return next governance.evaluate_by_reading(registered, key_limit);
      end loop;
    end;
  end loop;
end
$$;
comment on function governance.evaluate_quality_checks(text, text[], boolean, integer) is
  'Runs the registered checks of one table: what the catalog proves is not read, scans share one reading, one check''s error hides no other. With trust false nothing is taken as proved.';

revoke all on function
  governance.read_quality(text, text),
  governance.require_whole_table(text),
  governance.judge_quality(bigint, bigint, numeric, text),
  governance.source_of(governance.quality_checks),
  governance.key_of(governance.quality_checks),
  governance.wrong_rows_of(governance.quality_checks),
  governance.count_rows_of(governance.quality_checks),
  governance.start_outcome(governance.quality_checks),
  governance.milliseconds_since(timestamptz),
  governance.evaluate_by_catalog(governance.quality_checks),
  governance.evaluate_by_reading(governance.quality_checks, integer),
  governance.count_scans(governance.quality_checks[]),
  governance.find_keys_of_scans(governance.quality_checks[], boolean[], integer),
  governance.evaluate_scans(governance.quality_checks[], integer),
  governance.evaluate_quality_checks(text, text[], boolean, integer)
from public;
