-- name: is_alive
select 1;

-- name: find_users
select u.*, coalesce(i.identities, '[]') as identities
from auth.users u
left join lateral (
  select jsonb_agg(
    jsonb_build_object(
      'identity_id', i.id, 'id', i.provider_id, 'user_id', i.user_id, 'identity_data', i.identity_data,
      'provider', i.provider, 'last_sign_in_at', i.last_sign_in_at, 'created_at', i.created_at,
      'updated_at', i.updated_at, 'email', i.email
    ) order by i.created_at
  ) as identities
  from auth.identities i
  where i.user_id = u.id
) i on true
where u.id = any(%(ids)s)
order by u.created_at desc, u.id;

-- name: lock_user
select * from auth.users where id = %(id)s for update;

-- name: find_id_by_email
select id from auth.users where email = lower(%(email)s) and not is_sso_user and deleted_at is null;

-- name: find_id_by_phone
select id from auth.users where phone = %(phone)s and deleted_at is null;

-- name: find_standing_by_email
select banned_until > now() as is_banned, deleted_at is not null as is_deleted
from auth.users where email = lower(%(email)s) and not is_sso_user;

-- name: find_standing_by_refresh_token
select u.banned_until > now() as is_banned, u.deleted_at is not null as is_deleted
from auth.refresh_tokens t
join auth.users u on u.id = t.user_id
where t.token = %(token)s;

-- name: find_kind_of_link
select
  case
    when confirmation_token = %(token)s then 'signup'
    when recovery_token = %(token)s then 'magiclink'
    else 'email_change'
  end as kind
from auth.users
where %(token)s in (confirmation_token, recovery_token, email_change_token_current, email_change_token_new);

-- name: count_users
select count(*) as total from auth.users where aud = 'authenticated';

-- name: list_ids
select id from auth.users where aud = 'authenticated'
order by created_at desc, id
limit %(limit)s offset %(offset)s;

-- name: insert_user
insert into auth.users (
  id, aud, role, email, phone, encrypted_password, email_confirmed_at, phone_confirmed_at, invited_at,
  banned_until, raw_app_meta_data, raw_user_meta_data, created_at, updated_at
) values (
  %(id)s, 'authenticated', %(role)s, lower(%(email)s), %(phone)s, %(encrypted_password)s,
  case when %(email_confirm)s then now() end, case when %(phone_confirm)s then now() end, null,
  now() + %(ban)s, %(app_metadata)s, %(user_metadata)s, now(), now()
);

-- name: insert_identity
insert into auth.identities (id, provider, provider_id, user_id, identity_data, created_at, updated_at)
values (gen_random_uuid(), %(provider)s, %(user_id)s::text, %(user_id)s::uuid, %(data)s, now(), now())
on conflict (provider_id, provider) do update
set identity_data = auth.identities.identity_data || excluded.identity_data, updated_at = now();

-- name: update_user
update auth.users
set
  role = coalesce(%(role)s, role),
  email = coalesce(lower(%(email)s), email),
  phone = coalesce(%(phone)s, phone),
  email_confirmed_at = case when %(email_confirm)s then coalesce(email_confirmed_at, now()) else email_confirmed_at end,
  phone_confirmed_at = case when %(phone_confirm)s then coalesce(phone_confirmed_at, now()) else phone_confirmed_at end,
  raw_app_meta_data = coalesce(%(app_metadata)s, raw_app_meta_data),
  raw_user_meta_data = coalesce(%(user_metadata)s, raw_user_meta_data),
  updated_at = now()
where id = %(id)s;

-- name: set_user_metadata
update auth.users set raw_user_meta_data = %(user_metadata)s, updated_at = now() where id = %(id)s;

-- name: ban_user
update auth.users set banned_until = now() + %(ban)s, updated_at = now() where id = %(id)s;

-- name: set_password
-- what was granted under the old password ends with it
update auth.users
set
  encrypted_password = %(encrypted_password)s, confirmation_token = null, recovery_token = null,
  email_change_token_current = null, email_change_token_new = null, reauthentication_token = null,
  updated_at = now()
where id = %(id)s;

-- name: end_sessions
with ended as (delete from auth.refresh_tokens where user_id = %(id)s)
delete from auth.sessions where user_id = %(id)s;

-- name: end_session
delete from auth.sessions where id = %(session_id)s;

-- name: delete_user
delete from auth.users where id = %(id)s;

-- name: soft_delete_user
-- the row stays for those who refer to it; what identifies the person goes
update auth.users
set
  deleted_at = now(), encrypted_password = null, raw_user_meta_data = '{}', raw_app_meta_data = '{}',
  email = encode(sha256(convert_to(id || email, 'UTF8')), 'hex'),
  phone = encode(sha256(convert_to(id || phone, 'UTF8')), 'hex'),
  email_change = null, phone_change = null, confirmation_token = null, recovery_token = null,
  email_change_token_current = null, email_change_token_new = null, phone_change_token = null,
  reauthentication_token = null
where id = %(id)s and deleted_at is null;

-- name: soft_delete_identities
update auth.identities
set provider_id = encode(sha256(convert_to(id || provider_id, 'UTF8')), 'hex'), identity_data = '{}'
where user_id = %(id)s;

-- name: set_confirmation_token
update auth.users
set
  confirmation_token = %(token)s, confirmation_sent_at = now(),
  invited_at = case when %(invited)s then now() else invited_at end
where id = %(id)s;

-- name: set_recovery_token
update auth.users set recovery_token = %(token)s, recovery_sent_at = now() where id = %(id)s;

-- name: set_email_change_token
update auth.users
set
  email_change = lower(%(new_email)s), email_change_token_current = %(token)s, email_change_sent_at = now(),
  email_change_confirm_status = 0
where id = %(id)s;

-- name: record_audit
insert into auth.audit_log_entries (id, payload, created_at, ip_address)
values (gen_random_uuid(), %(payload)s, now(), '');

-- name: record_method
insert into auth.mfa_amr_claims (id, session_id, authentication_method, created_at, updated_at)
values (gen_random_uuid(), %(session_id)s, %(method)s, now(), now())
on conflict (session_id, authentication_method) do update set updated_at = now();

-- name: list_methods
select authentication_method as method, extract(epoch from updated_at)::bigint as timestamp
from auth.mfa_amr_claims where session_id = %(session_id)s order by updated_at desc;
