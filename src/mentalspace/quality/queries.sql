-- name: list_tables
select distinct table_name from governance.quality_checks order by table_name;

-- name: list_checks
select table_name, name from governance.quality_checks
where %(table)s::text is null or table_name = %(table)s
order by table_name, name;

-- name: begin_reading
-- one snapshot, and whatever a check may hold, it cannot write
set transaction isolation level repeatable read, read only;

-- name: limit_time
-- one reading at a time: room to sort and to join in memory
select set_config('statement_timeout', %(timeout)s, true), set_config('work_mem', '64MB', true);

-- name: evaluate
select outcome.*, registered.threshold::float8, registered.unit, registered.severity, registered.owner,
  registered.title, registered.description, registered.remediation, registered.contract_version, registered.digest
from governance.evaluate_quality_checks(%(table)s, %(names)s::text[], %(trust)s, %(key_limit)s) as outcome
join governance.quality_checks as registered using (table_name, name);

-- name: begin_pass
-- one snapshot for all that a pass reads and keeps
set transaction isolation level repeatable read;

-- name: lock_states
-- before the first query, which takes the snapshot: passes follow one another
lock table governance.quality_states in share row exclusive mode;

-- name: settle
select governance.settle_quality();

-- name: answer
select answer.*, registered.threshold::float8, registered.unit, registered.severity, registered.owner,
  registered.title, registered.description, registered.remediation, registered.contract_version, registered.digest
from governance.answer_quality(null, %(key_limit)s) as answer
join governance.quality_checks as registered using (table_name, name)
where answer.table_name = any (%(tables)s)
order by answer.table_name, answer.name;

-- name: read_whole
select answer.*, registered.threshold::float8, registered.unit, registered.severity, registered.owner,
  registered.title, registered.description, registered.remediation, registered.contract_version, registered.digest
from governance.read_whole_quality(%(table)s, %(names)s::text[], %(key_limit)s) as answer
join governance.quality_checks as registered using (table_name, name)
order by answer.name;

-- name: list_all_checks
select table_name, array_agg(name order by name) as names
from governance.quality_checks
where table_name = any (%(tables)s)
group by table_name
order by table_name;

-- name: forget_everything
-- what was captured is covered by reading everything
select governance.forget_quality(array(select id from governance.quality_states));

-- name: empty_queue
delete from governance.quality_changes;

-- name: describe
select table_name, name, kind as method, threshold::float8, unit, severity, owner, title, description, remediation,
  contract_version, digest
from governance.quality_checks where table_name = %(table)s and name = %(name)s;

-- name: insert_run
insert into public.data_quality_results (check_date, results, scores, score, triggered_by, duration_ms)
values (%(check_date)s, %(results)s, %(scores)s, %(score)s, %(triggered_by)s, %(duration_ms)s)
returning id;

-- name: insert_history
insert into governance.quality_check_history (
  run_id, table_name, name, checked_at, outcome, method, proof, failures, row_count, failing_keys, duration_ms,
  error_code, threshold, unit, severity, owner, contract_version, digest, way, rows_read
)
select %(run_id)s, each.table_name, each.name, %(checked_at)s, each.outcome, each.method, each.proof, each.failures,
  each.row_count, each.failing_keys, each.duration_ms, each.error_code, each.threshold, each.unit, each.severity,
  each.owner, each.contract_version, each.digest, each.way, each.rows_read
from jsonb_populate_recordset(null::governance.quality_check_history, %(results)s) as each;

-- name: list_latest
select registered.table_name, registered.name, latest.outcome, latest.failures, latest.error_code, latest.digest
from governance.quality_checks as registered
cross join lateral (
  select history.outcome, history.failures, history.error_code, history.digest
  from governance.quality_check_history as history
  where history.table_name = registered.table_name and history.name = registered.name
  order by history.checked_at desc
  limit 1
) as latest;

-- name: open_alerts
insert into governance.quality_alerts (table_name, name, owner, severity, opened_by)
select each.table_name, each.name, each.owner, each.severity, %(run_id)s
from jsonb_populate_recordset(null::governance.quality_alerts, %(alerts)s) as each
on conflict (table_name, name) where resolved_at is null do nothing
returning table_name, name;

-- name: resolve_alerts
update governance.quality_alerts as alert
set resolved_at = now(), resolved_by = %(run_id)s
from jsonb_populate_recordset(null::governance.quality_alerts, %(alerts)s) as passed
where alert.resolved_at is null and alert.table_name = passed.table_name and alert.name = passed.name
returning alert.table_name, alert.name;

-- name: list_clocked
-- rules that a clock of the RACI matrix says too: the clock alerts, sooner and to whom the rows concern
select promised.rule
from governance.raci_promises as promised
join governance.raci_versions as matrix using (module, version)
where matrix.is_active and promised.rule is not null and promised.statement is not null;

-- name: list_open_alerts
-- by table and owner; and alerts of whose checks none is open any more
select coalesce(open.table_name, told.table_name) as table_name, coalesce(open.owner, told.owner) as owner,
  coalesce(open.checks, 0) as checks, coalesce(open.is_critical, false) as is_critical,
  told.table_name is not null as is_told
from (
  select table_name, owner, count(*)::integer as checks, bool_or(severity = 'critical') as is_critical
  from governance.quality_alerts
  where resolved_at is null
  group by table_name, owner
) as open
full join (
  select split_part(alert_key, ':', 2) as table_name, split_part(alert_key, ':', 3) as owner
  from public.system_alerts
  where metric = 'quality' and status <> 'resolved' and alert_key is not null
) as told on told.table_name = open.table_name and told.owner = open.owner
order by 1, 2;

-- name: find_ladder
-- the escalation for wrong data of the module that enforces the table
select ladder.path, ladder.patience
from governance.raci_escalations as ladder
join governance.raci_versions as matrix using (module, version)
join governance.raci_enforcements as enforced using (module, version)
where matrix.is_active and 'data_quality' = any (ladder.answers)
  and 'public.' || enforced.table_name = %(table)s
order by (ladder.path[1] = %(owner)s) desc, ladder.module
limit 1;

-- name: forget_alerts
-- a check that left the contract neither fails nor passes
update governance.quality_alerts as alert
set resolved_at = now(), resolved_by = %(run_id)s
where alert.resolved_at is null and not exists (
  select from governance.quality_checks as registered
  where registered.table_name = alert.table_name and registered.name = alert.name
);

-- name: find_vacant_positions
select distinct registered.owner
from governance.quality_checks as registered
where not exists (
  select from governance.position_holders as held
  join public.profiles as person on person.id = held.user_id
  where held.position = registered.owner and person.is_active
)
order by registered.owner;

-- name: show_scores
select table_name, score::float8, goal::float8, meets_goal, checks, failed, errors, row_count, check_date
from public.data_quality_scores
order by table_name nulls last;

-- name: show_failing
-- the latest outcome of each registered check, where it is not a pass
select latest.*, registered.title, registered.description, registered.remediation
from governance.quality_checks as registered
cross join lateral (
  select history.table_name, history.name, history.outcome, history.method, history.proof, history.failures,
    history.row_count, history.failing_keys, history.duration_ms::float8, history.error_code,
    history.threshold::float8, history.unit, history.severity, history.owner, history.contract_version,
    history.digest
  from governance.quality_check_history as history
  where history.table_name = registered.table_name and history.name = registered.name
  order by history.checked_at desc
  limit 1
) as latest
where latest.outcome <> 'passed'
order by latest.table_name, latest.name;

-- name: find_check
select registered.*, registered.threshold::float8 as threshold,
  case when registered.kind = 'value' then registered.value else governance.wrong_rows_of(registered) end as statement
from governance.quality_checks as registered
where %(name)s in (
  registered.table_name || '.' || registered.name,
  regexp_replace(registered.table_name, '^public\.', '') || '.' || registered.name
);

-- name: find_way
select base.full_because, coalesce(state.basis = base.basis, false) as is_known, state.verified_at
from governance.find_quality_bases() as base
left join governance.quality_states as state using (table_name, name)
where base.table_name = %(table)s and base.name = %(name)s;

-- name: prove_check
select governance.find_quality_proof(registered) as proof
from governance.quality_checks as registered
where registered.table_name = %(table)s and registered.name = %(name)s;

-- name: list_runs
select check_date, score::float8, triggered_by, duration_ms,
  (select coalesce(sum((each.value ->> 'failed')::integer), 0) from jsonb_each(scores) as each)::integer as failed,
  (select coalesce(sum((each.value ->> 'errors')::integer), 0) from jsonb_each(scores) as each)::integer as errors
from public.data_quality_results
order by check_date desc
limit %(limit)s;

-- name: list_history
select checked_at, outcome, method, proof, failures, row_count, failing_keys, duration_ms::float8, error_code,
  contract_version
from governance.quality_check_history
where table_name = %(table)s and name = %(name)s
order by checked_at desc
limit %(limit)s;

-- name: see_every_row
-- a role that policies would show some rows only gets an error
select set_config('row_security', 'off', true);

-- name: list_common_values
-- all values, or none: not if there are many, one is rare, or one is more than a word
with counted as materialized (
  select {column}::text as value, count(*) as n from {relation}
  where {column} is not null and ({live})
  group by 1
)
select value from counted
where (
  select count(*) between 1 and %(most)s and min(n) >= %(cell)s and bool_and(value ~ '^[A-Za-z][A-Za-z _-]*$')
    and max(length(value)) <= 40
  from counted
)
order by value;

-- name: has_changes
-- of tables that people work on: what the system writes of itself, such as the record of a run, wakes nobody
select
  exists (
    select from governance.quality_changes as changed
    join governance.raci_reach as reach on 'public.' || reach.subject = changed.relation
  )
  and not exists (
    select from governance.job_pauses where job = 'data_quality_changes' and resumed_at is null
  ) as due;
