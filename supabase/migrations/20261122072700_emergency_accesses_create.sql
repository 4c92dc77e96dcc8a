-- Purpose: emergency access: every use, its rules, its review
-- Affects: tables governance.emergency_access_rules, governance.emergency_accesses; functions governance.close_left_emergencies; triggers on public.user_roles and public.profiles
-- Source: 45 CFR 164.312(a)(2)(ii), 164.308(a)(1)(ii)(D); docs/raci/administration.yaml (break_glass)
-- Reversal: drop the triggers, the function and the tables, after the functions that ask them
-- Locks: share row exclusive on public.user_roles and public.profiles, for an instant

create table governance.emergency_access_rules (
  is_the_only_one boolean not null default true,
  lasts interval not null default interval '60 minutes',
  most_uses smallint not null default 3,
  in_period interval not null default interval '24 hours',
  review_within interval not null default interval '72 hours',
  constraint emergency_access_rules_pkey primary key (is_the_only_one),
  constraint emergency_access_rules_one_row_check check (is_the_only_one),
  constraint emergency_access_rules_lasts_check check (lasts between interval '5 minutes' and interval '8 hours'),
  constraint emergency_access_rules_most_uses_check check (most_uses between 1 and 20),
  constraint emergency_access_rules_in_period_check check (in_period >= interval '1 hour'),
  constraint emergency_access_rules_review_within_check check (review_within >= interval '1 hour')
);
comment on table governance.emergency_access_rules is
  'One row: how long an emergency access lasts, how often a person may have one, when it must be reviewed.';

-- Without foreign keys, as logs: what was opened, and why, outlives the record and the person.
create table governance.emergency_accesses (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  client_id uuid not null,
  reason text not null,
  began_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  ended_by uuid,
  reviewed_at timestamptz,
  reviewed_by uuid,
  outcome text,
  constraint emergency_accesses_pkey primary key (id),
  constraint emergency_accesses_reason_check check (char_length(btrim(reason)) between 10 and 500),
  constraint emergency_accesses_expires_at_check check (expires_at > began_at),
  constraint emergency_accesses_outcome_check check (outcome in ('justified', 'not_justified')),
  constraint emergency_accesses_review_check check (num_nulls(reviewed_at, reviewed_by, outcome) in (0, 3)),
  constraint emergency_accesses_two_people_check check (reviewed_by <> user_id)
);
comment on table governance.emergency_accesses is
  'Who opened whose chart in an emergency, why, until when, and what the review said. The reason may be PHI: it goes '
  'nowhere else.';
comment on column governance.emergency_accesses.ended_at is 'When it was ended before its time.';
comment on column governance.emergency_accesses.ended_by is 'By whom; null: by the system, as when a role is taken away.';

create index emergency_accesses_open_idx on governance.emergency_accesses (user_id, expires_at) where ended_at is null;
create index emergency_accesses_user_id_began_at_idx on governance.emergency_accesses (user_id, began_at);
create index emergency_accesses_unreviewed_idx on governance.emergency_accesses (began_at) where reviewed_at is null;

alter table governance.emergency_access_rules enable row level security;
alter table governance.emergency_accesses enable row level security;
revoke all on table governance.emergency_access_rules, governance.emergency_accesses
  from public, anon, authenticated, service_role;

create or replace function governance.close_left_emergencies() returns trigger
language plpgsql
security definer -- because nobody may write emergency accesses
set search_path = ''
as $$
begin
  update governance.emergency_accesses open
  set ended_at = clock_timestamp()
  where open.user_id = coalesce(to_jsonb(old) ->> 'user_id', to_jsonb(old) ->> 'id')::uuid
    and open.ended_at is null
    and open.expires_at > clock_timestamp();
  return null;
end
$$;
comment on function governance.close_left_emergencies() is
  'Ends what is open of a person who loses a role or is deactivated: given back, the role does not bring it back.';
revoke all on function governance.close_left_emergencies() from public;

create trigger user_roles_close_emergencies after update or delete on public.user_roles
  for each row execute function governance.close_left_emergencies();
create trigger profiles_close_emergencies after update of is_active on public.profiles
  for each row when (old.is_active and not new.is_active) execute function governance.close_left_emergencies();
