-- Every time in here is the database's: workers' clocks may be wrong.

-- name: guard_session
-- for this transaction only, so that a transaction-mode pooler may stand in between: a worker that went silent
-- loses its claim, and no statement of a consumer takes for ever
select
  set_config('idle_in_transaction_session_timeout', %(silence)s, true),
  set_config('statement_timeout', %(statement)s, true);

-- name: lock_heads
-- An aggregate is claimed by its first living event: a worker that holds it holds all of them, and nobody can
-- overtake. The first event is looked up row by row, which costs the same whatever the statistics say.
select head.table_name, head.row_key
from governance.events as head
where head.died_at is null
  and head.available_at <= clock_timestamp()
  and head.event_id = (
    select first.event_id
    from governance.events as first
    where first.table_name = head.table_name and first.row_key = head.row_key and first.died_at is null
    order by first.event_id
    limit 1
  )
order by head.event_id
limit %(aggregates)s
for update skip locked;

-- name: fetch_claimed
-- A statement of its own: it sees what the last holder of the claim committed.
select
  event.event_id, event.table_name, event.row_key, event.module, event.task, event.kind, event.actor_id,
  event.acted_as, event.occurred_at, event.facts, event.attempts, event.consumed_by,
  event.available_at <= clock_timestamp() as ready
from unnest(%(tables)s::text[], %(keys)s::text[]) as claimed (table_name, row_key)
cross join lateral (
  select *
  from governance.events as one
  where one.table_name = claimed.table_name and one.row_key = claimed.row_key and one.died_at is null
  order by one.event_id
  limit %(depth)s
) as event
order by event.event_id;

-- name: acknowledge
with consumed as (
  delete from governance.events
  where event_id = any(%(ids)s)
  returning event_id, table_name, row_key, module, task, kind, actor_id, acted_as, occurred_at, facts, attempts
)
insert into governance.consumed_events
  (event_id, table_name, row_key, module, task, kind, actor_id, acted_as, occurred_at, facts, attempts)
select event_id, table_name, row_key, module, task, kind, actor_id, acted_as, occurred_at, facts, attempts
from consumed
order by event_id;

-- name: postpone
update governance.events
set attempts = attempts + %(counts)s,
    available_at = clock_timestamp() + %(delay)s,
    consumed_by = %(consumed_by)s,
    error_class = %(error_class)s,
    error_message = %(error_message)s,
    died_at = case when attempts + %(counts)s >= %(most)s then clock_timestamp() end
where event_id = %(event_id)s
returning died_at;

-- name: note_consumers
update governance.events set consumed_by = %(consumed_by)s where event_id = %(event_id)s;

-- name: list_open
select
  event_id, table_name, row_key, module, task, kind, actor_id, acted_as, occurred_at, facts, attempts, consumed_by,
  case when died_at is not null then 'dead' when attempts > 0 then 'retrying' else 'pending' end as state,
  available_at, error_class, error_message
from governance.events
where (%(state)s::text is null
    or %(state)s = case when died_at is not null then 'dead' when attempts > 0 then 'retrying' else 'pending' end)
  and (%(table)s::text is null or table_name = %(table)s)
  and (%(key)s::text is null or row_key = %(key)s)
order by event_id
limit %(limit)s;

-- name: list_consumed
select
  event_id, table_name, row_key, module, task, kind, actor_id, acted_as, occurred_at, facts, attempts,
  array[]::text[] as consumed_by, 'consumed' as state, consumed_at as available_at,
  null as error_class, null as error_message
from governance.consumed_events
where (%(table)s::text is null or table_name = %(table)s)
  and (%(key)s::text is null or row_key = %(key)s)
order by consumed_at desc, event_id desc
limit %(limit)s;

-- name: revive
-- all dead ones if no ids are given; a living one that waits is tried at once
update governance.events
set died_at = null, attempts = 0, available_at = clock_timestamp()
where case when %(ids)s::bigint[] is null then died_at is not null else event_id = any(%(ids)s) end
returning event_id;

-- name: drop
-- only dead ones: a living event is a promise
delete from governance.events
where died_at is not null and (%(ids)s::bigint[] is null or event_id = any(%(ids)s))
returning event_id;

-- name: measure
select
  count(*) filter (where died_at is null) as waiting,
  count(*) filter (where died_at is null and attempts > 0) as retrying,
  count(*) filter (where died_at is not null) as dead,
  coalesce(extract(epoch from clock_timestamp() - min(occurred_at) filter (where died_at is null)), 0)::float8 as lag
from governance.events;

-- name: measure_dead
select table_name, count(*) as events, array_agg(distinct error_class) as errors
from governance.events
where died_at is not null
group by table_name
order by table_name;

-- name: keep_days
select
  governance.add_consumed_events_days((now() at time zone 'UTC')::date, %(ahead)s) as added,
  governance.drop_consumed_events_days(((now() at time zone 'UTC') - %(kept)s::interval)::date) as dropped;
