"""Specifications to SQL: a text per module (rows) and per table (policies, guard, grants). No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mentalspace.raci.literals import comment_text, quote, quote_array, quote_lines
from mentalspace.raci.matrix import Command
from mentalspace.raci.render_guard import guard_name, render_guard
from mentalspace.raci.specs import ModuleSpec, PolicySpec, TableSpec
from mentalspace.raci.tables import Table

# Of the table of clients, whose rows are the clients that the others name.
KEY = "id"


def render_module(module: ModuleSpec) -> str:
    """Load a new version of one module's matrix and make it the one in force."""
    name = quote(module.module)
    return "\n".join(
        [
            *_header(
                f"the RACI matrix of {module.module}, as rows",
                "rows of governance.raci_versions, raci_tasks, raci_assignments, raci_enforcements, "
                "raci_promises, raci_escalations",
                (module.module,),
                f"make the version before active again in governance.raci_versions, module {module.module}",
                "row locks on the version before",
            ),
            f"update governance.raci_versions set is_active = false where module = {name} and is_active;",
            "insert into governance.raci_versions (module, version, title, document_hash)",
            f"select {name}, coalesce(max(version), 0) + 1, {quote(module.title)},",
            f"  {quote(module.digest)}",
            f"from governance.raci_versions where module = {name};",
            "",
            *_rows(
                module.module,
                "raci_tasks",
                ("task", "position", "title", "performed_by_system", "procedural", "sla", "note"),
                (
                    (
                        quote(each.task),
                        str(each.position),
                        quote(each.title),
                        *map(_text, (each.performed_by_system, each.procedural, each.sla, each.note)),
                    )
                    for each in module.tasks
                ),
            ),
            *_rows(
                module.module,
                "raci_assignments",
                ("task", "role", "duties", "scope", "note"),
                (
                    (
                        quote(each.task),
                        quote(each.role),
                        quote_array(each.duties),
                        quote(each.scope),
                        _text(each.note),
                    )
                    for each in module.assignments
                ),
                casts={"role": "public.app_role", "duties": "text[]", "scope": "governance.raci_scope"},
            ),
            *_rows(
                module.module,
                "raci_enforcements",
                ("task", "position", "table_name", "command", "description"),
                (
                    (
                        quote(each.task),
                        str(each.position),
                        quote(each.table),
                        quote(each.command),
                        quote(each.description),
                    )
                    for each in module.enforcements
                ),
            ),
            *_promises(module),
            *_escalations(module),
        ]
    )


def _promises(module: ModuleSpec) -> list[str]:
    columns = ("task", "promise", "owner", "table_name", "statement", "unmeasured", "severity", "remedy")
    return _rows(
        module.module,
        "raci_promises",
        (*columns, "remind", "rule"),
        (
            (
                quote(each.task),
                quote(each.promise),
                quote(each.owner),
                quote(each.table),
                quote(each.statement),
                quote(each.unmeasured),
                quote(each.severity),
                quote(each.remedy),
                quote(each.remind),
                quote(each.rule),
            )
            for each in module.promises
        ),
        casts={"remind": "interval"},
    )


def _escalations(module: ModuleSpec) -> list[str]:
    return _rows(
        module.module,
        "raci_escalations",
        ("position", "title", "path", "patience", "answers"),
        (
            (
                str(each.position),
                quote(each.title),
                quote_array(each.path),
                quote_array(each.patience),
                quote_array(each.answers),
            )
            for each in module.escalations
        ),
        casts={"path": "text[]", "patience": "interval[]", "answers": "text[]"},
    )


def render_dropped_module(module: str) -> str:
    """Take a module out of force; its versions stay readable."""
    header = _header(
        f"the RACI matrix of {module} is no longer in force",
        "row of governance.raci_versions",
        (),
        "update governance.raci_versions set is_active = true where …",
        "a row lock",
    )
    statement = (
        f"update governance.raci_versions set is_active = false where module = {quote(module)} and is_active;"
    )
    return "\n".join([*header, statement, ""])


def render_table(spec: TableSpec) -> str:
    """Policies, guard and grants of one table; running it again changes nothing."""
    table = spec.table.name
    return "\n".join(
        [
            *_header(
                f"enforce the RACI matrix on {table}",
                f"policies, trigger and grants of public.{table}; function governance.{guard_name(table)}",
                spec.documents,
                "run the file of this name before this one",
                f"access exclusive on public.{table}, for an instant",
            ),
            *_drop_policies(table),
            "",
            *(line for text in render_policies(spec) for line in text),
            *render_guard(spec),
            f"alter table public.{table} enable row level security;",
            f"revoke all on table public.{table} from public, anon, authenticated;",
            f"grant {', '.join(spec.grants)} on table public.{table} to authenticated;",
            "",
        ]
    )


def render_dropped_table(table: str) -> str:
    """Nobody holds a duty on the table any more, so nobody reaches it through the API."""
    return "\n".join(
        [
            *_header(
                f"the RACI matrix no longer speaks of {table}",
                f"policies, trigger and grants of public.{table}",
                (),
                "run the file of this name before this one",
                f"access exclusive on public.{table}, for an instant",
            ),
            *_drop_policies(table),
            f"drop trigger if exists _raci_guard on public.{table};",
            f"drop function if exists governance.{guard_name(table)}();",
            f"revoke all on table public.{table} from public, anon, authenticated;",
            "",
        ]
    )


def render_policies(spec: TableSpec) -> Iterator[list[str]]:
    """Every policy of a table: one permissive one per command, and what closes rows to clients."""
    for policy in spec.policies:
        yield render_policy(policy)
    if spec.table.client_sees:
        yield render_client_sees(spec.table)


def render_client_sees(table: Table) -> list[str]:
    """The restrictive policy that hides from a client what is not for them, whatever else they are."""
    name = f"{table.name}_client_sees"
    return [
        f"create policy {name} on public.{table.name}",
        "as restrictive for select to authenticated",
        "using (",
        f"  ({table.client_sees})",
        f"  or ({table.client} in (select unnest(governance.own_charts()))) is not true",
        ");",
        f"comment on policy {name} on public.{table.name} is",
        f"  {quote('Data contract, ownership: client_sees')};",
        "",
    ]


def render_policy(policy: PolicySpec) -> list[str]:
    """`create policy` with its comment: the tasks that it serves."""
    table, command = policy.table, policy.command
    reach = render_reach(table, command)
    clauses = {
        Command.select: (("using", reach),),
        Command.insert: (("with check", reach),),
        Command.update: (("using", reach), ("with check", reach)),
        Command.delete: (("using", reach),),
    }[command]
    head = [
        f"create policy {policy.name} on public.{table.name}",
        f"as permissive for {command} to authenticated",
    ]
    body = [line for word, lines in clauses for line in (f"{word} (", *(f"  {each}" for each in lines), ")")]
    body[-1] += ";"
    said = [f"  {line}" for line in quote_lines(f"RACI: {', '.join(map(str, policy.tasks))}")]
    said[-1] += ";"
    return [*head, *body, f"comment on policy {policy.name} on public.{table.name} is", *said, ""]


def render_reach(table: Table, command: Command) -> list[str]:
    """The rows that the caller reaches: the cheap test first, each function once per statement."""
    arguments = f"({quote(table.name)}, {quote(command)})"
    if table.is_shared:
        lines = [f"(select governance.reaches_any{arguments})"]
    else:
        lines = [f"(select governance.reaches_all{arguments})"]
        # Owners are staff; only where no column names a client, a client's own rows name the person.
        people = "reachable_owners" if table.client else "reachable_people"
        lines += [
            f"or {column} = any ((select governance.{people}{arguments})::uuid[])" for column in table.owner
        ]
        if table.client:
            # Hashed once: a caseload is hundreds of clients, and an array is searched from its start.
            lines.append(f"or {table.client} in (select governance.each_reachable_client{arguments})")
    conditions = [f"({table.live})"] if table.live and command is not Command.insert else []
    if table.client == KEY and command is Command.select:
        conditions += _render_bounds(arguments)
    if not conditions:
        return lines
    first, *others = conditions
    return [first, *(f"and {each}" for each in others), "and (", *(f"  {line}" for line in lines), ")"]


def _render_bounds(arguments: str) -> list[str]:
    """Between which keys a client's own charts lie, for an index whose last column is the key.

    Who reaches one chart would have every row of an ordered index fetched and refused. As rows, since the
    planner takes a column between two unknown values for 1 in 200, and would give up the order for it.
    """
    return [
        f"({KEY}, 0) >= ((select governance.first_reachable_client{arguments}), 0)",
        f"({KEY}, 0) <= ((select governance.last_reachable_client{arguments}), 0)",
    ]


def _drop_policies(table: str) -> list[str]:
    names = (*Command, "client_sees")
    return [f"drop policy if exists {table}_{name} on public.{table};" for name in names]


def _header(purpose: str, affects: str, modules: Sequence[str], reversal: str, locks: str) -> Iterator[str]:
    sources = ", ".join(f"docs/raci/{module}.yaml" for module in modules) or "docs/raci"
    for label, text in (
        ("Purpose", purpose),
        ("Affects", affects),
        ("Source", f"{sources}, compiled by `mentalspace raci compile`; edit there, never here"),
        ("Reversal", reversal),
        ("Locks", locks),
    ):
        yield f"-- {label}: {comment_text(text)}"
    yield ""


def _rows(
    module: str,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    casts: dict[str, str] | None = None,
) -> list[str]:
    values = [f"  ({', '.join(row)})" for row in rows]
    if not values:
        return []
    chosen = ", ".join(f"r.{c}::{casts[c]}" if casts and c in casts else f"r.{c}" for c in columns)
    return [
        f"insert into governance.{table} (module, version, {', '.join(columns)})",
        f"select v.module, v.version, {chosen}",
        "from governance.raci_versions v, (values",
        ",\n".join(values),
        f") r ({', '.join(columns)})",
        f"where v.module = {quote(module)} and v.is_active;",
        "",
    ]


def _text(text: str) -> str:
    return quote(" ".join(text.split()))
