-- Purpose: enforce the RACI matrix on psychotherapy_notes
-- Affects: policies, trigger and grants of public.psychotherapy_notes; function governance.guard_psychotherapy_notes
-- Source: docs/raci/clinical_notes.yaml, compiled by `mentalspace raci compile`; edit there, never here
-- Reversal: run the file of this name before this one
-- Locks: access exclusive on public.psychotherapy_notes, for an instant

drop policy if exists psychotherapy_notes_select on public.psychotherapy_notes;
drop policy if exists psychotherapy_notes_insert on public.psychotherapy_notes;
drop policy if exists psychotherapy_notes_update on public.psychotherapy_notes;
drop policy if exists psychotherapy_notes_delete on public.psychotherapy_notes;
drop policy if exists psychotherapy_notes_client_sees on public.psychotherapy_notes;

create policy psychotherapy_notes_select on public.psychotherapy_notes
as permissive for select to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('psychotherapy_notes', 'select'))
    or author_id = any ((select governance.reachable_people('psychotherapy_notes', 'select'))::uuid[])
  )
);
comment on policy psychotherapy_notes_select on public.psychotherapy_notes is
  'RACI: clinical_notes.view_psychotherapy_notes, clinical_notes.write_psychotherapy_notes';

create policy psychotherapy_notes_insert on public.psychotherapy_notes
as permissive for insert to authenticated
with check (
  (select governance.reaches_all('psychotherapy_notes', 'insert'))
  or author_id = any ((select governance.reachable_people('psychotherapy_notes', 'insert'))::uuid[])
);
comment on policy psychotherapy_notes_insert on public.psychotherapy_notes is
  'RACI: clinical_notes.write_psychotherapy_notes';

create policy psychotherapy_notes_update on public.psychotherapy_notes
as permissive for update to authenticated
using (
  (deleted_at is null)
  and (
    (select governance.reaches_all('psychotherapy_notes', 'update'))
    or author_id = any ((select governance.reachable_people('psychotherapy_notes', 'update'))::uuid[])
  )
)
with check (
  (deleted_at is null)
  and (
    (select governance.reaches_all('psychotherapy_notes', 'update'))
    or author_id = any ((select governance.reachable_people('psychotherapy_notes', 'update'))::uuid[])
  )
);
comment on policy psychotherapy_notes_update on public.psychotherapy_notes is
  'RACI: clinical_notes.write_psychotherapy_notes';

create or replace function governance.guard_psychotherapy_notes() returns trigger
language plpgsql
-- definer because the matrix it asks is readable by no caller
security definer
set search_path = ''
as $guard$
declare
  changed text[];
  covers text[];
  covered text[] := '{}';
  refused jsonb := '{}';
begin
  if governance.acts_as_system() then
    return coalesce(new, old);
  end if;

  if tg_op = 'INSERT' then
    -- clinical_notes.write_psychotherapy_notes: new rows of psychotherapy_notes
    if governance.may_perform('clinical_notes.write_psychotherapy_notes', array[new.author_id]::uuid[], null) then
      if (new.deleted_at is null) is not true then
        perform governance.refuse_value('clinical_notes.write_psychotherapy_notes', 'psychotherapy_notes', 'deleted_at');
      end if;
      new.author_id := governance.actor_id();
      new.created_at := now();
      return new;
    end if;
    perform governance.refuse_tasks('{"clinical_notes.write_psychotherapy_notes"}', 'psychotherapy_notes', 'insert');

  elsif tg_op = 'DELETE' then
    perform governance.refuse_tasks('{}', 'psychotherapy_notes', 'delete');
  end if;

  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), '{updated_at}');

  -- clinical_notes.write_psychotherapy_notes: psychotherapy_notes.session_date or content changes
  if changed && '{session_date,content}'
  then
    covers := '{session_date,content}';
    if governance.may_change(
      'clinical_notes.write_psychotherapy_notes', array[old.author_id]::uuid[], null,
      array[new.author_id]::uuid[], null
    ) then
      covered := covered || covers;
    else
      refused := governance.add_refusal(refused, 'clinical_notes.write_psychotherapy_notes', 'duty', covers);
    end if;
  end if;

  if not changed <@ covered then
    perform governance.refuse_change('psychotherapy_notes', changed, covered, refused);
  end if;
  return new;
end
$guard$;
comment on function governance.guard_psychotherapy_notes() is
  'Judges every change of public.psychotherapy_notes by anonymous and authenticated callers.';
revoke all on function governance.guard_psychotherapy_notes() from public;
-- The name sorts first: what the caller sent is judged, not what other triggers make of it.
drop trigger if exists _raci_guard on public.psychotherapy_notes;
create trigger _raci_guard before insert or update or delete on public.psychotherapy_notes
  for each row execute function governance.guard_psychotherapy_notes();

alter table public.psychotherapy_notes enable row level security;
revoke all on table public.psychotherapy_notes from public, anon, authenticated;
grant select, insert, update on table public.psychotherapy_notes to authenticated;
