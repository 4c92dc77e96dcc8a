-- Purpose: run one registered check over the API, by its name
-- Affects: functions governance.execute_quality_check, public.execute_quality_check
-- Source: governance plan, 5.3 (rpc execute_quality_check); architecture, sections 2 and 4 (no SQL travels over the API)
-- Reversal: drop function public.execute_quality_check(text); drop function governance.execute_quality_check(text);
-- Locks: none

create or replace function governance.execute_quality_check(check_query text)
returns table (count bigint, outcome text, threshold numeric, severity text)
language plpgsql
security definer -- because the registry and the tables it names are not granted to the API's roles
set search_path = ''
as $$
declare
  registered governance.quality_checks;
  result governance.quality_outcome;
begin
  select * into registered from governance.quality_checks as each
  where check_query in (
    each.table_name || '.' || each.name,
    regexp_replace(each.table_name, '^public\.', '') || '.' || each.name
  );
  if not found then
    raise exception 'no registered check has this name'
      using errcode = 'PT404', hint = 'Pass <table>.<rule>, such as appointments.double_booking; SQL is not run.';
  end if;
  result := governance.evaluate_by_catalog(registered);
  if result.outcome is null then
    result := governance.evaluate_by_reading(registered);
  end if;
  if result.outcome = 'error' then
    raise exception 'check %.% could not run', registered.table_name, registered.name
      using errcode = result.error_code, hint = 'mentalspace quality explain shows the check.';
  end if;
  return query select result.failures, result.outcome, registered.threshold, registered.severity;
end
$$;
comment on function governance.execute_quality_check(text) is
  'Runs one registered check: its count of wrong rows and whether it passed. Raises if it cannot run.';
revoke all on function governance.execute_quality_check(text) from public;
grant execute on function governance.execute_quality_check(text) to service_role;

-- PostgREST applies the timeout before it calls. The plan's name of the parameter stays, SQL is refused.
create or replace function public.execute_quality_check(check_query text)
returns table (count bigint, outcome text, threshold numeric, severity text)
language sql
set search_path = ''
set statement_timeout = '30s'
as $$ select * from governance.execute_quality_check(check_query) $$;
comment on function public.execute_quality_check(text) is
  'Runs a registered data quality check by its name, such as appointments.double_booking. Service role only; SQL is refused.';
revoke all on function public.execute_quality_check(text) from public, anon, authenticated;
grant execute on function public.execute_quality_check(text) to service_role;
