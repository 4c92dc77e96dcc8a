-- Purpose: the one reading of a retention rule: which rows are due, and why the others are not
-- Affects: functions governance.find_key_columns, governance.has_column, governance.join_retention_subject,
--   governance.render_retention_children, governance.render_keep_until, governance.render_clock,
--   governance.render_retention_statement
-- Source: architecture, section 8
-- Reversal: drop these functions
-- Locks: none

create or replace function governance.find_key_columns(relation regclass) returns text[]
language sql stable strict
set search_path = ''
as $$
  select coalesce(array_agg(attribute.attname::text order by place.ordinality), '{}')
  from pg_catalog.pg_index as key
  cross join lateral unnest(key.indkey::int2[]) with ordinality as place (attnum, ordinality)
  join pg_catalog.pg_attribute as attribute
    on attribute.attrelid = key.indrelid and attribute.attnum = place.attnum
  where key.indrelid = relation and key.indisprimary
$$;
comment on function governance.find_key_columns(regclass) is
  'The columns of the primary key in order; empty without one.';
revoke all on function governance.find_key_columns(regclass) from public;

create or replace function governance.has_column(relation regclass, name text) returns boolean
language sql stable strict
set search_path = ''
as $$
  select exists (
    select from pg_catalog.pg_attribute
    where attrelid = relation and attname = name and attnum > 0 and not attisdropped
  )
$$;
comment on function governance.has_column(regclass, text) is 'Whether the table has this column now.';
revoke all on function governance.has_column(regclass, text) from public;

create or replace function governance.join_retention_subject(rule public.data_retention_policies)
returns text
language plpgsql stable
set search_path = ''
as $$
declare
  subject_key text[];
begin
  if rule.subject_table is null then
    return '';
  end if;
  subject_key := governance.find_key_columns(format('public.%I', rule.subject_table)::regclass);
  if cardinality(subject_key) <> 1 then
    raise exception 'retention of %: % needs a primary key of one column', rule.data_type, rule.subject_table
      using errcode = '42P16';
  end if;
  return format(
    'join public.%I as subject on subject.%I = target.%I',
    rule.subject_table, subject_key[1], rule.subject_column
  );
end
$$;
comment on function governance.join_retention_subject(public.data_retention_policies) is
  'SQL text: the join from target to its subject; empty when the row is its own.';
revoke all on function governance.join_retention_subject(public.data_retention_policies) from public;

-- Children come from the catalog and not from the rule alone: a table added tomorrow holds a hard delete back
-- at once, whatever its foreign key would do (restrict would fail, cascade would take rows that are not due).
create or replace function governance.render_retention_children(rule public.data_retention_policies)
returns text
language plpgsql stable
set search_path = ''
as $$
declare
  target regclass := format('public.%I', rule.table_name)::regclass;
  hard boolean := rule.deletion_method = 'hard_delete';
  names text[] := '{}';
  tests text[] := '{}';
  child record;
begin
  for child in
    select
      relation.oid::regclass as relation,
      relation.relname::text as name,
      string_agg(format('child.%I = target.%I', own.attname, other.attname), ' and ') as condition
    from pg_catalog.pg_constraint as reference
    join pg_catalog.pg_class as relation on relation.oid = reference.conrelid
    cross join lateral unnest(reference.conkey, reference.confkey) as pair (own, other)
    join pg_catalog.pg_attribute as own on own.attrelid = reference.conrelid and own.attnum = pair.own
    join pg_catalog.pg_attribute as other on other.attrelid = reference.confrelid and other.attnum = pair.other
    where reference.contype = 'f' and reference.confrelid = target and reference.conparentid = 0
      and (hard or reference.conrelid <> reference.confrelid)
      and (hard or rule.waits_for = '{*}' or relation.relname = any (rule.waits_for))
    group by reference.oid, relation.oid, relation.relname
    order by relation.relname, reference.oid
  loop
    names := names || child.name;
    -- A soft delete waits until its children are gone for users, a hard one until they are gone.
    tests := tests || format(
      'case when exists (select from %s as child where %s%s) then %L end',
      child.relation,
      child.condition,
      case when not hard and governance.has_column(child.relation, 'deleted_at')
        then ' and child.deleted_at is null' else '' end,
      child.name
    );
  end loop;
  if not rule.waits_for <@ (names || '*'::text) then
    raise exception 'retention of %: a table of waits_for has no foreign key to %', rule.data_type, rule.table_name
      using errcode = '42830';
  end if;
  return format('array_remove(array[%s]::text[], null)', array_to_string(tests, ', '));
end
$$;
comment on function governance.render_retention_children(public.data_retention_policies) is
  'SQL text: the names of the tables that still hold rows referring to target.';
revoke all on function governance.render_retention_children(public.data_retention_policies) from public;

create or replace function governance.render_keep_until(rule public.data_retention_policies) returns text
language sql stable
set search_path = ''
as $$
  select case
    when rule.birth_column is null then governance.render_month_addition('clock.basis', rule.retention_period_months)
    -- Without a birth date nobody knows whether the longer period applies: then there is no end.
    else format(
      'case when clock.born is not null then greatest(%s, case when clock.basis < %s then %s end) end',
      governance.render_month_addition('clock.basis', rule.retention_period_months),
      governance.render_month_addition('clock.born', rule.under_age * 12),
      governance.render_month_addition('clock.born', rule.until_age * 12)
    )
  end
$$;
comment on function governance.render_keep_until(public.data_retention_policies) is
  'SQL text: the last day on which a row must be kept: the later of its period and, for minors, their age.';
revoke all on function governance.render_keep_until(public.data_retention_policies) from public;

create or replace function governance.render_clock(rule public.data_retention_policies) returns text
language plpgsql stable
set search_path = ''
as $$
declare
  alias text := case when rule.subject_table is null then 'target' else 'subject' end;
  relation regclass := format('public.%I', coalesce(rule.subject_table, rule.table_name))::regclass;
  days text[];
begin
  select array_agg(governance.render_practice_date(alias, relation, name))
    into days from unnest(rule.basis_columns || rule.birth_column) as name where name is not null;
  if array_position(days, null) is not null then
    raise exception 'retention of %: a basis or birth column is not a date of %', rule.data_type, relation
      using errcode = '42703';
  end if;
  return format(
    'select %s as ended, greatest(%s) as basis, %s as born',
    case
      when rule.ended_column is null then 'true'
      when rule.ended_values = '{}' then format('%I.%I is not null', alias, rule.ended_column)
      else format('coalesce(%I.%I::text = any (%L::text[]), false)', alias, rule.ended_column, rule.ended_values)
    end,
    array_to_string(days[1:cardinality(rule.basis_columns)], ', '),
    coalesce(days[cardinality(rule.basis_columns) + 1], 'null::date')
  );
end
$$;
comment on function governance.render_clock(public.data_retention_policies) is
  'SQL text: whether the clock of target runs, since which day, and the birth date that may prolong it.';
revoke all on function governance.render_clock(public.data_retention_policies) from public;

create or replace function governance.render_retention_statement(rule public.data_retention_policies)
returns text
language plpgsql stable
set search_path = ''
as $$
declare
  target regclass := format('public.%I', rule.table_name)::regclass;
  soft boolean := rule.deletion_method = 'soft_delete';
  key text;
begin
  if soft and not governance.has_column(target, 'deleted_at') then
    raise exception 'retention of %: % has no column deleted_at', rule.data_type, rule.table_name
      using errcode = '42703', hint = 'Add the column, or let the rule delete for good.';
  end if;
  select string_agg(format('target.%I', name), ', ')
    into key from unnest(governance.find_key_columns(target)) as name;
  -- "offset 0" keeps each step a step: flattened, the planner would copy its arithmetic into every use.
  return format(
    $statement$
      select
        target.tableoid as relation,
        target.ctid as place,
        concat_ws(',', %1$s) as key,
        deadline.keep_until,
        children.waits_for,
        case
          when not clock.ended then 'active'
          when deadline.keep_until is null then 'undated'
          when deadline.keep_until >= $1 then 'kept'
          when children.waits_for <> '{}' then 'waiting'
          else 'due'
        end as state
      from %2$s as target
      %3$s
      cross join lateral (%4$s offset 0) as clock
      cross join lateral (select case when clock.ended then %5$s end as keep_until offset 0) as deadline
      cross join lateral (
        select case when deadline.keep_until < $1 then %6$s end as waits_for offset 0
      ) as children
      where %7$s
    $statement$,
    coalesce(key, 'target.ctid'),
    target,
    case when rule.subject_table is null then '' else 'left ' || governance.join_retention_subject(rule) end,
    governance.render_clock(rule),
    governance.render_keep_until(rule),
    governance.render_retention_children(rule),
    case when soft then 'target.deleted_at is null' else 'true' end
  );
end
$$;
comment on function governance.render_retention_statement(public.data_retention_policies) is
  'SQL text: every live row of the rule''s table with its state on day $1: active, undated, kept, waiting or due.';
revoke all on function governance.render_retention_statement(public.data_retention_policies) from public;
