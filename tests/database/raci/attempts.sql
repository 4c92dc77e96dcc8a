-- One try of one command as whoever acts, undone at once: how many rows, or which refusal. Tests only.
create function public.attempt(p_command text, p_table text, p_key text, p_values jsonb)
returns text
language plpgsql
set search_path = ''
as $$
declare
  key_column text := case p_table when 'service_codes' then 'code' else 'id' end;
  columns text := (select string_agg(format('%I', name), ', ' order by name) from jsonb_object_keys(p_values) name);
  fields text := (select string_agg(format('r.%I', name), ', ' order by name) from jsonb_object_keys(p_values) name);
  affected bigint;
  state text;
  message text;
  detail text;
begin
  begin
    case p_command
      when 'update' then
        execute format(
          'update public.%1$I set (%2$s) = (select %3$s from jsonb_populate_record(null::public.%1$I, $1) r) where %4$I = %5$L',
          p_table, columns, fields, key_column, p_key
        ) using p_values;
      when 'insert' then
        execute format(
          'insert into public.%1$I (%2$s) select %3$s from jsonb_populate_record(null::public.%1$I, $1) r',
          p_table, columns, fields
        ) using p_values;
      when 'delete' then
        execute format('delete from public.%I where %I = %L', p_table, key_column, p_key);
    end case;
    get diagnostics affected = row_count;
    raise exception using errcode = 'ZZ000', message = affected::text;
  exception when others then
    get stacked diagnostics state = returned_sqlstate, message = message_text, detail = pg_exception_detail;
  end;
  return case state when 'ZZ000' then 'rows ' || message else concat_ws(' ', state, message, detail) end;
end
$$;
grant execute on function public.attempt(text, text, text, jsonb) to anon, authenticated;
