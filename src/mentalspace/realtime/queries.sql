-- name: beat
-- heard_at moves only with an echo
insert into public.feed_canaries as canary (listener, beat, heard)
values (%(listener)s, %(beat)s, %(heard)s)
on conflict (listener) do update
set beat = excluded.beat,
    beaten_at = clock_timestamp(),
    heard_at = case when excluded.heard > canary.heard then clock_timestamp() else canary.heard_at end,
    heard = excluded.heard;

-- name: remove_canary
delete from public.feed_canaries where listener = %(listener)s;

-- name: forget_canaries
-- of workers that were killed
delete from public.feed_canaries where beaten_at < clock_timestamp() - interval '1 hour';

-- name: find_silent
select
  count(*) as listeners,
  count(*) filter (where heard_at < clock_timestamp() - %(silence)s) as silent
from public.feed_canaries
where beaten_at > clock_timestamp() - %(recent)s;
