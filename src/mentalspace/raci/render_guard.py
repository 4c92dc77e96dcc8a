"""The guard of a table: one trigger that recognises the task in a change and refuses what no duty covers.

Never connects. Row-level security cannot compare the row before with the row after; the guard does.
"""

from __future__ import annotations

from mentalspace.raci.describe import describe_enforcement
from mentalspace.raci.literals import comment_text, one_of, quote, quote_array
from mentalspace.raci.matrix import Enforcement
from mentalspace.raci.specs import TableSpec, TransitionSpec
from mentalspace.raci.tables import MAINTAINED, Table

STAMPS = {"actor": "governance.actor_id()", "now": "now()"}


def guard_name(table: str) -> str:
    """The trigger function of a table."""
    return f"guard_{table}"


def render_guard(spec: TableSpec) -> list[str]:
    """Function and trigger, ready to run again."""
    table = spec.table.name
    return [
        f"create or replace function governance.{guard_name(table)}() returns trigger",
        "language plpgsql",
        "-- definer because the matrix it asks is readable by no caller",
        "security definer",
        "set search_path = ''",
        "as $guard$",
        *render_body(spec),
        "$guard$;",
        f"comment on function governance.{guard_name(table)}() is",
        f"  'Judges every change of public.{table} by anonymous and authenticated callers.';",
        f"revoke all on function governance.{guard_name(table)}() from public;",
        "-- The name sorts first: what the caller sent is judged, not what other triggers make of it.",
        f"drop trigger if exists _raci_guard on public.{table};",
        f"create trigger _raci_guard before insert or update or delete on public.{table}",
        f"  for each row execute function governance.{guard_name(table)}();",
        "",
    ]


def render_body(spec: TableSpec) -> list[str]:
    """What stands between the dollar quotes: a live function must have exactly this text."""
    ignored = ignored_columns(spec.table)
    return [
        "declare",
        "  changed text[];",
        "  covers text[];",
        "  covered text[] := '{}';",
        "  refused jsonb := '{}';",
        "begin",
        "  if governance.acts_as_system() then",
        "    return coalesce(new, old);",
        "  end if;",
        "",
        "  if tg_op = 'INSERT' then",
        *_whole_row(spec.table, spec.inserts, "new"),
        "",
        "  elsif tg_op = 'DELETE' then",
        *_whole_row(spec.table, spec.deletes, "old"),
        "  end if;",
        "",
        f"  changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), {ignored});",
        "",
        *(line for each in spec.updates for line in _branch(spec.table, each)),
        "  if not changed <@ covered then",
        f"    perform governance.refuse_change({quote(spec.table.name)}, changed, covered, refused);",
        "  end if;",
        "  return new;",
        "end",
    ]


def ignored_columns(table: Table) -> str:
    """Columns that no caller changes: a generated one is computed later, from columns that are compared."""
    return quote_array((MAINTAINED, *table.generated))


def _whole_row(table: Table, transitions: tuple[TransitionSpec, ...], row: str) -> list[str]:
    """Insert or delete: the first task that the caller may perform decides."""
    lines = []
    for each in transitions:
        lines += [
            f"    -- {each.name}: {comment_text(describe_enforcement(each.enforcement))}",
            f"    if {may_begin(table, each) if row == 'new' else may_perform(table, each, row)} then",
            *_conditions(table, each, row),
            *(f"      {stamp}" for stamp in _stamps(each)),
            f"      return {row};",
            "    end if;",
        ]
    tasks = quote_array(str(each.name) for each in transitions)
    word = {"new": "insert", "old": "delete"}[row]
    return [*lines, f"    perform governance.refuse_tasks({tasks}, {quote(table.name)}, {quote(word)});"]


def _conditions(table: Table, each: TransitionSpec, row: str) -> list[str]:
    """What is demanded of the row beside duty and scope."""
    lines = []
    for column, values in (each.enforcement.starts or each.enforcement.was).items():
        lines += [
            f"      if ({one_of(f'{row}.{column}', values)}) is not true then",
            f"        perform governance.refuse_value({_about(table, each, column)});",
            "      end if;",
        ]
    for column in each.enforcement.not_by:
        lines += [
            f"      if {row}.{column} = governance.actor_id() then",
            f"        perform governance.refuse_self({_about(table, each, column)});",
            "      end if;",
        ]
    return lines


def _about(table: Table, each: TransitionSpec, column: str) -> str:
    return f"{quote(str(each.name))}, {quote(table.name)}, {quote(column)}"


def _branch(table: Table, each: TransitionSpec) -> list[str]:
    """Recognised by what changed; covered if the caller may, else remembered with the reason."""
    return [
        f"  -- {each.name}: {comment_text(describe_enforcement(each.enforcement))}",
        f"  if {recognise(each.enforcement)}",
        "  then",
        f"    covers := {quote_array(each.enforcement.covers)};",
        *_indent(_indent(_decide(table, each))),
        "  end if;",
        "",
    ]


def _decide(table: Table, each: TransitionSpec) -> list[str]:
    by_duty = [
        f"if {may_change(table, each)} then",
        *_indent(["covered := covered || covers;", *_stamps(each)]),
        "else",
        *_indent([_remember(each, "duty")]),
        "end if;",
    ]
    if not each.enforcement.not_by:
        return by_duty
    themselves = " or ".join(f"new.{column} = governance.actor_id()" for column in each.enforcement.not_by)
    return [f"if {themselves} then", *_indent([_remember(each, "self")]), f"els{by_duty[0]}", *by_duty[1:]]


def _indent(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def _stamps(each: TransitionSpec) -> list[str]:
    return [f"new.{column} := {STAMPS[value]};" for column, value in each.enforcement.stamps.items()]


def _remember(each: TransitionSpec, reason: str) -> str:
    return f"refused := governance.add_refusal(refused, {quote(str(each.name))}, {quote(reason)}, covers);"


def recognise(enforcement: Enforcement, changed: str = "changed") -> str:
    """The condition that makes a change this task, given `old`, `new` and the names of changed columns."""
    if enforcement.becomes:
        column, values = next(iter(enforcement.becomes.items()))
        # From other values only: then it has changed.
        before = enforcement.was.get(column, values)
        parts = [f"{quote(column)} = any ({changed})"] if set(before) & set(values) else []
        parts += [one_of(f"new.{column}", values)]
    elif enforcement.changes:
        parts = [f"{changed} && {quote_array(enforcement.changes)}"]
    else:
        side = "new" if enforcement.clears else "old"
        each = [f"{quote(c)} = any ({changed}) and {side}.{c} is null" for c in enforcement.triggers]
        parts = [each[0] if len(each) == 1 else f"({' or '.join(each)})"]
    parts += [one_of(f"old.{column}", values) for column, values in enforcement.was.items()]
    return "\n    and ".join(parts)


def may_perform(table: Table, each: TransitionSpec, row: str) -> str:
    """Duty and scope on one row."""
    return f"governance.may_perform({_task(each)}{_names(table, row)})"


def may_begin(table: Table, each: TransitionSpec) -> str:
    """Duty and scope on a new row: where it names both, its owner does not open the client's chart."""
    function = "may_begin" if table.owner and table.client else "may_perform"
    return f"governance.{function}({_task(each)}{_names(table, 'new')})"


def may_change(table: Table, each: TransitionSpec) -> str:
    """Duty and scope on the row as it was and as it will be."""
    if table.is_shared:
        return may_perform(table, each, "new")
    names = f"{_names(table, 'old')},\n      {_names(table, 'new').removeprefix(', ')}"
    return f"governance.may_change(\n      {_task(each)}{names}\n    )"


def _task(each: TransitionSpec) -> str:
    return quote(str(each.name))


def _names(table: Table, row: str) -> str:
    """Whose the row is, as arguments; nothing for a table that is nobody's."""
    if table.is_shared:
        return ""
    owners = ", ".join(f"{row}.{column}" for column in table.owner)
    client = f"{row}.{table.client}" if table.client else "null"
    return f", array[{owners}]::uuid[], {client}"
