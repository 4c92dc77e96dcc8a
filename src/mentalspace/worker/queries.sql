-- name: measure_jobs
select
  job.name as job,
  extract(epoch from good.finished_at)::float8 as succeeded_at,
  extract(epoch from good.finished_at - good.started_at)::float8 as seconds,
  (job.paused_at is not null)::int as paused,
  (latest.status in ('failed', 'abandoned', 'missed'))::int as failing
from governance.jobs as job
left join lateral (
  select started_at, finished_at from governance.job_runs
  where job_runs.job = job.name and status = 'succeeded'
  order by scheduled_for desc limit 1
) as good on true
left join lateral (
  select status from governance.job_runs
  where job_runs.job = job.name and finished_at is not null
  order by scheduled_for desc limit 1
) as latest on true
order by job.name;

-- name: measure_open
select
  case when status = 'running' and lease_until < clock_timestamp() then 'silent' else status end as status,
  count(*) as number
from governance.job_runs
where status in ('queued', 'running')
group by 1;

-- name: measure_alerts
select count(*) as number from public.system_alerts where status <> 'resolved';
