-- name: find_login
select id from auth.users where lower(email) = lower(%(email)s) and deleted_at is null
order by is_sso_user limit 1;

-- name: has_login
select exists (select from auth.users where id = %(user_id)s) as exists;

-- name: lock
-- two callers at once must not both find that there is nobody yet
select pg_advisory_xact_lock(hashtextextended('mentalspace.administration', 0));

-- name: find_administrators
select held.user_id
from public.user_roles as held
join public.profiles as person on person.id = held.user_id
where held.role = 'administrator' and person.is_active;

-- name: insert_profile
insert into public.profiles (id, email, first_name, last_name)
values (%(user_id)s, %(email)s, %(first_name)s, %(last_name)s)
on conflict (id) do nothing
returning id;

-- name: is_active
select is_active from public.profiles where id = %(user_id)s;

-- name: assign_role
insert into public.user_roles (user_id, role) values (%(user_id)s, 'administrator')
on conflict (user_id, role) do nothing
returning id;

-- name: list_emergencies
select
  access.id, access.user_id, access.client_id, case when %(reasons)s then access.reason end as reason,
  access.began_at, access.expires_at, access.ended_at,
  access.ended_at is null and access.expires_at > clock_timestamp() as is_open,
  access.reviewed_at is null and access.began_at + rules.review_within < clock_timestamp() as is_overdue,
  access.reviewed_at, access.reviewed_by, access.outcome
from governance.emergency_accesses as access, governance.emergency_access_rules as rules
where %(every)s or access.reviewed_at is null
order by access.began_at desc
limit %(limit)s;

-- name: end_emergency
select governance.end_emergency_access(%(id)s) as answer;

-- name: find_reviewer
select person.id as answer
from public.profiles as person
where lower(person.email) = lower(%(email)s) and governance.may_review_emergencies(person.id);

-- name: review_emergency
select governance.review_emergency_access(%(id)s, %(reviewer)s, %(outcome)s) as answer;
