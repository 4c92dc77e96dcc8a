"""What `stack up` and `stack status` say: where everything is, whom to sign in as, what to try next."""

from __future__ import annotations

from rich.console import RenderableType
from rich.table import Table

from mentalspace.devstack.stack import Stack
from mentalspace.devstack.state import Phase, State

# Loaded by supabase/seed.sql; the embedded stack only.
SEEDED_PASSWORD = "synthetic-practice"  # noqa: S105
SEEDED_LOGINS = (
    "administrator",
    "supervisor",
    "therapist",
    "associate.trainee",
    "billing.staff",
    "front.desk",
    "client.user",
)


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
    table = Table.grid(padding=(0, 2))
    rows = {
        "API": stack.url,
        "Postgres": stack.database_url,
        "publishable key": stack.keys.publishable,
        "secret key": stack.keys.secret,
        "mail": str(stack.mail_file),
        "data and logs": str(stack.folder),
    }
    for name, value in rows.items():
        table.add_row(f"[bold]{name}[/]", value)
    return table


def _logins(stack: Stack) -> list[RenderableType]:
    if not (stack.workspace / "supabase" / "seed.sql").exists():
        return []
    names = "  ".join(f"{name}@mentalspace.example" for name in SEEDED_LOGINS)
    return [f"[bold]Sign in[/] with the password {SEEDED_PASSWORD} as", names, ""]


def _next_steps(stack: Stack) -> list[RenderableType]:
    lines = []
    if not stack.is_default:
        exports = " ".join(f"{name}={value}" for name, value in stack.client_environment().items())
        lines = ["Commands find this stack by", f"export {exports}", ""]
    other = "" if stack.is_default else f" --port {stack.ports.gateway}"
    return [
        *lines,
        "[bold]Try[/]    mentalspace daily    what the practice wants to read in the morning",
        f"[bold]Stop[/]   ./run down{other}    the data stays; ./run reset{other} removes it",
    ]
