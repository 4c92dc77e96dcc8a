-- Purpose: roles of people who left long ago go, although what is derived from them (held_reach) refers to them
-- Affects: function governance.render_retention_children
-- Source: architecture, section 8; 20261122093652_held_reach_create.sql
-- Reversal: run its part of 20261109000400_retention_statement_create.sql again
-- Locks: none

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
      -- What is only derived from the row is no record of its own, and goes along.
      and reference.conrelid <> 'governance.held_reach'::regclass
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
