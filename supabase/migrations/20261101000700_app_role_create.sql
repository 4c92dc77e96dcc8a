-- Purpose: the seven roles of the practice
-- Affects: type public.app_role
-- Source: governance plan, 4.1 and 4.3; architecture, section 2 (the matrices' "Client" is client_user)
-- Reversal: drop type public.app_role;
-- Locks: none

create type public.app_role as enum (
  'administrator',
  'supervisor',
  'therapist',
  'associate_trainee',
  'billing_staff',
  'front_desk',
  'client_user'
);
comment on type public.app_role is
  'Roles that the RACI matrices speak of; held by people through public.user_roles.';
