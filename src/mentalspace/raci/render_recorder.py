"""The recorder of a table: one trigger that writes an event for every task that a change is.

Never connects. The guard decides before the row is written whether the change may be; the recorder says after
it is written what it was, whoever made it, by the same conditions. It asks what the caller may do only where
the change itself leaves open which task it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from mentalspace.raci.describe import describe_enforcement
from mentalspace.raci.literals import comment_text, one_of, quote, quote_array
from mentalspace.raci.matrix import Command
from mentalspace.raci.performance import columns_along, find_carriers, find_rivals
from mentalspace.raci.render_guard import ignored_columns, may_begin, may_change, may_perform, recognise
from mentalspace.raci.render_header import render_header
from mentalspace.raci.specs import TableSpec, TransitionSpec
from mentalspace.raci.tables import Table

RECORDER = "_raci_record"


def recorder_name(table: str) -> str:
    """The trigger function of a table."""
    return f"record_{table}"


def recorded_commands(spec: TableSpec) -> tuple[Command, ...]:
    """The commands that some task is; the others need no trigger."""
    given = {Command.insert: spec.inserts, Command.update: spec.updates, Command.delete: spec.deletes}
    return tuple(command for command, transitions in given.items() if transitions)


def render_recorder(spec: TableSpec) -> str:
    """Function and trigger, ready to run again."""
    table = spec.table.name
    function = f"governance.{recorder_name(table)}()"
    return "\n".join(
        [
            *render_header(
                f"record an event for every task that is performed on {table}",
                f"trigger of public.{table}; function {function}",
                spec.documents,
                f"drop trigger {RECORDER} on public.{table}; drop function {function};",
                f"share row exclusive on public.{table}, for an instant",
            ),
            f"create or replace function {function} returns trigger",
            "language plpgsql",
            "-- definer because nobody may write the outbox but through a trigger",
            "security definer",
            "set search_path = ''",
            "as $record$",
            *render_recorder_body(spec),
            "$record$;",
            f"comment on function {function} is",
            f"  'Records the tasks that a change of public.{table} is, as events in its transaction.';",
            f"revoke all on function {function} from public;",
            f"drop trigger if exists {RECORDER} on public.{table};",
            f"create trigger {RECORDER} after {' or '.join(recorded_commands(spec))} on public.{table}",
            f"  for each row execute function {function};",
            "",
        ]
    )


def render_dropped_recorder(table: str) -> str:
    """No task changes the table any more."""
    header = render_header(
        f"the RACI matrix has no task that changes {table}",
        f"trigger of public.{table}; function governance.{recorder_name(table)}()",
        (),
        "run the file of this name before this one",
        f"access exclusive on public.{table}, for an instant",
    )
    drop = [
        f"drop trigger if exists {RECORDER} on public.{table};",
        f"drop function if exists governance.{recorder_name(table)}();",
    ]
    return "\n".join([*header, *drop, ""])


def render_recorder_body(spec: TableSpec) -> list[str]:
    """What stands between the dollar quotes: a live function must have exactly this text."""
    branches = {
        "INSERT": _whole_row(spec.table, spec.inserts, "new"),
        "UPDATE": _update(spec),
        "DELETE": _whole_row(spec.table, spec.deletes, "old"),
    }
    has_parts = any(find_carriers(each, spec.updates) for each in spec.updates)
    lines: list[str] = []
    for command in recorded_commands(spec):
        lines += [
            f"{'els' if lines else ''}if tg_op = {quote(command.upper())} then",
            *_indent(branches[command.upper()]),
        ]
    return [
        "declare",
        "  changed text[];",
        *(["  along text[] := '{}';", "  apart text[];"] if has_parts else []),
        "  performed text[] := '{}';",
        "begin",
        *_indent([*lines, "end if;", "", *_record(spec), "return null;"]),
        "end",
    ]


def _whole_row(table: Table, transitions: Sequence[TransitionSpec], row: str) -> list[str]:
    """Insert or delete is one task: of several the first that fits the row and the caller may perform."""
    names = list(dict.fromkeys(str(each.name) for each in transitions))
    if len(names) < 2:
        return [_perform(name) for name in names]
    fitting = [(_fits(each, row), each) for each in transitions]
    permitted = [([*fits, _may_row(table, each, row)], each) for fits, each in fitting]
    # The system may do all of them; and the change itself may have taken the caller's duties away.
    cases = [*permitted, *((fits, each) for fits, each in fitting if fits)]
    lines: list[str] = []
    for conditions, each in cases:
        lines += [
            f"{'els' if lines else ''}if {' and '.join(conditions)} then",
            f"  {_perform(str(each.name))}",
        ]
    any_row = next((str(each.name) for fits, each in fitting if not fits), names[0])
    return [*lines, "else", f"  {_perform(any_row)}", "end if;"]


def _may_row(table: Table, each: TransitionSpec, row: str) -> str:
    return may_begin(table, each) if row == "new" else may_perform(table, each, row)


def _fits(each: TransitionSpec, row: str) -> list[str]:
    conditions = each.enforcement.starts or each.enforcement.was
    return [one_of(f"{row}.{column}", values) for column, values in conditions.items()]


def _update(spec: TableSpec) -> list[str]:
    """First what stands alone, then what may be part of it."""
    carried = [each for each in spec.updates if find_carriers(each, spec.updates)]
    alone = [each for each in spec.updates if each not in carried]
    ignored = ignored_columns(spec.table)
    lines = [f"changed := governance.find_changed_columns(to_jsonb(old), to_jsonb(new), {ignored});"]
    lines += [line for each in alone for line in _branch(spec, each, "changed", _carries(spec, each))]
    if carried:
        lines += ["", "-- What changes along with a task is part of it."]
        lines += ["apart := array(select unnest(changed) except select unnest(along));"]
    return lines + [line for each in carried for line in _branch(spec, each, "apart", [])]


def _carries(spec: TableSpec, carrier: TransitionSpec) -> list[str]:
    """The columns that make other tasks, unless they change along with this one."""
    carried = [each for each in spec.updates if carrier in find_carriers(each, spec.updates)]
    columns = {column for each in carried for column in each.enforcement.triggers}
    return sorted(columns & columns_along(carrier))


def _branch(spec: TableSpec, each: TransitionSpec, changed: str, carries: list[str]) -> list[str]:
    along = [f"along := along || {quote_array(carries)}::text[];"] if carries else []
    return [
        "",
        f"-- {each.name}: {comment_text(describe_enforcement(each.enforcement))}",
        f"if {recognise(each.enforcement, changed)}",
        *_indent(_chosen(spec, each)),
        "then",
        *_indent([*along, _perform(str(each.name))]),
        "end if;",
    ]


def _chosen(spec: TableSpec, each: TransitionSpec) -> list[str]:
    """Of tasks made by one column those that the caller may perform; if that is none, all."""
    rivals = find_rivals(each, spec.updates)
    if not rivals:
        return []
    lines = [f"and ({_may(spec.table, each)}"]
    for other in rivals:
        changed = "apart" if find_carriers(other, spec.updates) else "changed"
        lines.append(
            f"  or ({recognise(other.enforcement, changed)} and {_may(spec.table, other)}) is not true"
        )
    return [f"{line})" if line is lines[-1] else line for line in lines]


def _may(table: Table, each: TransitionSpec) -> str:
    others = [
        f" and new.{column} is distinct from governance.actor_id()" for column in each.enforcement.not_by
    ]
    asked = " ".join(may_change(table, each).split()).replace("( ", "(").replace(" )", ")")
    return f"{asked}{''.join(others)}"


def _perform(task: str) -> str:
    return f"performed := array_append(performed, {quote(task)});"


def _record(spec: TableSpec) -> list[str]:
    """One call with everything that is told of the row: names, keys and states."""
    table = spec.table
    key = " || ',' || ".join(f"coalesce(new.{column}, old.{column})::text" for column in table.key)
    owners = [f"{row}.{column}" for row in ("old", "new") for column in table.owner]
    clients = [f"{row}.{table.client}" for row in ("old", "new")] if table.client else []
    return [
        "perform governance.record_tasks(",
        f"  performed, tg_op, {quote(table.name)}, {key}, changed, {str(table.is_shared).lower()},",
        f"  array[{', '.join(owners)}]::uuid[], array[{', '.join(clients)}]::uuid[],",
        f"  {_states(spec, 'old')}, {_states(spec, 'new')}",
        ");",
    ]


def _states(spec: TableSpec, row: str) -> str:
    """The columns that become something: words of the matrix, never what people wrote."""
    columns = dict.fromkeys(column for each in spec.updates for column in each.enforcement.becomes)
    pairs = (f"{quote(column)}, {row}.{column}" for column in columns)
    return f"jsonb_build_object({', '.join(pairs)})"


def _indent(lines: list[str]) -> list[str]:
    return [f"  {line}" if line else "" for line in lines]
