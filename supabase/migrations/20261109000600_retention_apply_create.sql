-- Purpose: remove what is due, a batch at a time, each row judged again by the statement that removes it
-- Affects: functions governance.begin_retention_run, governance.finish_retention_run, governance.fetch_retention_rule,
--   governance.find_due_rows, governance.remove_due_rows, governance.apply_retention_policies,
--   public.apply_retention_policies
-- Source: production plan, 3.2 (apply_retention_policies); architecture, section 8
-- Reversal: drop these functions
-- Locks: none

create or replace function governance.begin_retention_run(origin text) returns bigint
language sql volatile
set search_path = ''
as $$
  with run as (
    insert into governance.retention_runs (origin) values (begin_retention_run.origin) returning id
  ), counts as (
    insert into governance.retention_removals
      (run_id, data_type, table_name, deletion_method, retention_period_months)
    select run.id, policy.data_type, policy.table_name, policy.deletion_method, policy.retention_period_months
    from run cross join public.data_retention_policies as policy
    where policy.is_active
  )
  select id from run
$$;
comment on function governance.begin_retention_run(text) is
  'Opens a run with a zero for every active rule; returns its id.';
revoke all on function governance.begin_retention_run(text) from public;

create or replace function governance.finish_retention_run(run_id bigint) returns void
language sql volatile
set search_path = ''
as $$
  update governance.retention_runs set finished_at = clock_timestamp()
  where id = finish_retention_run.run_id and finished_at is null
$$;
comment on function governance.finish_retention_run(bigint) is 'Marks a run as finished.';
revoke all on function governance.finish_retention_run(bigint) from public;

create or replace function governance.find_due_rows(data_type text, most integer)
returns table (relation oid, place tid)
language plpgsql stable
set search_path = ''
as $$
declare
  rule public.data_retention_policies;
begin
  select * into rule from public.data_retention_policies as policy
    where policy.data_type = find_due_rows.data_type and policy.is_active;
  if not found then
    return;
  end if;
  return query execute format(
    'select relation, place from (%s) as judged where state = ''due'' limit $2',
    governance.render_retention_statement(rule)
  ) using governance.practice_today(), most;
end
$$;
comment on function governance.find_due_rows(text, integer) is
  'Read-only: where rows that are due today lie; at most so many. Only a hint: remove_due_rows judges again.';
revoke all on function governance.find_due_rows(text, integer) from public;

create or replace function governance.remove_due_rows(
  run_id bigint, data_type text, relations oid[], places tid[]
) returns integer
language plpgsql volatile
set search_path = ''
set lock_timeout = '2s'
as $$
declare
  rule public.data_retention_policies;
  day date := governance.practice_today();
  number integer := 0;
begin
  -- The removing statement must see all that was committed before the locks were taken.
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'retention needs isolation level read committed' using errcode = '25001';
  end if;
  select * into rule from public.data_retention_policies as policy
    where policy.data_type = remove_due_rows.data_type and policy.is_active;
  if not found then
    return 0;
  end if;
  -- A locked row cannot change or get a new child (whose foreign key locks its parent), and a locked subject
  -- cannot be reopened. What somebody else holds is left for the next run: nobody waits for a row of ours.
  execute format(
    $statement$
      select array_agg(held.relation), array_agg(held.place) from (
        select target.tableoid as relation, target.ctid as place
        from unnest($1, $2) as chosen (relation, place)
        join public.%I as target on target.ctid = chosen.place and target.tableoid = chosen.relation
        %s
        for update of target skip locked %s
      ) as held
    $statement$,
    rule.table_name,
    governance.join_retention_subject(rule),
    case when rule.subject_table is null then '' else 'for share of subject skip locked' end
  ) into relations, places using relations, places;
  execute format(
    case rule.deletion_method
      when 'soft_delete' then 'with due as (%2$s) update public.%1$I as target set deleted_at = now() from due '
      when 'hard_delete' then 'with due as (%2$s) delete from public.%1$I as target using due '
    end || 'where target.ctid = due.place and target.tableoid = due.relation',
    rule.table_name,
    format(
      $statement$
        select judged.relation, judged.place
        from unnest($2, $3) as held (relation, place)
        join (%s) as judged on judged.place = held.place and judged.relation = held.relation
        where judged.state = 'due'
      $statement$,
      governance.render_retention_statement(rule)
    )
  ) using day, relations, places;
  get diagnostics number = row_count;
  update governance.retention_removals as counted
    set removed = counted.removed + number, batches = counted.batches + 1
    where counted.run_id = remove_due_rows.run_id and counted.data_type = remove_due_rows.data_type;
  return number;
end
$$;
comment on function governance.remove_due_rows(bigint, text, oid[], tid[]) is
  'Removes those of the given rows that are due now, by the rule''s method, and counts them; returns how many.';
revoke all on function governance.remove_due_rows(bigint, text, oid[], tid[]) from public;

-- Definer because service_role has no rights in governance and need not own the tables.
create or replace function governance.apply_retention_policies() returns void
language plpgsql volatile security definer
set search_path = ''
as $$
declare
  run bigint := governance.begin_retention_run('rpc');
  rule text;
  relations oid[];
  places tid[];
begin
  for rule in
    select policy.data_type from public.data_retention_policies as policy
    where policy.is_active order by policy.apply_order, policy.data_type
  loop
    loop
      select array_agg(due.relation), array_agg(due.place) into relations, places
        from governance.find_due_rows(rule, 5000) as due;
      exit when relations is null;
      -- Rows that others hold stay; without progress the rest is the next run's.
      exit when governance.remove_due_rows(run, rule, relations, places) = 0;
    end loop;
  end loop;
  perform governance.finish_retention_run(run);
end
$$;
comment on function governance.apply_retention_policies() is
  'Removes everything due in one transaction; `mentalspace retention apply` does the same in short ones.';
revoke all on function governance.apply_retention_policies() from public;
grant execute on function governance.apply_retention_policies() to service_role;

create or replace function public.apply_retention_policies() returns void
language sql volatile
set search_path = ''
as $$ select governance.apply_retention_policies() $$;
comment on function public.apply_retention_policies() is
  'The production plan''s name for a retention run. Service role only.';
revoke all on function public.apply_retention_policies() from public, anon, authenticated;
grant execute on function public.apply_retention_policies() to service_role;
