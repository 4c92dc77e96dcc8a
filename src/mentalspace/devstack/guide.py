"""What `stack up` and `stack status` say: where everything is, whom to sign in as, what to try next."""

from __future__ import annotations

from rich.console import RenderableType
from rich.table import Table

from mentalspace.devstack.stack import Stack
from mentalspace.devstack.state import Phase, State

# Loaded by supabase/seed.sql; the embedded stack only.
SEEDED_PASSWORD = "synthetic-practice"  # noqa: S105  (of the seed, in the README)
SEEDED_LOGINS = (
    "administrator",
    "supervisor",
    "therapist",
    "associate.trainee",
    "billing.staff",
    "front.desk",
    "client.user",
)
WORTH_TRYING = ("daily", "quality show", "raci explain cancel_appointment --as therapist")


def describe(stack: Stack) -> list[RenderableType]:
    """For who has just started a stack."""
    return [_addresses(stack), "", *_logins(stack), *_next_steps(stack)]


def describe_state(stack: Stack, state: State) -> list[RenderableType]:
    """For who asks how it fares."""
    if state.phase is Phase.ready:
        pids = ", ".join(f"{name} {pid}" for name, pid in state.processes.items())
        return [
            f"[green]running[/] since {state.started_at}, process {state.pid} ({pids})",
            _addresses(stack),
        ]
    if state.phase is Phase.failed:
        return [f"[red]failed[/]: {state.error}"]
    return [f"{state.phase}: start it with [bold]./run up[/]"]


def _addresses(stack: Stack) -> Table:
    return _pairs(
        {
            "API": stack.url,
            "Postgres": stack.database_url,
            "publishable key": stack.keys.publishable,
            "secret key": stack.keys.secret,
            "captured mail": str(stack.mail_file),
            "data and logs": str(stack.folder),
        }
    )


def _logins(stack: Stack) -> list[RenderableType]:
    if not (stack.workspace / "supabase" / "seed.sql").exists():
        return []
    names = "\n".join(f"{name}@mentalspace.example" for name in SEEDED_LOGINS)
    return [_pairs({"sign in as": names, "password": SEEDED_PASSWORD}), ""]


def _next_steps(stack: Stack) -> list[RenderableType]:
    other = "" if stack.is_default else f" --port {stack.ports.gateway}"
    steps = {
        "try": "\n".join(f".venv/bin/mentalspace {command}" for command in WORTH_TRYING),
        "stop": f"./run down{other}",
        "delete": f"./run reset{other}",
    }
    if stack.is_default:
        return [_pairs(steps)]
    exports = "\n".join(f"export {name}={value}" for name, value in stack.client_environment().items())
    return ["Commands find a stack on other ports by these:", exports, "", _pairs(steps)]


def _pairs(rows: dict[str, str]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows.items():
        table.add_row(name, value)
    return table
