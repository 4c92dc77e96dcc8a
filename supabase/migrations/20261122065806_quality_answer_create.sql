-- Purpose: answer checks from what is known of them, and read all rows of those of which nothing is known
-- Affects: type governance.quality_answer; functions governance.judge_quality, answer_quality, read_whole_quality, keep_quality
-- Source: architecture, section 4 (a periodic full pass and a proof that incremental and full agree)
-- Reversal: drop function for each; drop type governance.quality_answer;
-- Locks: none

-- No failure is a pass, also where nobody counted the rows.
create or replace function governance.judge_quality(failures bigint, row_count bigint, threshold numeric, unit text)
returns text
language sql immutable
set search_path = ''
as $$
  select case
    when failures = 0 then 'passed'
    when case unit when 'percent' then failures * 100 <= threshold * row_count else failures <= threshold end
    then 'passed' else 'failed' end
$$;

create type governance.quality_answer as (
  table_name text,
  name text,
  outcome text,
  method text,
  proof text,
  failures bigint,
  row_count bigint,
  failing_keys text[],
  duration_ms numeric,
  error_code text,
  way text,
  rows_read bigint,
  disagreement bigint
);
comment on type governance.quality_answer is
  'An outcome and the way to it: proved, full or incremental, how many rows were looked at, and on how many the ways disagree.';

create or replace function governance.answer_quality(target text default null, key_limit integer default 20)
returns setof governance.quality_answer
language sql stable
set search_path = ''
as $$
  select
    state.table_name, state.name,
    governance.judge_quality(state.failures, captured.row_count, registered.threshold, registered.unit),
    case when state.proof is not null then 'proved' else registered.kind end,
    state.proof,
    state.failures,
    case when state.proof is null and registered.kind <> 'value' then captured.row_count end,
    array(
      select failure.key from governance.quality_failures as failure
      where failure.state_id = state.id order by failure.key limit key_limit
    ),
    state.duration_ms,
    null::text,
    case when state.proof is not null then 'proved' else 'incremental' end,
    state.rows_read,
    null::bigint
  from governance.quality_states as state
  join governance.quality_checks as registered using (table_name, name)
  left join governance.quality_captures as captured using (relation)
  where (target is null or state.table_name = target) and (state.proof is not null or state.basis is not null)
$$;
comment on function governance.answer_quality(text, integer) is
  'The outcomes of checks that the catalog proves or of which it is known which rows are wrong. Reads no table of the practice.';

create or replace function governance.keep_quality(answer governance.quality_answer, new_basis text)
returns bigint
language plpgsql
set search_path = ''
as $$
declare
  state governance.quality_states;
  disagreement bigint;
begin
  select * into state from governance.quality_states as each
  where each.table_name = answer.table_name and each.name = answer.name;
  -- Of too many wrong rows not all keys are there; of an error none are.
  if new_basis is null or answer.outcome = 'error'
    or answer.method <> 'value' and cardinality(answer.failing_keys) < answer.failures
  then
    perform governance.forget_quality(array[state.id]);
    return null;
  end if;
  if state.basis = new_basis then
    select count(*) + (answer.method = 'value' and state.failures <> answer.failures)::integer into disagreement
    from unnest(answer.failing_keys) as found (key)
    full join (
      select failure.key from governance.quality_failures as failure where failure.state_id = state.id
    ) as kept using (key)
    where found.key is null or kept.key is null;
  end if;
  delete from governance.quality_failures as failure
  where failure.state_id = state.id
    and not exists (select from unnest(answer.failing_keys) as found (key) where found.key = failure.key);
  insert into governance.quality_failures (state_id, key)
  select distinct state.id, each from unnest(answer.failing_keys) as each
  on conflict do nothing;
  update governance.quality_states as each
  set basis = new_basis, failures = answer.failures, settled_at = governance.quality_clock(),
    verified_at = governance.quality_clock(), rows_read = coalesce(answer.row_count, 0)
  where each.id = state.id;
  return disagreement;
end
$$;
comment on function governance.keep_quality(governance.quality_answer, text) is
  'Keeps which rows are wrong, and returns how many of them were not known or known wrongly; null if nothing was known.';

create or replace function governance.read_whole_quality(target text, names text[], key_limit integer default 20)
returns setof governance.quality_answer
language plpgsql
set search_path = ''
as $$
declare
  -- More wrong rows than this are not kept: the check reads all rows each time.
  many constant integer := 100000;
  bases jsonb := (
    select jsonb_object_agg(base.name, base.basis)
    from governance.find_quality_bases() as base where base.table_name = target
  );
  outcome governance.quality_outcome;
  answer governance.quality_answer;
begin
  for outcome in select * from governance.evaluate_quality_checks(target, names, false, many) loop
    answer := (
      outcome.table_name, outcome.name, outcome.outcome, outcome.method, outcome.proof, outcome.failures,
      outcome.row_count, outcome.failing_keys, outcome.duration_ms, outcome.error_code, 'full', outcome.row_count, null
    );
    answer.disagreement := governance.keep_quality(answer, bases ->> outcome.name);
    answer.failing_keys := (
      select coalesce(array_agg(each.key), '{}') from (
        select key from unnest(outcome.failing_keys) as found (key) order by key limit key_limit
      ) as each
    );
    return next answer;
  end loop;
end
$$;
comment on function governance.read_whole_quality(text, text[], integer) is
  'Runs checks of a table over all rows, keeps which are wrong, and compares with what was known.';

revoke all on function
  governance.answer_quality(text, integer),
  governance.keep_quality(governance.quality_answer, text),
  governance.read_whole_quality(text, text[], integer)
from public;
