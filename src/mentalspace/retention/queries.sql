-- name: plan
select * from governance.plan_retention(%(as_of)s, %(with_keys)s);

-- name: fetch_today
select governance.practice_today() as today;

-- name: list_rules
select data_type from public.data_retention_policies where is_active order by apply_order, data_type;

-- name: begin_run
select governance.begin_retention_run(%(origin)s) as id;

-- name: find_due_rows
select relation, place::text as place from governance.find_due_rows(%(data_type)s, %(most)s);

-- name: remove_due_rows
select governance.remove_due_rows(
  %(run_id)s, %(data_type)s, %(relations)s::oid[], %(places)s::text[]::tid[]
) as removed;

-- name: finish_run
select governance.finish_retention_run(%(run_id)s);

-- name: list_removals
select data_type, table_name, deletion_method, removed, batches
from governance.retention_removals where run_id = %(run_id)s
order by data_type;
