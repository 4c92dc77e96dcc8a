-- Purpose: open a chart in an emergency, end that, review it
-- Affects: functions governance.break_glass, may_review_emergencies, end_emergency_access, review_emergency_access, list_emergency_accesses, and those of public that call them
-- Source: 45 CFR 164.312(a)(2)(ii); docs/emergency-access.md
-- Reversal: drop the functions
-- Locks: none

create or replace function governance.break_glass(p_reason text, p_client uuid, out id uuid, out expires_at timestamptz)
language plpgsql
security definer -- because nobody may write emergency accesses, the log and alerts but by this
set search_path = ''
as $$
declare
  actor uuid := governance.actor_id();
  rules governance.emergency_access_rules;
  opened governance.emergency_accesses;
begin
  if actor is null or governance.find_reach('administration.break_glass', 'perform') is null then
    perform governance.refuse_task('administration.break_glass', 'clients');
  elsif char_length(btrim(coalesce(p_reason, ''))) not between 10 and 500 then
    raise exception using errcode = 'PT422', message = 'say why, in 10 to 500 characters',
      hint = 'The reviewer reads it; it goes nowhere else.';
  end if;
  -- One after the other, so that what is counted is right.
  perform pg_advisory_xact_lock(hashtextextended('mentalspace.break_glass.' || actor, 0));
  select * into strict rules from governance.emergency_access_rules;
  if not exists (select from public.clients client where client.id = p_client and client.deleted_at is null) then
    raise exception using errcode = 'PT404', message = 'no client has this id', hint = 'Ask the front desk for it.';
  elsif p_client = any (governance.own_charts()) then
    raise exception using errcode = '42501', message = 'nobody opens their own chart',
      detail = 'Task administration.break_glass.', hint = 'Ask the practice for your record, as its clients do.';
  elsif exists (
    select from governance.emergency_accesses known
    where known.user_id = actor and known.client_id = p_client
      and known.ended_at is null and known.expires_at > clock_timestamp()
  ) then
    raise exception using errcode = 'PT409', message = 'this chart is open to you already',
      hint = 'It is not prolonged; when it is over, open it again.';
  elsif (
    select count(*) from governance.emergency_accesses known
    where known.user_id = actor and known.began_at > clock_timestamp() - rules.in_period
  ) >= rules.most_uses then
    raise exception using errcode = 'PT429', message = 'too many emergency accesses in a short time',
      hint = 'Call your supervisor, who reaches the client or opens the chart.';
  end if;

  insert into governance.emergency_accesses (user_id, client_id, reason, expires_at)
  values (actor, p_client, btrim(p_reason), clock_timestamp() + rules.lasts)
  returning * into opened;
  insert into public.phi_access_logs (user_id, patient_id, access_type, resource_type, resource_id, justification)
  values (actor, p_client, 'view', 'emergency_access', opened.id, 'emergency access');
  -- Below its first step and due at once: the next round of the ladder tells the first of the path.
  insert into public.system_alerts (alert_key, metric, value, threshold, severity, message, path, step, escalates_at)
  values (
    'emergency:governance.emergency_accesses:' || opened.id, 'emergency_access', 1, 0, 'high',
    'A clinician has opened one client''s chart in an emergency. Review it when it is over: '
    'mentalspace admin emergency list.',
    '{security_administrator,privacy_officer}', -1, clock_timestamp()
  );
  perform governance.record_event(
    'administration', 'break_glass', 'emergency_accesses', opened.id::text,
    jsonb_build_object('command', 'insert', 'owners', array[actor], 'client', p_client)
  );
  id := opened.id;
  expires_at := opened.expires_at;
end
$$;
comment on function governance.break_glass(text, uuid) is
  'Opens one client''s chart to the caller for as long as the rules say: by their duties, not by more.';

create or replace function governance.may_review_emergencies(p_person uuid) returns boolean
language plpgsql stable
security definer -- because no caller may read roles, positions and matrix
set search_path = ''
as $$
begin
  return exists (
    select from public.profiles person
    where person.id = p_person and person.is_active
      and (
        exists (
          select from governance.position_holders held
          where held.user_id = person.id and held.position in ('privacy_officer', 'security_administrator')
        )
        or exists (
          select from public.user_roles held
          join governance.raci_reach reach on reach.role = held.role
          where held.user_id = person.id
            and reach.subject = 'administration.review_emergency_access' and reach.action = 'perform'
        )
      )
  );
end
$$;
comment on function governance.may_review_emergencies(uuid) is
  'Whether this person ends and reviews emergency accesses: by position, or by the task.';

create or replace function governance.end_emergency_access(p_id uuid) returns boolean
language plpgsql
security definer -- because nobody may write emergency accesses but by this
set search_path = ''
as $$
declare
  actor uuid := governance.actor_id();
begin
  update governance.emergency_accesses opened
  set ended_at = clock_timestamp(), ended_by = case when not governance.acts_as_system() then actor end
  where opened.id = p_id
    and opened.ended_at is null
    and opened.expires_at > clock_timestamp()
    and (
      governance.acts_as_system() or opened.user_id = actor or governance.may_review_emergencies(actor)
    );
  return found;
end
$$;
comment on function governance.end_emergency_access(uuid) is
  'Ends an emergency access before its time: one''s own, or as a reviewer. False if there is none that is open.';

create or replace function governance.review_emergency_access(p_id uuid, p_reviewer uuid, p_outcome text) returns void
language plpgsql
security definer -- because nobody may write emergency accesses but by this
set search_path = ''
as $$
declare
  known governance.emergency_accesses;
begin
  -- Who acts for themselves reviews in no other name; the system (command line) says who it was.
  if not governance.acts_as_system() and p_reviewer is distinct from governance.actor_id()
    or not governance.may_review_emergencies(p_reviewer) then
    perform governance.refuse_task('administration.review_emergency_access', 'emergency_accesses');
  end if;
  select * into known from governance.emergency_accesses one where one.id = p_id for update;
  if known.id is null then
    raise exception using errcode = 'PT404', message = 'no emergency access has this id';
  elsif known.user_id = p_reviewer then
    perform governance.refuse_self('administration.review_emergency_access', 'emergency_accesses', 'user_id');
  elsif p_outcome is null or p_outcome not in ('justified', 'not_justified') then
    raise exception using errcode = 'PT422', message = 'an outcome is justified or not_justified';
  elsif known.reviewed_at is not null then
    raise exception using errcode = 'PT409', message = 'it is reviewed already';
  elsif known.ended_at is null and known.expires_at > clock_timestamp() then
    raise exception using errcode = 'PT409', message = 'it is not over yet', hint = 'End it first.';
  end if;
  update governance.emergency_accesses one
  set reviewed_at = clock_timestamp(), reviewed_by = p_reviewer, outcome = p_outcome
  where one.id = p_id;
  if p_outcome = 'not_justified' then
    insert into public.security_incidents (type, severity, description, affected_users, affected_data, reported_by)
    values (
      'unauthorized_access', 'high', 'An emergency access was not justified: ' || p_id, array[known.user_id],
      '{clients}', p_reviewer
    );
  end if;
end
$$;
comment on function governance.review_emergency_access(uuid, uuid, text) is
  'Records what a review came to; never by who had the access, once, and when it is over. What was not justified is a '
  'security incident.';

create or replace function governance.list_emergency_accesses()
returns table (
  id uuid, user_id uuid, client_id uuid, reason text, began_at timestamptz, expires_at timestamptz,
  ended_at timestamptz, is_open boolean, reviewed_at timestamptz, reviewed_by uuid, outcome text
)
language plpgsql stable
security definer -- because nobody may read emergency accesses but by this: one's own, and as a reviewer all
set search_path = ''
as $$
declare
  actor uuid := governance.actor_id();
  sees_all boolean := governance.may_review_emergencies(actor);
begin
  return query
    select known.id, known.user_id, known.client_id, known.reason, known.began_at, known.expires_at, known.ended_at,
      known.ended_at is null and known.expires_at > clock_timestamp(), known.reviewed_at, known.reviewed_by,
      known.outcome
    from governance.emergency_accesses known
    where sees_all or known.user_id = actor and governance.find_reach('administration.break_glass', 'perform') is not null
    order by known.reviewed_at is not null, known.began_at desc;
end
$$;
comment on function governance.list_emergency_accesses() is
  'Emergency accesses, those to review first: to reviewers all, to a clinician their own.';

revoke all on function governance.break_glass(text, uuid) from public;
revoke all on function governance.may_review_emergencies(uuid) from public;
revoke all on function governance.end_emergency_access(uuid) from public;
revoke all on function governance.review_emergency_access(uuid, uuid, text) from public;
revoke all on function governance.list_emergency_accesses() from public;
grant execute on function governance.break_glass(text, uuid) to authenticated;
grant execute on function governance.end_emergency_access(uuid) to authenticated;
grant execute on function governance.review_emergency_access(uuid, uuid, text) to authenticated;
grant execute on function governance.list_emergency_accesses() to authenticated;

create or replace function public.break_glass(reason text, client_id uuid, out id uuid, out expires_at timestamptz)
language plpgsql
set search_path = ''
as $$
begin
  select opened.id, opened.expires_at into id, expires_at
  from governance.break_glass(reason, client_id) opened;
end
$$;
comment on function public.break_glass(text, uuid) is
  'Emergency access: opens one client''s chart to the signed-in clinician for an hour. Logged, alerted, reviewed.';

create or replace function public.end_emergency_access(id uuid) returns boolean
language sql
set search_path = ''
begin atomic
  select governance.end_emergency_access(id);
end;
comment on function public.end_emergency_access(uuid) is
  'Ends an emergency access before its time: one''s own, or as a reviewer; false if there is none that is open.';

create or replace function public.review_emergency_access(id uuid, outcome text) returns void
language sql
set search_path = ''
begin atomic
  select governance.review_emergency_access(id, governance.actor_id(), outcome);
end;
comment on function public.review_emergency_access(uuid, text) is
  'Records the review of an emergency access that is over: justified or not_justified; never by who had it.';

create or replace function public.list_emergency_accesses()
returns table (
  id uuid, user_id uuid, client_id uuid, reason text, began_at timestamptz, expires_at timestamptz,
  ended_at timestamptz, is_open boolean, reviewed_at timestamptz, reviewed_by uuid, outcome text
)
language sql stable
set search_path = ''
begin atomic
  select known.id, known.user_id, known.client_id, known.reason, known.began_at, known.expires_at, known.ended_at,
    known.is_open, known.reviewed_at, known.reviewed_by, known.outcome
  from governance.list_emergency_accesses() known;
end;
comment on function public.list_emergency_accesses() is
  'Emergency accesses, those to review first: to reviewers all, to a clinician their own.';

revoke all on function public.break_glass(text, uuid) from public, anon, authenticated, service_role;
revoke all on function public.end_emergency_access(uuid) from public, anon, authenticated, service_role;
revoke all on function public.review_emergency_access(uuid, text) from public, anon, authenticated, service_role;
revoke all on function public.list_emergency_accesses() from public, anon, authenticated, service_role;
grant execute on function public.break_glass(text, uuid) to authenticated;
grant execute on function public.end_emergency_access(uuid) to authenticated;
grant execute on function public.review_emergency_access(uuid, text) to authenticated;
grant execute on function public.list_emergency_accesses() to authenticated;
