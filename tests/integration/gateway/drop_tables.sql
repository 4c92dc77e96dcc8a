drop schema if exists probe cascade;
drop table if exists
  public.probe_shelves, public.probe_books, public.probe_notes, public.probe_types, public.probe_closed cascade;
drop type if exists public.probe_mood;
do $$
declare
  signature regprocedure;
begin
  for signature in
    select oid::regprocedure from pg_proc where pronamespace = 'public'::regnamespace and proname like 'probe\_%'
  loop
    execute format('drop function %s cascade', signature);
  end loop;
end $$;
