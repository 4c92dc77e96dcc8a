-- Purpose: bring what is known of each check to the present by judging only rows whose answer may have changed
-- Affects: functions governance.settle_quality and those it calls
-- Source: architecture, section 4 (incremental where that is sound)
-- Reversal: drop function for each
-- Locks: none

-- Whoever calls these has begun a transaction in repeatable read and locked governance.quality_states before
-- its first query: all of a pass is one snapshot, and passes follow one another. What was captured and is seen in
-- that snapshot is judged by it and deleted; what a transaction still holds back is in neither, and is left to
-- the next pass. No order of numbers or of times comes into it.

create or replace function governance.find_quality_marks()
returns table (relation text, catalog text, capture text)
language sql stable
set search_path = ''
as $$
  with wanted as (
    select named.relation, to_regclass(named.relation) as oid
    from (
      select distinct unnest(registered.relation || registered.reads) as relation
      from governance.quality_checks as registered
    ) as named
  ),
  part as (
    select conrelid as oid, 'constraint' as kind, pg_constraint.oid as object, 0 as number, xmin::text as version
    from pg_catalog.pg_constraint
    union all
    select indrelid, 'index', indexrelid, 0, xmin::text from pg_catalog.pg_index
    union all
    select attrelid, 'column', attrelid, attnum, pg_attribute.xmin::text
    from wanted join pg_catalog.pg_attribute on attrelid = wanted.oid and attnum > 0
    union all
    select tgrelid, 'trigger', pg_trigger.oid, 0, xmin::text from pg_catalog.pg_trigger where tgisinternal
    union all
    select tgconstrrelid, 'trigger', pg_trigger.oid, 1, xmin::text
    from pg_catalog.pg_trigger where tgconstrrelid <> 0
  ),
  cataloged as (
    select oid, count(*) || ':' || bit_xor(
      hashtextextended(concat_ws(',', kind, object, number, version), 0)
    ) as mark
    from part group by oid
  ),
  triggered as (
    select tgrelid as oid, string_agg(pg_trigger.oid::text, ',' order by tgname) as mark
    from pg_catalog.pg_trigger
    where tgname in (
      'quality_capture_insert', 'quality_capture_update', 'quality_capture_delete', 'quality_capture_truncate'
    ) and tgenabled in ('O', 'A')
    group by tgrelid having count(*) = 4
  )
  select wanted.relation, cataloged.mark,
    captured.digest || ';' || triggered.mark || ';' || class.relfilenode
  from wanted
  left join cataloged using (oid)
  left join (
    governance.quality_captures as captured
    join wanted as own using (relation)
    join triggered on triggered.oid = own.oid
    join pg_catalog.pg_class as class on class.oid = own.oid and class.relkind = 'r' and not class.relhassubclass
      and not row_security_active(own.oid)
  ) on captured.relation = wanted.relation
$$;
comment on function governance.find_quality_marks() is
  'By table: what of the catalog proofs rest on, and which triggers capture its changes into which file; the latter null if something changes it unseen.';

create or replace function governance.find_quality_bases()
returns table (table_name text, name text, proof_basis text, basis text, full_because text)
language sql stable
set search_path = ''
as $$
  with marks as materialized (select * from governance.find_quality_marks())
  select registered.table_name, registered.name,
    case when registered.proof is not null then registered.digest || ';' || marks.catalog end,
    case when said.full_because is null
      then md5(concat_ws(';', registered.digest, registered.incremental::text, watched.marks)) end,
    said.full_because
  from governance.quality_checks as registered
  left join marks using (relation)
  cross join lateral (
    select
      string_agg(each.capture, ';' order by each.relation) as marks,
      min(named.relation) filter (where each.capture is null) as unseen
    from jsonb_array_elements_text(registered.incremental -> 'relations') as named (relation)
    left join marks as each using (relation)
  ) as watched
  cross join lateral (
    select min(asked.name) filter (where not exists (
      select from pg_catalog.pg_proc as found
      where found.oid::regproc::text = asked.name and found.provolatile = 'i'
    )) as changeable
    from jsonb_array_elements_text(registered.incremental -> 'functions') as asked (name)
  ) as functions
  cross join lateral (
    select coalesce(
      registered.incremental ->> 'full_because',
      'nothing captures every change of ' || watched.unseen,
      functions.changeable || ' may answer otherwise tomorrow: it is not immutable'
    ) as full_because
  ) as said
$$;
comment on function governance.find_quality_bases() is
  'By check: what its proof and its failing rows would rest on now, or why all rows are read each time.';

create or replace function governance.forget_quality(forgotten integer[]) returns void
language sql
set search_path = ''
as $$
  delete from governance.quality_failures where state_id = any (forgotten);
  update governance.quality_states set basis = null, settled_at = null, failures = 0
  where id = any (forgotten) and basis is not null;
$$;
comment on function governance.forget_quality(integer[]) is
  'Forgets which rows are wrong: all are read next time.';

create or replace function governance.refresh_quality_states() returns void
language plpgsql
set search_path = ''
as $$
declare
  stale record;
  found_proof text;
begin
  insert into governance.quality_states (table_name, name)
  select registered.table_name, registered.name
  from governance.quality_checks as registered
  where not exists (
    select from governance.quality_states as state
    where state.table_name = registered.table_name and state.name = registered.name
  );
  for stale in
    select state.id, registered, base.proof_basis, state.proof,
      state.proof_basis is distinct from base.proof_basis as ask,
      state.basis is distinct from base.basis as forget
    from governance.find_quality_bases() as base
    join governance.quality_states as state using (table_name, name)
    join governance.quality_checks as registered using (table_name, name)
    where state.proof_basis is distinct from base.proof_basis
      or state.basis is not null and state.basis is distinct from base.basis
  loop
    found_proof := stale.proof;
    if stale.ask then
      found_proof := (governance.evaluate_by_catalog(stale.registered)).proof;
      update governance.quality_states set proof = found_proof, proof_basis = stale.proof_basis
      where id = stale.id;
    end if;
    if stale.forget or found_proof is not null then
      perform governance.forget_quality(array[stale.id]);
    end if;
  end loop;
end
$$;
comment on function governance.refresh_quality_states() is
  'Asks the catalog again where it changed, and forgets what rests on something that is no more.';

create or replace function governance.merge_quality(ids integer[], answer jsonb) returns void
language sql
set search_path = ''
as $$
  with looked as materialized (
    select distinct key from jsonb_array_elements_text(nullif(answer -> 'looked', 'null')) as each (key)
  ),
  wrong as materialized (
    select distinct ids[each.place] as state_id, found.key
    from jsonb_array_elements(answer -> 'wrong') with ordinality as each (keys, place)
    cross join lateral jsonb_array_elements_text(nullif(each.keys, 'null')) as found (key)
  ),
  mended as (
    delete from governance.quality_failures as failure
    using looked
    where failure.state_id = any (ids) and failure.key = looked.key
      and not exists (
        select from wrong where wrong.state_id = failure.state_id and wrong.key = failure.key
      )
  )
  insert into governance.quality_failures (state_id, key)
  select state_id, key from wrong
  on conflict do nothing;
$$;
comment on function governance.merge_quality(integer[], jsonb) is
  'Of the rows that were looked at, keeps as wrong those that are.';

create or replace function governance.judge_again(
  targets governance.quality_checks[], ids integer[], source text, key text, images jsonb, since timestamptz
) returns void
language plpgsql
set search_path = ''
as $$
declare
  started timestamptz := clock_timestamp();
  answer jsonb;
begin
  answer := governance.read_quality_changes(format(
    'select jsonb_build_object(''looked'', array_agg(%s), ''wrong'', array[%s]) from %s',
    key,
    (
      select string_agg(format(
        'to_jsonb(array_agg(%s) filter (where %I.%I is not null and (%s) and (%s)))', key,
        split_part(targets[place].relation, '.', 2), targets[place].primary_key[1],
        coalesce(targets[place].live, 'true'), targets[place].predicate
      ), ', ' order by place)
      from generate_subscripts(targets, 1) as place
    ),
    source
  ), targets[1].time_zone, images, since);
  if answer -> 'looked' <> 'null' then
    perform governance.merge_quality(ids, answer);
    update governance.quality_states
    set rows_read = rows_read + jsonb_array_length(answer -> 'looked'),
      duration_ms = duration_ms + governance.milliseconds_since(started) / cardinality(ids)
    where id = any (ids);
  end if;
exception when others then
  -- One of them cannot be judged: it is read whole, and that says what is amiss. The others are heard.
  if cardinality(ids) = 1 then
    perform governance.forget_quality(ids);
  else
    for place in 1 .. cardinality(ids) loop
      perform governance.judge_again(array[targets[place]], array[ids[place]], source, key, images, since);
    end loop;
  end if;
end
$$;
comment on function governance.judge_again(governance.quality_checks[], integer[], text, text, jsonb, timestamptz) is
  'Judges the rows of a source by several checks of one table, and keeps which of them are wrong.';

create or replace function governance.take_quality_changes() returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  -- More than a fifth of a table is sooner read whole.
  few constant bigint := 10000;
  share constant numeric := 0.2;
  flooded text[];
  images jsonb;
begin
  with counted as (
    select change.relation, count(*) as rows, bool_or(change.image is null) as whole, sum(change.live) as live
    from governance.quality_changes as change group by change.relation
  ),
  moved as (
    update governance.quality_captures as captured
    set row_count = case when not counted.whole then captured.row_count + counted.live end
    from counted
    where counted.relation = captured.relation and (counted.whole or counted.live <> 0)
  )
  select array_agg(counted.relation) into flooded
  from counted
  left join governance.quality_captures as captured using (relation)
  where counted.whole or captured.relation is null
    or counted.rows > greatest(few, share * captured.row_count);
  perform governance.forget_quality(array_agg(state.id))
  from governance.quality_states as state
  join governance.quality_checks as registered using (table_name, name)
  where state.basis is not null and registered.incremental -> 'relations' ?| flooded;
  select coalesce(jsonb_object_agg(taken.relation, taken.images), '{}') into images
  from (
    select change.relation, jsonb_agg(change.image) as images
    from governance.quality_changes as change
    where change.relation <> all (coalesce(flooded, '{}'))
    group by change.relation
  ) as taken;
  delete from governance.quality_changes;
  return images;
end
$$;
comment on function governance.take_quality_changes() is
  'The changed rows that are seen, by table; they are taken from the queue. What rests on a table that changed too much is forgotten.';

create or replace function governance.judge_changed(images jsonb) returns void
language plpgsql
set search_path = ''
as $$
declare
  part record;
begin
  for part in
    select watch ->> 'source' as source, watch ->> 'key' as key, watch ->> 'relation' as changed,
      array_agg(registered order by state.id) as targets, array_agg(state.id order by state.id) as ids
    from governance.quality_states as state
    join governance.quality_checks as registered using (table_name, name)
    cross join lateral jsonb_array_elements(registered.incremental -> 'watches') as watch
    where state.basis is not null and registered.kind <> 'value'
      and watch ->> 'rows' = 'changed' and images ? (watch ->> 'relation')
    group by 1, 2, 3, registered.relation, registered.live, registered.time_zone
  loop
    perform governance.judge_again(
      part.targets, part.ids, part.source, part.key, images -> part.changed, governance.quality_clock()
    );
  end loop;
  for part in
    select watch ->> 'source' as source, watch ->> 'key' as key, array[registered] as targets,
      array[state.id] as ids, failing.keys
    from governance.quality_states as state
    join governance.quality_checks as registered using (table_name, name)
    cross join lateral jsonb_array_elements(registered.incremental -> 'watches') as watch
    cross join lateral (
      select jsonb_agg(jsonb_build_object('key', failure.key)) as keys
      from governance.quality_failures as failure where failure.state_id = state.id
    ) as failing
    where state.basis is not null and watch ->> 'rows' = 'failing' and images ? (watch ->> 'relation')
      and failing.keys is not null
  loop
    perform governance.judge_again(
      part.targets, part.ids, part.source, part.key, part.keys, governance.quality_clock()
    );
  end loop;
  perform governance.forget_quality(array_agg(state.id))
  from governance.quality_states as state
  join governance.quality_checks as registered using (table_name, name)
  where state.basis is not null and registered.kind = 'value'
    and registered.incremental -> 'relations' ?| array(select jsonb_object_keys(images));
end
$$;
comment on function governance.judge_changed(jsonb) is
  'Judges the rows that changed, those that refer to them, and their twins; a number of a changed table is forgotten.';

create or replace function governance.judge_by_time() returns void
language plpgsql
set search_path = ''
as $$
declare
  part record;
begin
  for part in
    select boundary ->> 'source' as source,
      string_agg(distinct '(' || (boundary ->> 'condition') || ')', ' or ') as condition,
      min(state.settled_at) as since,
      array_agg(distinct state.id) as ids
    from governance.quality_states as state
    join governance.quality_checks as registered using (table_name, name)
    cross join lateral jsonb_array_elements(registered.incremental -> 'boundaries') as boundary
    where state.basis is not null and state.settled_at <> governance.quality_clock()
    group by 1, registered.relation, registered.live, registered.time_zone
  loop
    perform governance.judge_again(
      array_agg(registered order by state.id), part.ids, part.source || ' where ' || part.condition,
      governance.key_of((array_agg(registered))[1]), '[]', part.since
    )
    from governance.quality_states as state
    join governance.quality_checks as registered using (table_name, name)
    where state.id = any (part.ids);
  end loop;
  update governance.quality_states as state
  set settled_at = governance.quality_clock()
  from governance.quality_checks as registered
  where registered.table_name = state.table_name and registered.name = state.name
    and state.basis is not null and registered.incremental -> 'boundaries' <> '[]';
end
$$;
comment on function governance.judge_by_time() is
  'Judges the rows that a boundary of time passed since the last pass.';

create or replace function governance.settle_quality() returns void
language plpgsql
set search_path = ''
as $$
begin
  update governance.quality_states set rows_read = 0, duration_ms = 0 where rows_read > 0 or duration_ms > 0;
  perform governance.refresh_quality_states();
  perform governance.judge_changed(governance.take_quality_changes());
  perform governance.judge_by_time();
  update governance.quality_states as state
  set failures = (select count(*) from governance.quality_failures as failure where failure.state_id = state.id)
  where state.rows_read > 0;
  update governance.quality_captures as captured
  set row_count = governance.count_rows_of((
    select registered from governance.quality_checks as registered
    where registered.relation = captured.relation and registered.kind <> 'value' limit 1
  ))
  where captured.row_count is null and exists (
    select from governance.quality_states as state
    join governance.quality_checks as registered using (table_name, name)
    where registered.relation = captured.relation and registered.kind <> 'value' and state.basis is not null
  );
end
$$;
comment on function governance.settle_quality() is
  'Brings what is known of every check to the present, by judging only rows whose answer may have changed.';

revoke all on function
  governance.find_quality_marks(),
  governance.find_quality_bases(),
  governance.forget_quality(integer[]),
  governance.refresh_quality_states(),
  governance.merge_quality(integer[], jsonb),
  governance.judge_again(governance.quality_checks[], integer[], text, text, jsonb, timestamptz),
  governance.take_quality_changes(),
  governance.judge_changed(jsonb),
  governance.judge_by_time(),
  governance.settle_quality()
from public;
