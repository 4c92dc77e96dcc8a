-- Purpose: changes of these tables reach subscribers who may see the row
-- Affects: publication supabase_realtime
-- Source: architecture, sections 1 and 5
-- Reversal: alter publication supabase_realtime drop table …;
-- Locks: share update exclusive on each table, for an instant

do $$
declare
  name text;
begin
  if not exists (select from pg_publication where pubname = 'supabase_realtime' and not puballtables) then
    return;
  end if;
  foreach name in array array[
    'notification_logs', 'system_alerts', 'security_incidents'
  ] loop
    if not exists (
      select from pg_publication_tables
      where pubname = 'supabase_realtime' and schemaname = 'public' and tablename = name
    ) then
      execute format('alter publication supabase_realtime add table public.%I', name);
    end if;
  end loop;
end
$$;
