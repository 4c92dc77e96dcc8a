-- Purpose: what retention would remove on a day, and what it keeps for which reason
-- Affects: function governance.plan_retention
-- Source: architecture, section 8
-- Reversal: drop function governance.plan_retention(date, boolean);
-- Locks: none

create or replace function governance.plan_retention(as_of date default null, with_keys boolean default false)
returns table (
  data_type text,
  table_name text,
  deletion_method text,
  retention_period_months integer,
  owner_position text,
  reason text,
  subject_table text,
  active bigint,
  undated bigint,
  kept bigint,
  waiting bigint,
  due bigint,
  next_due date,
  waits_for jsonb,
  keys jsonb
)
language plpgsql stable
set search_path = ''
as $$
declare
  day date := coalesce(as_of, governance.practice_today());
  rule public.data_retention_policies;
begin
  for rule in
    select * from public.data_retention_policies as policy
    where policy.is_active order by policy.apply_order, policy.data_type
  loop
    return query execute format(
      $statement$
        with judged as materialized (%s)
        select
          $2, $3, $4, $5, $6, $7, $8,
          count(*) filter (where state = 'active'),
          count(*) filter (where state = 'undated'),
          count(*) filter (where state = 'kept'),
          count(*) filter (where state = 'waiting'),
          count(*) filter (where state = 'due'),
          (min(keep_until) filter (where state = 'kept')) + 1,
          (
            select coalesce(jsonb_object_agg(name, number), '{}')
            from (
              select name, count(*) as number
              from judged as held cross join lateral unnest(held.waits_for) as name
              where held.state = 'waiting' group by name
            ) as children
          ),
          case when $9 then jsonb_build_object(
            'due', coalesce(jsonb_agg(key order by key) filter (where state = 'due'), '[]'),
            'waiting', coalesce(jsonb_object_agg(key, to_jsonb(judged.waits_for)) filter (where state = 'waiting'), '{}'),
            'undated', coalesce(jsonb_agg(key order by key) filter (where state = 'undated'), '[]')
          ) end
        from judged
      $statement$,
      governance.render_retention_statement(rule)
    ) using day, rule.data_type, rule.table_name, rule.deletion_method, rule.retention_period_months,
      rule.owner_position, rule.reason, rule.subject_table, with_keys;
  end loop;
end
$$;
comment on function governance.plan_retention(date, boolean) is
  'Read-only: counts by rule on a day (today in the practice''s time zone), with keys on request. Never values.';
revoke all on function governance.plan_retention(date, boolean) from public;
