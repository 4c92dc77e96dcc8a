-- Purpose: how good the data is now, by table and overall, and who may see it
-- Affects: function governance.may_see_quality; policy data_quality_results_select; view public.data_quality_scores
-- Source: governance plan, success metrics (data quality over 99 % for critical tables); architecture, section 4
-- Reversal: drop view public.data_quality_scores; drop policy data_quality_results_select on public.data_quality_results; drop function governance.may_see_quality();
-- Locks: access exclusive on public.data_quality_results, for an instant

create or replace function governance.may_see_quality() returns boolean
language sql stable
security definer -- because no caller may read the roles and positions of others
set search_path = ''
as $$
  select exists (
    select from public.profiles as person
    where person.id = governance.actor_id() and person.is_active
      and (
        exists (
          select from public.user_roles as held
          where held.user_id = person.id and held.role in ('administrator', 'supervisor')
        )
        or exists (select from governance.position_holders as held where held.user_id = person.id)
      )
  )
$$;
comment on function governance.may_see_quality() is
  'Whether the signed-in user is an active administrator or supervisor, or holds a position.';
revoke all on function governance.may_see_quality() from public;
grant execute on function governance.may_see_quality() to authenticated;

grant select on table public.data_quality_results to authenticated;
create policy data_quality_results_select on public.data_quality_results
  for select to authenticated
  using ((select governance.may_see_quality()));
comment on policy data_quality_results_select on public.data_quality_results is
  'Administrators, supervisors and holders of positions see how good the data is: names and counts, no rows.';

create view public.data_quality_scores
with (security_invoker = true) as
select
  latest.table_name,
  round(sum(latest.score * latest.checks) / nullif(sum(latest.checks), 0), 3) as score,
  99.0 as goal,
  sum(latest.score * latest.checks) / nullif(sum(latest.checks), 0) > 99 as meets_goal,
  sum(latest.checks)::integer as checks,
  sum(latest.failed)::integer as failed,
  sum(latest.errors)::integer as errors,
  sum(latest.rows)::bigint as row_count,
  min(latest.check_date) as check_date
from (
  select distinct on (part.table_name)
    part.table_name,
    (part.score ->> 'score')::numeric as score,
    (part.score ->> 'checks')::integer as checks,
    (part.score ->> 'failed')::integer as failed,
    (part.score ->> 'errors')::integer as errors,
    (part.score ->> 'rows')::bigint as rows,
    run.check_date
  from public.data_quality_results as run
  cross join lateral jsonb_each(run.scores) as part (table_name, score)
  order by part.table_name, run.check_date desc
) as latest
group by grouping sets ((latest.table_name), ())
having count(*) > 0;

comment on view public.data_quality_scores is
  'The latest score of each table in percent, and overall (table_name is null). The goal is over 99.';
revoke all on table public.data_quality_scores from public, anon, authenticated, service_role;
grant select on table public.data_quality_scores to authenticated, service_role;
