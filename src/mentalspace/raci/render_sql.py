"""Specifications to SQL: policies, guard and grants of a table. No I/O."""

from __future__ import annotations

from collections.abc import Iterator

from mentalspace.raci.literals import quote, quote_lines
from mentalspace.raci.matrix import Command
from mentalspace.raci.render_guard import guard_name, render_guard
from mentalspace.raci.render_header import render_header
from mentalspace.raci.specs import PolicySpec, TableSpec
from mentalspace.raci.tables import Table

# Of the table of clients, whose rows are the clients that the others name.
KEY = "id"


def render_table(spec: TableSpec) -> str:
    """Policies, guard and grants of one table; running it again changes nothing."""
    table = spec.table.name
    return "\n".join(
        [
            *render_header(
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
            *render_header(
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
