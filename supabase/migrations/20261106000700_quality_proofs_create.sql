-- Purpose: does the catalog already prove that no row of a table is wrong, and by what
-- Affects: functions governance.is_impossible, prove_by_constraints, prove_by_unique_index, prove_by_foreign_key, prove_by_exclusion, find_quality_proof
-- Source: architecture, section 4 (proved by the catalog)
-- Reversal: drop function for each
-- Locks: none

-- Postgres' planner proves theorems: with constraint_exclusion it compares a condition with the validated,
-- immutable check constraints and the not-null columns of a table, and plans no reading at all when no row can
-- satisfy it. That is exactly what "proved by the catalog" means, and it is right by construction: a dropped
-- constraint, one not validated, one that looks at the time, all prove nothing.
create or replace function governance.is_impossible(source text, condition text) returns boolean
language plpgsql
set search_path = ''
set constraint_exclusion = 'on'
as $$
declare
  plan json;
begin
  execute 'explain (format json, costs off) select from ' || source || ' where ' || condition into plan;
  return coalesce(plan #>> '{0,Plan,Node Type}' = 'Result' and plan #>> '{0,Plan,One-Time Filter}' = 'false', false);
end
$$;
comment on function governance.is_impossible(text, text) is
  'Whether the planner proves that no row of the source satisfies the condition. Reads no row.';

create or replace function governance.prove_by_constraints(target governance.quality_checks) returns text
language plpgsql
set search_path = ''
as $$
declare
  relation regclass := target.relation;
  alias text := quote_ident(split_part(target.relation, '.', 2));
  wrong text := concat_ws(' and ', '(' || target.live || ')', '(' || target.predicate || ')');
  -- The same columns without constraints: what is impossible there follows from what is added.
  bare text := format('pg_catalog.jsonb_populate_recordset(null::%s, ''[]'') as %s', relation, alias);
  columns text[] := array(select jsonb_array_elements_text(target.proof -> 'columns'));
  involved smallint[] := array(
    select attnum from pg_catalog.pg_attribute where attrelid = relation and attname = any (columns)
  );
  empty text := (
    select string_agg(format('%I is null', attname), ' or ')
    from pg_catalog.pg_attribute where attrelid = relation and attnum = any (involved) and attnotnull
  );
  names text[];
  conditions text[];
  others text[];
begin
  if not governance.is_impossible(format('%s as %s', relation, alias), wrong) then
    return null;
  end if;
  select array_agg(conname order by conname), array_agg(pg_catalog.pg_get_expr(conbin, conrelid) order by conname)
  into names, conditions
  from pg_catalog.pg_constraint
  where conrelid = relation and contype = 'c' and convalidated and conkey && involved;
  -- Where an empty column can be wrong, only "not null" keeps it from being so.
  if empty is not null and governance.is_impossible(bare, wrong || ' and (' || empty || ')') then
    empty := null;
  end if;
  wrong := concat_ws(' and ', wrong, 'not (' || empty || ')');
  -- Name what the proof needs: whatever can be left out is.
  for place in reverse coalesce(cardinality(names), 0) .. 1 loop
    others := conditions[:place - 1] || conditions[place + 1:];
    if governance.is_impossible(bare, array_to_string(wrong || others, ' and ')) then
      conditions := others;
      names := names[:place - 1] || names[place + 1:];
    end if;
  end loop;
  return array_to_string(names || case when empty is not null then 'not null' end, ', ');
end
$$;
comment on function governance.prove_by_constraints(governance.quality_checks) is
  'The check constraints, or not null, that the wrong rows of a check would contradict; null if there are none.';

create or replace function governance.prove_by_unique_index(target governance.quality_checks) returns text
language sql
set search_path = ''
as $$
  select name.relname
  from pg_catalog.pg_index as found
  join pg_catalog.pg_class as name on name.oid = found.indexrelid
  where found.indrelid = target.relation::regclass
    and found.indisunique and found.indisvalid and found.indexprs is null
    and array(
      select part.attname::text
      from pg_catalog.generate_series(0, found.indnkeyatts - 1) as place (number)
      join pg_catalog.pg_attribute as part
        on part.attrelid = found.indrelid and part.attnum = found.indkey[place.number]
    ) <@ array(select jsonb_array_elements_text(target.proof -> 'columns'))
    -- A partial index proves what it covers: no judged row may lie outside.
    and (found.indpred is null or governance.is_impossible(
      target.relation::regclass::text,
      concat_ws(' and ',
        '(' || target.live || ')', '(' || (target.proof ->> 'where') || ')',
        '(' || pg_catalog.pg_get_expr(found.indpred, found.indrelid) || ') is not true')
    ))
  order by found.indisprimary, name.relname
  limit 1
$$;
comment on function governance.prove_by_unique_index(governance.quality_checks) is
  'A valid unique index over the columns of a check, or some of them; null if there is none.';

create or replace function governance.prove_by_foreign_key(target governance.quality_checks) returns text
language sql stable
set search_path = ''
as $$
  select each.conname
  from pg_catalog.pg_constraint as each
  join pg_catalog.pg_attribute as own
    on own.attrelid = each.conrelid and own.attname = target.proof ->> 'column'
  join pg_catalog.pg_attribute as theirs
    on theirs.attrelid = each.confrelid and theirs.attname = target.proof ->> 'to_column'
  where each.contype = 'f' and each.convalidated
    and each.conrelid = target.relation::regclass
    and each.confrelid = (target.proof ->> 'to_table')::regclass
    and each.conkey = array[own.attnum] and each.confkey = array[theirs.attnum]
    -- Switched-off triggers let anything in.
    and not exists (select from pg_catalog.pg_trigger where tgconstraint = each.oid and tgenabled = 'D')
  order by each.conname
  limit 1
$$;
comment on function governance.prove_by_foreign_key(governance.quality_checks) is
  'The validated, enforced foreign key of a check; null if there is none.';

create or replace function governance.prove_by_exclusion(target governance.quality_checks) returns text
language sql
set search_path = ''
as $$
  select each.conname
  from pg_catalog.pg_constraint as each
  join pg_catalog.pg_index as found on found.indexrelid = each.conindid
  cross join lateral (
    select
      array_agg(part.text) filter (where part.operator = '=') as equal,
      array_agg(part.text) filter (where part.operator = '&&') as overlapping,
      count(*) filter (where part.operator not in ('=', '&&')) as others
    from (
      select
        pg_catalog.pg_get_indexdef(found.indexrelid, place.number, true) as text,
        (select oprname from pg_catalog.pg_operator where oid = each.conexclop[place.number]) as operator
      from pg_catalog.generate_series(1, found.indnkeyatts) as place (number)
    ) as part
  ) as parts
  cross join lateral (
    select array_agg(format(shape, target.proof ->> 'start', target.proof ->> 'end')) as ranges
    from unnest(array['tstzrange', 'tsrange', 'daterange']) as type (name)
    cross join lateral unnest(array[
      name || '(%I, %I)', name || '(%I, %I, ''[)''::text)', name || '(%I, %I, ''[]''::text)'
    ]) as shapes (shape)
  ) as wanted
  where each.contype = 'x' and each.conrelid = target.relation::regclass
    and parts.others = 0 and cardinality(parts.overlapping) = 1 and parts.overlapping <@ wanted.ranges
    and coalesce(parts.equal, '{}') <@
      array(select quote_ident(jsonb_array_elements_text(target.proof -> 'within')))
    and (found.indpred is null or governance.is_impossible(
      target.relation::regclass::text,
      concat_ws(' and ',
        '(' || target.live || ')', '(' || (target.proof ->> 'where') || ')',
        '(' || pg_catalog.pg_get_expr(found.indpred, found.indrelid) || ') is not true')
    ))
  order by each.conname
  limit 1
$$;
comment on function governance.prove_by_exclusion(governance.quality_checks) is
  'The exclusion constraint that keeps the judged rows of a check from overlapping; null if there is none.';

create or replace function governance.find_quality_proof(target governance.quality_checks) returns text
language plpgsql
set search_path = ''
as $$
begin
  case target.proof ->> 'kind'
    when 'predicate' then return governance.prove_by_constraints(target);
    when 'unique' then return governance.prove_by_unique_index(target);
    when 'foreign_key' then return governance.prove_by_foreign_key(target);
    when 'exclusion' then return governance.prove_by_exclusion(target);
    else return null;
  end case;
end
$$;
comment on function governance.find_quality_proof(governance.quality_checks) is
  'What in the catalog of this database proves, now, that a check cannot fail; null if nothing does.';

revoke all on function
  governance.is_impossible(text, text),
  governance.prove_by_constraints(governance.quality_checks),
  governance.prove_by_unique_index(governance.quality_checks),
  governance.prove_by_foreign_key(governance.quality_checks),
  governance.prove_by_exclusion(governance.quality_checks),
  governance.find_quality_proof(governance.quality_checks)
from public;
