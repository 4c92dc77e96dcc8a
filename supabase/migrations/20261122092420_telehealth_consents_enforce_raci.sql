-- Purpose: enforce the RACI matrix on telehealth_consents
-- Affects: policies, trigger and grants of public.telehealth_consents; function governance.guard_telehealth_consents
-- Source: docs/raci/telehealth.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.telehealth_consents, for an instant

drop policy if exists telehealth_consents_select on public.telehealth_consents;
drop policy if exists telehealth_consents_insert on public.telehealth_consents;
drop policy if exists telehealth_consents_update on public.telehealth_consents;
drop policy if exists telehealth_consents_delete on public.telehealth_consents;
drop policy if exists telehealth_consents_client_sees on public.telehealth_consents;

create policy telehealth_consents_select on public.telehealth_consents
as permissive for select to authenticated
using (
  (select governance.reaches_all('telehealth_consents', 'select'))
  or client_id in (select governance.each_reachable_client('telehealth_consents', 'select'))
);
comment on policy telehealth_consents_select on public.telehealth_consents is
  'RACI: telehealth.view_consents, telehealth.give_consent, telehealth.verify_consent';

create policy telehealth_consents_insert on public.telehealth_consents
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('telehealth_consents', 'insert'))
  or client_id in (select governance.each_reachable_client('telehealth_consents', 'insert'))
);
comment on policy telehealth_consents_insert on public.telehealth_consents is
  'RACI: telehealth.give_consent';

create policy telehealth_consents_update on public.telehealth_consents
as permissive for update to authenticated
using (
  (select governance.reaches_all('telehealth_consents', 'update'))
  or client_id in (select governance.each_reachable_client('telehealth_consents', 'update'))
)
with check (
  (select governance.reaches_all('telehealth_consents', 'update'))
  or client_id in (select governance.each_reachable_client('telehealth_consents', 'update'))
);
comment on policy telehealth_consents_update on public.telehealth_consents is
  'RACI: telehealth.give_consent, telehealth.verify_consent';

create or replace function governance.guard_telehealth_consents() returns trigger
language plpgsql
-- definer because the matrix it asks is readable by no caller
security definer
set search_path = ''
as $guard$
declare
  changed text[];
  covers text[];
  covered text[] := '{}';
  refused jsonb := '{}';
begin
  if governance.acts_as_system() then
    return coalesce(new, old);
  end if;

  if tg_op = 'INSERT' then
    -- telehealth.give_consent: new rows of telehealth_consents
    if governance.may_perform('telehealth.give_consent', array[]::uuid[], new.client_id) then
      if (new.revoked_at is null) is not true then
        perform governance.refuse_value('telehealth.give_consent', 'telehealth_consents', 'revoked_at');
      end if;
      if (new.verified_by is null) is not true then
        perform governance.refuse_value('telehealth.give_consent', 'telehealth_consents', 'verified_by');
      end if;
      if (new.verified_at is null) is not true then
        perform governance.refuse_value('telehealth.give_consent', 'telehealth_consents', 'verified_at');
      end if;
      new.consented_at := now();
      new.created_at := now();
      return new;
    end if;
    perform governance.refuse_tasks('{"telehealth.give_consent"}', 'telehealth_consents', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'telehealth_consents', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- telehealth.give_consent: telehealth_consents.revoked_at is set
  if 'revoked_at' = any (changed) and old.revoked_at is null
  then
    covers := '{revoked_at}';
    if governance.may_change(
      'telehealth.give_consent', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
      new.revoked_at := now();
    else
      refused := governance.add_refusal(refused, 'telehealth.give_consent', 'duty', covers);
    end if;
  end if;

  -- telehealth.verify_consent: telehealth_consents.verified_at is set (from revoked_at empty)
  if 'verified_at' = any (changed) and old.verified_at is null
    and old.revoked_at is null
  then
    covers := '{verified_at,verified_by}';
    if new.created_by = governance.actor_id() then
      refused := governance.add_refusal(refused, 'telehealth.verify_consent', 'self', covers);
    elsif governance.may_change(
      'telehealth.verify_consent', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
      new.verified_at := now();
      new.verified_by := governance.actor_id();
    else
      refused := governance.add_refusal(refused, 'telehealth.verify_consent', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('telehealth_consents', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_telehealth_consents() is
  'Judges every change of public.telehealth_consents by anonymous and authenticated callers.';
revoke all on function governance.guard_telehealth_consents() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.telehealth_consents;
create trigger _raci_guard before insert or update or delete on public.telehealth_consents
  for each row execute function governance.guard_telehealth_consents();

alter table public.telehealth_consents enable row level security;
revoke all on table public.telehealth_consents from public, anon, authenticated;
grant select, insert, update on table public.telehealth_consents to authenticated;
