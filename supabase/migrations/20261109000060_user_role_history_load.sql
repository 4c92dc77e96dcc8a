-- Purpose: the roles held before there was a history
-- Affects: rows of public.user_role_history
-- Source: public.user_roles
-- Reversal: delete from public.user_role_history where revoked_at is null;
-- Locks: none that users feel

insert into public.user_role_history (user_id, role, assigned_by, assigned_at)
select user_id, role, assigned_by, assigned_at from public.user_roles
on conflict do nothing;
