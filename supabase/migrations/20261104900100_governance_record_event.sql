-- Purpose: record that a task was performed on a row, in the transaction that performs it
-- Affects: function governance.record_event
-- Source: architecture, section 5
-- Reversal: drop function governance.record_event(text, text, text, text, jsonb);
-- Locks: none

create or replace function governance.record_event(
  p_module text, p_task text, p_table text, p_row_key text, p_facts jsonb default '{}'
) returns void
language plpgsql
security definer -- because nobody may write the outbox but through a trigger
set search_path = ''
as $$
begin
  insert into governance.events (table_name, row_key, module, task, kind, actor_id, acted_as, facts)
  values (
    p_table,
    p_row_key,
    p_module,
    p_task,
    case when p_facts ->> 'command' in ('insert', 'update', 'delete') then p_facts ->> 'command' else 'other' end,
    -- What service_role or a direct session does is the system's, whatever claims are still set.
    case when governance.acts_as_system() then null else governance.actor_id() end,
    -- SET ROLE shows here even inside definer functions, which change current_user.
    coalesce(nullif(current_setting('role', true), 'none'), session_user),
    case when jsonb_typeof(p_facts) = 'object' then p_facts - 'command' else '{}' end
  );
end
$$;
comment on function governance.record_event(text, text, text, text, jsonb) is
  'Appends to the outbox. For triggers: call it after the row is written. Never raises for claims, whatever they are. '
  'Facts: command, changed, owners, client, was, is; never PHI.';
revoke all on function governance.record_event(text, text, text, text, jsonb)
  from public, anon, authenticated, service_role;
