-- Purpose: enforce the RACI matrix on service_codes
-- Affects: policies, trigger and grants of public.service_codes; function governance.guard_service_codes
-- Source: docs/raci/administration.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.service_codes, for an instant

drop policy if exists service_codes_select on public.service_codes;
drop policy if exists service_codes_insert on public.service_codes;
drop policy if exists service_codes_update on public.service_codes;
drop policy if exists service_codes_delete on public.service_codes;
drop policy if exists service_codes_client_sees on public.service_codes;

create policy service_codes_select on public.service_codes
as permissive for select to authenticated
using (
  (select governance.reaches_any('service_codes', 'select'))
);
comment on policy service_codes_select on public.service_codes is
  'RACI: administration.manage_service_codes';

create policy service_codes_insert on public.service_codes
as permissive for insert to authenticated
with check (
  (select governance.reaches_any('service_codes', 'insert'))
);
comment on policy service_codes_insert on public.service_codes is
  'RACI: administration.manage_service_codes';

create policy service_codes_update on public.service_codes
as permissive for update to authenticated
using (
  (select governance.reaches_any('service_codes', 'update'))
)
with check (
  (select governance.reaches_any('service_codes', 'update'))
);
comment on policy service_codes_update on public.service_codes is
  'RACI: administration.manage_service_codes';

create or replace function governance.guard_service_codes() returns trigger
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
    -- administration.manage_service_codes: new rows of service_codes
    if governance.may_perform('administration.manage_service_codes') then
      return new;
    end if;
    perform governance.refuse_tasks('{"administration.manage_service_codes"}', 'service_codes', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'service_codes', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- administration.manage_service_codes: service_codes.description, default_minutes, standard_rate or is_active changes
  if changed && '{description,default_minutes,standard_rate,is_active}'
  then
    covers := '{description,default_minutes,standard_rate,is_active}';
    if governance.may_perform('administration.manage_service_codes') then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'administration.manage_service_codes', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('service_codes', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_service_codes() is
  'Judges every change of public.service_codes by anonymous and authenticated callers.';
revoke all on function governance.guard_service_codes() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.service_codes;
create trigger _raci_guard before insert or update or delete on public.service_codes
  for each row execute function governance.guard_service_codes();

alter table public.service_codes enable row level security;
revoke all on table public.service_codes from public, anon, authenticated;
grant select, insert, update on table public.service_codes to authenticated;
