-- name: fetch_practice_day
-- The calendar day of the practice, and the moment it began.
select
  (now() at time zone %(zone)s)::date as practice_date,
  date_trunc('day', now() at time zone %(zone)s) at time zone %(zone)s as began_at;

-- name: list_alerts
-- What was put into the outbox since then, most urgent first.
select id, notification_type, priority, subject, cardinality(recipient_user_ids) as recipients, created_at
from public.notification_logs
where created_at >= %(since)s
order by array_position(array['urgent', 'high', 'normal', 'low'], priority), created_at, id;
