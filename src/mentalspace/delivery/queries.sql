-- Every time in here is the database's: workers' clocks may be wrong.

-- name: lock_pending
-- messages that nobody planned yet
select
  id, notification_type, recipient_user_ids, subject, message, priority, sent_via,
  coalesce(delivery_key, id::text) as delivery_key, created_at, clock_timestamp() as now
from public.notification_logs
where sent_at is null and status = 'pending' and available_at <= clock_timestamp()
order by created_at, id
limit %(limit)s
for update skip locked;

-- name: find_people
select
  person.id as user_id, person.is_active, coalesce(wish.muted_channels, '{}') as muted_channels,
  coalesce(wish.wanted_channels, '{}') as wanted_channels,
  -- who holds no role but that of a client, and no position
  exists (select from public.user_roles as held where held.user_id = person.id and held.role = 'client_user')
    and not exists (select from public.user_roles as held where held.user_id = person.id and held.role <> 'client_user')
    and not exists (select from governance.position_holders as held where held.user_id = person.id) as is_client,
  wish.quiet_from, wish.quiet_until, coalesce(wish.wants_digest, true) as wants_digest,
  person.phone_number is not null as has_phone
from public.profiles as person
left join public.notification_preferences as wish on wish.user_id = person.id
where person.id = any(%(ids)s);

-- name: add_delivery
insert into governance.notification_deliveries
  (notification_id, channel, user_id, message_key, digest_at, urgent, state, reason, available_at, finished_at)
values
  (%(notification_id)s, %(channel)s, %(user_id)s, %(message_key)s, %(digest_at)s, %(urgent)s, %(state)s, %(reason)s,
   coalesce(%(available_at)s, clock_timestamp()), case when %(state)s = 'skipped' then clock_timestamp() end)
on conflict on constraint notification_deliveries_notification_id_channel_user_id_key do nothing;

-- name: settle
-- where messages stand, from where their deliveries stand
update public.notification_logs as message
set status = stand.status,
    sent_at = case when stand.status = 'sent' then coalesce(message.sent_at, clock_timestamp()) end,
    attempts = stand.attempts,
    last_error = stand.last_error
from (
  select
    told.id,
    case
      when coalesce(bool_or(delivery.state = 'pending'), false) then 'sending'
      when coalesce(bool_or(delivery.state = 'dead'), false) then 'failed'
      when 'in_app' = any (told.sent_via) or coalesce(bool_or(delivery.state = 'sent'), false) then 'sent'
      else 'failed'
    end as status,
    coalesce(max(delivery.attempts), 0) as attempts,
    max(delivery.reason) filter (where delivery.state <> 'sent') as last_error
  from public.notification_logs as told
  left join governance.notification_deliveries as delivery on delivery.notification_id = told.id
  where told.id = any(%(ids)s)
  group by told.id
) as stand
where message.id = stand.id;

-- name: claim
-- Messages whose time has come, urgent ones first. The first row of a message is locked for all of them, so
-- that the rows of a digest are never shared out among senders.
with head as (
  select delivery.message_key
  from governance.notification_deliveries as delivery
  where delivery.state = 'pending'
    and delivery.available_at <= clock_timestamp()
    and (delivery.lease_until is null or delivery.lease_until < clock_timestamp())
    and not exists (
      select from governance.notification_deliveries as earlier
      where earlier.message_key = delivery.message_key and earlier.state = 'pending'
        and earlier.delivery_id < delivery.delivery_id
    )
  order by delivery.urgent desc, delivery.available_at, delivery.delivery_id
  limit %(limit)s
  for update skip locked
),
due as (
  select delivery.delivery_id, delivery.attempts, delivery.message_key
  from governance.notification_deliveries as delivery
  join head on head.message_key = delivery.message_key
  where delivery.state = 'pending'
),
attempt as (
  insert into governance.notification_attempts (delivery_id, attempt, message_key, sender)
  select delivery_id, attempts + 1, message_key, %(sender)s from due
  returning attempt_id, delivery_id, attempt
),
claimed as (
  update governance.notification_deliveries as delivery
  set attempts = attempt.attempt,
      attempt_id = attempt.attempt_id,
      lease_until = clock_timestamp() + %(lease)s
  from attempt
  where delivery.delivery_id = attempt.delivery_id
  returning delivery.*
)
select
  claimed.delivery_id, claimed.notification_id, claimed.channel, claimed.user_id, claimed.message_key,
  claimed.digest_at, claimed.urgent, claimed.attempts, claimed.attempt_id, message.subject, message.message,
  case claimed.channel when 'email' then person.email when 'sms' then person.phone_number end as address,
  coalesce(person.is_active, true) as is_active, clock_timestamp() as now
from claimed
join public.notification_logs as message on message.id = claimed.notification_id
left join public.profiles as person on person.id = claimed.user_id
order by claimed.urgent desc, claimed.available_at, claimed.delivery_id;

-- name: count_sent
-- messages, not rows, that left in the last hour to these people
select user_id, channel, count(distinct message_key) as sent
from governance.notification_deliveries
where state = 'sent' and finished_at > clock_timestamp() - interval '1 hour'
  and (user_id = any(%(ids)s) or user_id is null)
group by user_id, channel;

-- name: mark
-- records the end of an attempt; changes nothing if somebody else has claimed the delivery since
with marked as (
  update governance.notification_deliveries
  set state = %(state)s,
      reason = %(reason)s,
      finished_at = case when %(state)s <> 'pending' then clock_timestamp() end,
      available_at = clock_timestamp() + %(delay)s,
      lease_until = null
  where attempt_id = any(%(attempt_ids)s) and state = 'pending'
  returning attempt_id, notification_id
),
noted as (
  update governance.notification_attempts as attempt
  set outcome = %(outcome)s, error_class = %(reason)s, finished_at = clock_timestamp()
  from marked
  where attempt.attempt_id = marked.attempt_id
)
select distinct notification_id from marked;

-- name: defer
-- over the recipient's limit: becomes part of a digest; the attempt does not count
with deferred as (
  update governance.notification_deliveries
  set message_key = %(message_key)s, digest_at = %(digest_at)s, available_at = %(digest_at)s,
      attempts = attempts - 1, lease_until = null
  where attempt_id = any(%(attempt_ids)s) and state = 'pending'
  returning attempt_id
)
update governance.notification_attempts as attempt
set outcome = 'deferred', finished_at = clock_timestamp()
from deferred
where attempt.attempt_id = deferred.attempt_id;

-- name: list
-- messages, newest first, with where their deliveries stand
select
  message.id, message.created_at, message.notification_type, message.priority, message.subject, message.status,
  message.sent_via, cardinality(message.recipient_user_ids) as recipients, message.attempts, message.last_error,
  message.sent_at, coalesce(stand.states, '{}') as deliveries
from public.notification_logs as message
left join lateral (
  select jsonb_object_agg(counted.what, counted.number order by counted.what) as states
  from (
    select channel || ' ' || state as what, count(*) as number
    from governance.notification_deliveries
    where notification_id = message.id
    group by 1
  ) as counted
) as stand on true
where (%(status)s::text is null or message.status = %(status)s)
order by message.created_at desc, message.id
limit %(limit)s;

-- name: resend
-- what did not arrive goes back to the beginning; what was skipped is planned anew
with again as (
  update public.notification_logs
  set status = 'pending', available_at = clock_timestamp(), sent_at = null
  where case when %(ids)s::uuid[] is null then status = 'failed' else id = any(%(ids)s) end
    and status in ('failed', 'sent', 'cancelled')
  returning id
),
forgotten as (
  delete from governance.notification_deliveries as delivery
  using again
  where delivery.notification_id = again.id and delivery.state = 'skipped'
),
revived as (
  update governance.notification_deliveries as delivery
  set state = 'pending', reason = null, finished_at = null, attempts = 0, available_at = clock_timestamp()
  from again
  where delivery.notification_id = again.id and delivery.state = 'dead'
)
select id from again;

-- name: measure
-- where deliveries of the last day stand; how long the oldest that is due has waited
select channel, state, count(*) as number
from governance.notification_deliveries
where state = 'pending' or finished_at > clock_timestamp() - interval '1 day'
group by channel, state
order by channel, state;

-- name: measure_lag
select
  coalesce(extract(epoch from clock_timestamp() - min(since)), 0)::float8 as seconds,
  count(*) as waiting
from (
  select greatest(created_at, available_at) as since
  from public.notification_logs
  where sent_at is null and status = 'pending' and available_at <= clock_timestamp()
  union all
  select available_at
  from governance.notification_deliveries
  where state = 'pending' and available_at <= clock_timestamp()
) as due;

-- name: find_unconfigured
-- channels that messages of the last day asked for in vain
select channel, count(distinct notification_id) as messages
from governance.notification_deliveries
where state = 'skipped' and reason = 'not_configured' and finished_at > clock_timestamp() - interval '1 day'
group by channel
order by channel;

-- name: trim_deliveries
-- Ends of messages that have come to their end; attempts go with them. What waits is never due.
with due as (
  select ended.delivery_id
  from governance.notification_deliveries as ended
  where ended.finished_at < clock_timestamp() - %(kept)s::interval
    and not exists (
      select from governance.notification_deliveries as waiting
      where waiting.notification_id = ended.notification_id and waiting.state = 'pending'
    )
  order by ended.finished_at
  limit %(limit)s
  for update of ended skip locked
)
delete from governance.notification_deliveries as delivery
using due
where delivery.delivery_id = due.delivery_id;
