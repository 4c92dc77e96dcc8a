-- name: list_deadlines
select name, title, module, task, table_name, severity, owner, path, remediation
from governance.deadlines
order by name;

-- name: measure_breaches
select
  count(*) as rows,
  coalesce(extract(epoch from now() - min(due_at)), 0)::float8 as overdue,
  coalesce((array_agg(row_key order by due_at, row_key))[1:%(most)s], '{}') as keys
from governance.find_breaches(%(name)s);
