-- name: hold_run
-- `for key share` lets heartbeats through and keeps out a take-over, which locks `for update`
select run_id
from governance.job_runs
where run_id = %(run_id)s and fencing_token = %(fencing_token)s and status = 'running'
for key share;
