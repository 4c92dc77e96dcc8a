-- Purpose: changes of these tables reach subscribers who may see the row
-- Affects: publication supabase_realtime
-- Source: architecture, sections 1 and 5
-- Reversal: alter publication supabase_realtime drop table …;
-- Locks: share update exclusive on each table, for an instant

-- Psychotherapy notes are left out: nothing about them travels. A plain Postgres has no such publication.
do $$
declare
  name text;
begin
  if not exists (select from pg_publication where pubname = 'supabase_realtime' and not puballtables) then
    return;
  end if;
  foreach name in array array[
    'profiles', 'user_roles', 'clients', 'appointments', 'clinical_notes', 'note_cosignatures',
    'unlock_requests', 'charge_entries', 'insurance_claims', 'appointment_waitlist', 'blocked_times', 'appointment_requests',
    'client_portal_messages', 'client_documents', 'assessment_assignments', 'telehealth_sessions'
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
