"""Which changes of which tables are captured, so that checks are answered without reading all rows. Pure.

One trigger per table and kind of statement: it runs once for however many rows a statement changes, and keeps
of each the primary key and the columns by which rows of other tables find it, as they were and as they are.
An update of columns that no check reads is not kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from mentalspace.contracts.contract import Contracts, Table
from mentalspace.contracts.guard import find_named_columns
from mentalspace.contracts.identifiers import ident, idents
from mentalspace.contracts.physical_types import canonical_type
from mentalspace.quality.check import CheckSpec
from mentalspace.quality.predicates import quote

NAME = "quality_captures_enforce"
# A statement that changes more rows than this is kept as one row, and the table is read whole.
FLOOD = 50_000
HEADER = """\
-- Purpose: every change of a table that checks read is captured, in the transaction that makes it
-- Affects: functions governance.capture_<table>_changes; triggers quality_capture_… on each of the tables
-- Source: docs/data-contracts, compiled by `mentalspace contracts compile`; edit there, never here
-- Reversal: run the file of this name before this one again
-- Locks: share row exclusive on each table, for an instant
"""
# Triggers of tables that are captured no more.
_CLEARING = """\
do $$
declare
  old record;
begin
  for old in
    select tgname, tgrelid::regclass as relation
    from pg_catalog.pg_trigger
    where tgname in ({triggers}) and tgrelid <> all (array[{relations}]::regclass[])
  loop
    execute format('drop trigger %I on %s', old.tgname, old.relation);
  end loop;
end
$$;
"""
_FUNCTION = """\
create or replace function {function}() returns trigger
language plpgsql
security definer -- because who changes a row may not write what is captured
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    if (select count(*) from new_rows) > {flood} then
      insert into governance.quality_changes (relation) values ({relation});
    else
      insert into governance.quality_changes (relation, image, live)
      select {relation}, {image}, {counted} from new_rows as {alias};
    end if;
  elsif tg_op = 'UPDATE' then
    if (select count(*) from new_rows) > {flood} then
      insert into governance.quality_changes (relation) values ({relation});
    else
      insert into governance.quality_changes (relation, image, live)
      select {relation}, {image}, sum(change)
      from (
        select {columns}, -({counted}) as change
        from (select {compared} from old_rows except select {compared} from new_rows) as {alias}
        union all
        select {columns}, {counted}
        from (select {compared} from new_rows except select {compared} from old_rows) as {alias}
      ) as both_images
      group by {columns};
    end if;
  elsif tg_op = 'DELETE' then
    if (select count(*) from old_rows) > {flood} then
      insert into governance.quality_changes (relation) values ({relation});
    else
      insert into governance.quality_changes (relation, image, live)
      select {relation}, {image}, -({counted}) from old_rows as {alias};
    end if;
  else
    insert into governance.quality_changes (relation) values ({relation});
  end if;
  return null;
end
$$;
comment on function {function}() is
  'Captures which rows of {relation_name} changed, for the checks that read it.';
revoke all on function {function}() from public;
"""
_TRIGGER = """\
create or replace trigger {name} after {event} on {relation}
{tables}  for each statement execute function {function}();
alter table {relation} enable always trigger {name};
"""
_EVENTS = {
    "insert": "  referencing new table as new_rows\n",
    "update": "  referencing old table as old_rows new table as new_rows\n",
    "delete": "  referencing old table as old_rows\n",
    "truncate": "",
}


@dataclass(frozen=True)
class Capture:
    """What is captured of a table: `columns` are kept, `compared` decide whether an update is."""

    relation: str
    columns: tuple[str, ...]
    compared: tuple[str, ...]
    live: str | None
    # Types that Postgres cannot compare are compared as text.
    as_text: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        return sha256(repr((self.columns, self.compared, self.live)).encode()).hexdigest()[:16]


def compile_captures(contracts: Contracts, checks: Sequence[CheckSpec]) -> tuple[Capture, ...]:
    """The tables that some check is watched by, by name."""
    watched = {watch.relation for check in checks for watch in check.incremental.watches}
    return tuple(
        _compile(contracts[relation].table, checks) for relation in sorted(watched) if relation in contracts
    )


def _compile(table: Table, checks: Sequence[CheckSpec]) -> Capture:
    name = table.qualified_name
    kept = {
        column
        for check in checks
        for watch in check.incremental.watches
        if watch.relation == name
        for column in watch.columns
    }
    read = {
        column for check in checks if name in check.incremental.relations for column in _columns(check)
    } | set(find_named_columns(table.live or "true"))
    columns = tuple(c for c in table.column_names if c in kept or c in table.primary_key)
    compared = tuple(c for c in table.column_names if "*" in read or c in read or c in columns)
    json = tuple(c.name for c in table.columns if canonical_type(c.physical_type) == "json")
    return Capture(name, columns, compared, table.live, tuple(c for c in json if c in compared))


def _columns(check: CheckSpec) -> Iterator[str]:
    """The columns that a check names, of whichever table; `*` for all."""
    yield from find_named_columns(check.predicate or check.value or "true")
    yield from find_named_columns(check.live or "true")


def render_captures(captures: Sequence[Capture]) -> str:
    """The migration that captures the changes of these tables, and of no others."""
    triggers = ", ".join(quote(f"quality_capture_{event}") for event in _EVENTS)
    relations = ", ".join(quote(capture.relation) for capture in captures)
    clearing = _CLEARING.format(triggers=triggers, relations=relations)
    return "\n".join([HEADER, clearing, *(_render(capture) for capture in captures)])


def _render(capture: Capture) -> str:
    function = _function(capture)
    text = _FUNCTION.format(
        function=function,
        flood=FLOOD,
        relation=quote(capture.relation),
        relation_name=capture.relation,
        alias=capture.relation.partition(".")[2],
        image=f"jsonb_build_object({', '.join(f'{quote(c)}, {ident(c)}' for c in capture.columns)})",
        counted=f"coalesce(({capture.live})::integer, 0)" if capture.live else "1",
        columns=idents(capture.columns),
        compared=", ".join(
            f"{ident(c)}::text as {ident(c)}" if c in capture.as_text else ident(c) for c in capture.compared
        ),
    )
    triggers = (
        _TRIGGER.format(
            name=f"quality_capture_{event}",
            event=event,
            relation=capture.relation,
            tables=tables,
            function=function,
        )
        for event, tables in _EVENTS.items()
    )
    return "\n".join([text, *triggers])


def _function(capture: Capture) -> str:
    name = capture.relation.removeprefix("public.").replace(".", "_")
    return f"governance.capture_{name}_changes"


def render_capture_rows(captures: Sequence[Capture]) -> str:
    """The statements that make `governance.quality_captures` say what is captured."""
    names = ", ".join(quote(capture.relation) for capture in captures) or "''"
    rows = ",\n  ".join(
        f"({quote(c.relation)}, {_array(c.columns)}, {_array(c.compared)},"
        f" {quote(c.live)}, {quote(c.digest)})"
        for c in captures
    )
    deletion = f"delete from governance.quality_captures where relation not in ({names});\n"
    if not captures:
        return deletion
    return (
        f"{deletion}\n"
        "insert into governance.quality_captures as known\n"
        "  (relation, columns, compared, live, digest)\nvalues\n"
        f"  {rows}\n"
        "on conflict (relation) do update set\n"
        "  columns = excluded.columns,\n  compared = excluded.compared,\n  live = excluded.live,\n"
        "  digest = excluded.digest,\n"
        "  row_count = case when known.digest = excluded.digest then known.row_count end;\n"
    )


def _array(values: Sequence[str]) -> str:
    return f"array[{', '.join(quote(value) for value in values)}]::text[]"
