-- Purpose: record an event for every task that is performed on client_statements
-- Affects: trigger of public.client_statements; function governance.record_client_statements()
-- Source: docs/raci/billing.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: drop trigger _raci_record on public.client_statements; drop function governance.record_client_statements();
-- Locks: share row exclusive on public.client_statements, for an instant

create or replace function governance.record_client_statements() returns trigger
language plpgsql
-- definer because nobody may write the outbox but through a trigger
security definer
set search_path = ''
as $record$
declare
  changed text[];
  performed text[] := '{}';
begin
  if tg_op = 'INSERT' then
    performed := array_append(performed, 'billing.generate_statement');
  elsif tg_op = 'UPDATE' then
    changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

    -- billing.generate_statement: client_statements.period_start, period_end or balance changes (from status Draft)
    if changed && '{period_start,period_end,balance}'
    and old.status = 'Draft'
    then
      performed := array_append(performed, 'billing.generate_statement');
    end if;

    -- billing.generate_statement: client_statements.status becomes Void (from status Draft)
    if new.status = 'Void'
    and old.status = 'Draft'
    then
      performed := array_append(performed, 'billing.generate_statement');
    end if;

    -- billing.send_statement: client_statements.status becomes Sent (from status Draft)
    if new.status = 'Sent'
    and old.status = 'Draft'
    then
      performed := array_append(performed, 'billing.send_statement');
    end if;

    -- billing.close_statement: client_statements.status becomes Paid or Void (from status Sent)
    if new.status in ('Paid', 'Void')
    and old.status = 'Sent'
    then
      performed := array_append(performed, 'billing.close_statement');
    end if;
  end if;

  perform governance.record_tasks(
    performed, tg_op, 'client_statements', coalesce(new.id, old.id)::text, changed, false,
    array[]::uuid[], array[old.client_id, new.client_id]::uuid[],
    jsonb_build_object('status', old.status), jsonb_build_object('status', new.status)
  );
  return null;
end
$record$;
comment on function governance.record_client_statements() is
  'Records the tasks that a change of public.client_statements is, as events in its transaction.';
revoke all on function governance.record_client_statements() from public;
drop trigger if exists _raci_record on public.client_statements;
create trigger _raci_record after insert or update on public.client_statements
  for each row execute function governance.record_client_statements();
