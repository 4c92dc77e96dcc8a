-- Purpose: enforce the RACI matrix on client_statements
-- Affects: policies, trigger and grants of public.client_statements; function governance.guard_client_statements
-- Source: docs/raci/billing.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.client_statements, for an instant

drop policy if exists client_statements_select on public.client_statements;
drop policy if exists client_statements_insert on public.client_statements;
drop policy if exists client_statements_update on public.client_statements;
drop policy if exists client_statements_delete on public.client_statements;
drop policy if exists client_statements_client_sees on public.client_statements;

create policy client_statements_select on public.client_statements
as permissive for select to authenticated
using (
  (select governance.reaches_all('client_statements', 'select'))
  or client_id in (select governance.each_reachable_client('client_statements', 'select'))
);
comment on policy client_statements_select on public.client_statements is
  'RACI: billing.view_statements, billing.generate_statement, billing.send_statement, '
  'billing.close_statement';

create policy client_statements_insert on public.client_statements
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('client_statements', 'insert'))
  or client_id in (select governance.each_reachable_client('client_statements', 'insert'))
);
comment on policy client_statements_insert on public.client_statements is
  'RACI: billing.generate_statement';

create policy client_statements_update on public.client_statements
as permissive for update to authenticated
using (
  (select governance.reaches_all('client_statements', 'update'))
  or client_id in (select governance.each_reachable_client('client_statements', 'update'))
)
with check (
  (select governance.reaches_all('client_statements', 'update'))
  or client_id in (select governance.each_reachable_client('client_statements', 'update'))
);
comment on policy client_statements_update on public.client_statements is
  'RACI: billing.generate_statement, billing.send_statement, billing.close_statement';

create policy client_statements_client_sees on public.client_statements
as restrictive for select to authenticated
using (
  (status in ('Sent', 'Paid'))
  or (client_id in (select unnest(governance.own_charts()))) is not true
);
comment on policy client_statements_client_sees on public.client_statements is
  'Data contract, ownership: client_sees';

create or replace function governance.guard_client_statements() returns trigger
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
    -- billing.generate_statement: new rows of client_statements
    if governance.may_perform('billing.generate_statement', array[]::uuid[], new.client_id) then
      if (new.status = 'Draft') is not true then
        perform governance.refuse_value('billing.generate_statement', 'client_statements', 'status');
      end if;
      if (new.sent_at is null) is not true then
        perform governance.refuse_value('billing.generate_statement', 'client_statements', 'sent_at');
      end if;
      new.created_at := now();
      return new;
    end if;
    perform governance.refuse_tasks('{"billing.generate_statement"}', 'client_statements', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'client_statements', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- billing.generate_statement: client_statements.period_start, period_end or balance changes (from status Draft)
  if changed && '{period_start,period_end,balance}'
    and old.status = 'Draft'
  then
    covers := '{period_start,period_end,balance}';
    if governance.may_change(
      'billing.generate_statement', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.generate_statement', 'duty', covers);
    end if;
  end if;

  -- billing.generate_statement: client_statements.status becomes Void (from status Draft)
  if new.status = 'Void'
    and old.status = 'Draft'
  then
    covers := '{status}';
    if governance.may_change(
      'billing.generate_statement', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.generate_statement', 'duty', covers);
    end if;
  end if;

  -- billing.send_statement: client_statements.status becomes Sent (from status Draft)
  if new.status = 'Sent'
    and old.status = 'Draft'
  then
    covers := '{status,sent_at}';
    if governance.may_change(
      'billing.send_statement', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
      new.sent_at := now();
    else
      refused := governance.add_refusal(refused, 'billing.send_statement', 'duty', covers);
    end if;
  end if;

  -- billing.close_statement: client_statements.status becomes Paid or Void (from status Sent)
  if new.status in ('Paid', 'Void')
    and old.status = 'Sent'
  then
    covers := '{status}';
    if governance.may_change(
      'billing.close_statement', array[]::uuid[], old.client_id,
      array[]::uuid[], new.client_id
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'billing.close_statement', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('client_statements', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_client_statements() is
  'Judges every change of public.client_statements by anonymous and authenticated callers.';
revoke all on function governance.guard_client_statements() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.client_statements;
create trigger _raci_guard before insert or update or delete on public.client_statements
  for each row execute function governance.guard_client_statements();

alter table public.client_statements enable row level security;
revoke all on table public.client_statements from public, anon, authenticated;
grant select, insert, update on table public.client_statements to authenticated;
