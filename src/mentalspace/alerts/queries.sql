-- name: raise
-- a key that is open, acknowledged or not, is counted
insert into public.system_alerts as alert
  (alert_key, metric, value, threshold, severity, message, path, escalates_at)
values
  (%(key)s, %(metric)s, %(value)s, %(threshold)s, %(severity)s, %(message)s, %(path)s::text[],
   clock_timestamp() + %(patience)s)
on conflict (alert_key) where status <> 'resolved' do update
set value = excluded.value,
    message = excluded.message,
    occurrences = alert.occurrences + 1,
    last_seen_at = clock_timestamp()
returning alert.id, alert.occurrences, alert.occurrences = 1 as is_new;

-- name: lock_due
select
  id, alert_key as key, metric, value, threshold, severity, message, status, path, step, occurrences, created_at,
  last_seen_at, escalates_at, acknowledged_by, acknowledged_at, resolved_at,
  (
    select jsonb_build_object(
      'kind', climbs.kind, 'subject', climbs.subject, 'audience', climbs.audience,
      'patience', to_jsonb(array(select extract(epoch from wait)::float8 from unnest(climbs.patience) as wait))
    )
    from governance.alert_ladders as climbs
    where climbs.alert_id = system_alerts.id
  ) as ladder
from public.system_alerts
where status = 'open' and escalates_at <= clock_timestamp()
order by escalates_at
limit 100
for update of system_alerts skip locked;

-- name: keep_ladder
insert into governance.alert_ladders as climbs (alert_id, kind, subject, patience, audience)
values (%(id)s, %(kind)s, %(subject)s, %(patience)s::interval[], %(audience)s)
on conflict (alert_id) do update
set kind = excluded.kind, subject = excluded.subject, patience = excluded.patience, audience = excluded.audience
where (climbs.kind, climbs.subject, climbs.patience, climbs.audience)
  is distinct from (excluded.kind, excluded.subject, excluded.patience, excluded.audience);

-- name: begin_again
-- what was acknowledged got worse: it is told and climbs anew
update public.system_alerts
set status = 'open', step = 0, severity = %(severity)s, acknowledged_by = null, acknowledged_at = null
where id = %(id)s;

-- name: climb
update public.system_alerts
set step = %(step)s, escalates_at = clock_timestamp() + %(patience)s
where id = %(id)s;

-- name: list
select
  id, alert_key as key, metric, value, threshold, severity, message, status, path, step, occurrences, created_at,
  last_seen_at, escalates_at, acknowledged_by, acknowledged_at, resolved_at
from public.system_alerts
where %(every)s or status <> 'resolved'
order by
  status = 'resolved', array_position('{critical,high,medium,low}', severity), created_at desc
limit %(limit)s;

-- name: acknowledge
update public.system_alerts
set status = 'acknowledged',
    acknowledged_at = clock_timestamp(),
    acknowledged_by = (select person.id from public.profiles as person where person.email = %(email)s),
    escalates_at = null
where status = 'open' and (id::text = %(name)s or alert_key = %(name)s)
returning id;

-- name: resolve
update public.system_alerts
set status = 'resolved', resolved_at = clock_timestamp(), escalates_at = null
where status <> 'resolved' and (id::text = %(name)s or alert_key = %(name)s)
returning
  id, alert_key as key, metric, value, threshold, severity, message, status, path, step, occurrences, created_at,
  last_seen_at, escalates_at, acknowledged_by, acknowledged_at, resolved_at,
  (
    select jsonb_build_object(
      'kind', climbs.kind, 'subject', climbs.subject, 'audience', climbs.audience,
      'patience', to_jsonb(array(select extract(epoch from wait)::float8 from unnest(climbs.patience) as wait))
    )
    from governance.alert_ladders as climbs
    where climbs.alert_id = system_alerts.id
  ) as ladder;

-- name: find_open_keys
select alert_key as key
from public.system_alerts
where status <> 'resolved' and metric = %(metric)s and alert_key is not null;

-- name: find_person
select id from public.profiles where email = %(email)s and is_active;

-- name: find_holders
-- holders of the position; of the role, if it is one; active people only
select person.id
from public.profiles as person
where person.is_active
  and (%(among)s::uuid[] is null or person.id = any (%(among)s))
  and (
    exists (
      select from governance.position_holders as held
      where held.user_id = person.id and held.position = %(step)s
    )
    or exists (
      select from public.user_roles as held
      where held.user_id = person.id and held.role::text = %(step)s
    )
  )
order by person.id;
