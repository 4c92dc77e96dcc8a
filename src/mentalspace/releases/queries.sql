-- name: record
insert into public.releases (
  version, deployed_at, deployed_by_position, changes, deployment_minutes, rollback_required
)
select
  %(version)s, moment, %(deployed_by_position)s, %(changes)s, %(deployment_minutes)s, %(rollback_required)s
from (select coalesce(%(deployed_at)s::timestamptz, now()) as moment) as clock
-- a clock that runs ahead a little is no release of tomorrow
where moment <= now() + interval '5 minutes'
on conflict (version) do nothing
returning version;

-- name: find_releases
select
  release.version as release_version,
  release.deployed_at as release_date,
  release.deployed_by_position as deployed_by,
  release.changes,
  release.deployment_minutes,
  release.rollback_required,
  case
    when review.status = 'completed' then 'completed'
    when now() >= review.overdue_after then 'overdue'
    when now() >= review.scheduled_for then 'due'
    else 'scheduled'
  end as state,
  review.scheduled_for,
  review.overdue_after,
  review.facilitator_position as facilitator,
  review.completed_at,
  review.health_score::float8 as health_score,
  (
    select count(*) from public.review_action_items as item
    where item.review_id = review.id and item.status = 'open'
  ) as open_action_items,
  metrics.defects,
  metrics.total_defects,
  metrics.escaped_defects,
  metrics.business_metrics,
  metrics.p95_response_time_ms as p95_response_time,
  metrics.error_rate::float8 as error_rate,
  metrics.window_end,
  metrics.is_complete,
  metrics.collected_at
from public.releases as release
join public.post_release_reviews as review on review.release_id = release.id
left join public.release_metrics as metrics on metrics.release_id = release.id
where %(version)s::text is null or release.version = %(version)s
order by release.deployed_at desc, release.version;

-- name: find_uncaptured
select release.version
from public.releases as release
left join public.release_metrics as metrics
  on metrics.release_id = release.id and metrics.release_date = release.deployed_at
where metrics.is_complete is not true and release.deployed_at <= now()
order by release.deployed_at;

-- name: capture_metrics
-- The window is [deployment, deployment + 72 hours), cut off at the moment of capture. A complete row is final,
-- unless the release turns out to have been deployed at another time.
insert into public.release_metrics as known (
  release_id, release_version, release_date, defects, escaped_defects, business_metrics,
  p95_response_time_ms, error_rate, window_end, is_complete, collected_at
)
select
  release.id, release.version, release.deployed_at, issues.defects, issues.escaped,
  jsonb_build_object('appointmentsCreated', bookings.number),
  requests.p95, requests.error_rate,
  span.until, span.at >= span.until, span.at
from public.releases as release
cross join lateral (
  select
    release.deployed_at + interval '72 hours' as until,
    coalesce(%(at)s::timestamptz, now()) as at
) as span
cross join lateral (
  select
    jsonb_build_object(
      'p0', count(*) filter (where severity = 'critical'),
      'p1', count(*) filter (where severity = 'high'),
      'p2', count(*) filter (where severity = 'medium'),
      'p3', count(*) filter (where severity = 'low')
    ) as defects,
    count(*) filter (where found_in = 'production') as escaped
  from public.issue_tracker
  where created_at >= release.deployed_at and created_at < least(span.until, span.at)
) as issues
cross join lateral (
  select count(*) as number
  from public.appointments
  where created_date >= release.deployed_at and created_date < least(span.until, span.at)
) as bookings
cross join lateral (
  select
    round(percentile_cont(0.95) within group (order by response_time_ms))::integer as p95,
    round(100.0 * count(*) filter (where status_code >= 500) / nullif(count(status_code), 0), 3) as error_rate
  from public.api_logs
  where created_at >= release.deployed_at and created_at < least(span.until, span.at)
) as requests
where release.version = %(version)s
on conflict (release_id) do update set
  release_date = excluded.release_date,
  defects = excluded.defects,
  escaped_defects = excluded.escaped_defects,
  business_metrics = excluded.business_metrics,
  p95_response_time_ms = excluded.p95_response_time_ms,
  error_rate = excluded.error_rate,
  window_end = excluded.window_end,
  is_complete = excluded.is_complete,
  collected_at = excluded.collected_at
where not known.is_complete or known.release_date <> excluded.release_date;

-- name: complete_review
update public.post_release_reviews as review
set
  status = 'completed',
  completed_at = now(),
  facilitator_position = coalesce(%(facilitator)s, facilitator_position),
  health_score = %(health_score)s
from public.releases as release
where release.id = review.release_id and release.version = %(version)s
  and review.status = 'scheduled' and review.scheduled_for <= now()
returning review.id;
