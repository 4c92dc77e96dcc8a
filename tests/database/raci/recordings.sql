-- Tries of commands as whoever acts, each undone at once: what happened, and the events that were recorded. Tests only.
create function public.recorded() returns jsonb
language sql
security definer -- because nobody who acts may read the outbox
set search_path = ''
as $$
  select coalesce(jsonb_agg(to_jsonb(event) order by event.event_id), '[]') from governance.events event
$$;

create function public.attempt_recorded(p_statement text) returns jsonb
language plpgsql
set search_path = 'public'
as $$
declare
  events jsonb := '[]';
  affected bigint;
  answer text;
begin
  begin
    execute p_statement;
    get diagnostics affected = row_count;
    events := public.recorded();
    raise exception using errcode = 'ZZ000', message = 'rows ' || affected;
  exception when others then
    answer := case sqlstate when 'ZZ000' then sqlerrm else concat_ws(' ', sqlstate, sqlerrm) end;
  end;
  return jsonb_build_object('answer', answer, 'events', events);
end
$$;
grant execute on function public.recorded(), public.attempt_recorded(text) to anon, authenticated, service_role;
