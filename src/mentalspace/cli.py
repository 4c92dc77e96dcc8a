"""`mentalspace`: one group of commands per capability, imported when it is used.

Exit codes: 0 ok, 1 findings, 2 usage, 3 could not run.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from mentalspace.errors import MentalspaceError

# name -> (module with `app`, what the group is for). A group is imported when it is called.
GROUPS = {
    "daily": ("mentalspace.daily.commands", "Measure, and print the morning report of the practice."),
    "job": ("mentalspace.jobs.commands", "Scheduled work: list it, run it now, see what came of it."),
    "worker": ("mentalspace.worker.commands", "Run schedules and react to changes until told to stop."),
    "alerts": ("mentalspace.alerts.commands", "What is wrong now: list it, acknowledge it, resolve it."),
    "deadlines": ("mentalspace.deadlines.commands", "Promises of the matrix: what waits, what is late."),
    "events": ("mentalspace.events.commands", "The outbox: what waits, what died, try again, let go."),
    "notifications": (
        "mentalspace.delivery.commands",
        "Messages to people: test the channels, list, send again.",
    ),
    "stack": ("mentalspace.devstack.commands", "Run an embedded Supabase: up, down, status, reset, run."),
    "raci": ("mentalspace.raci.commands", "Who does what: check, compile, explain, matrix, diff, coverage."),
    "database": ("mentalspace.database.commands", "Apply migrations and see which are applied."),
    "contracts": ("mentalspace.quality.contract_commands", "Check data contracts, compile and render them."),
    "quality": ("mentalspace.quality.commands", "Check the data against the contracts; see how good it is."),
    "retention": ("mentalspace.retention.commands", "Keep rows as long as the law says, and no longer."),
    "release": ("mentalspace.releases.commands", "Deployments, their first 72 hours, and their reviews."),
    "admin": (
        "mentalspace.administration.commands",
        "The first administrator; charts opened in an emergency.",
    ),
}


class _LazyGroup(TyperGroup):
    """Lists all groups without importing them: the CLI starts in a blink."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted({*super().list_commands(ctx), *GROUPS})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in GROUPS:
            return super().get_command(ctx, cmd_name)
        module, _ = GROUPS[cmd_name]
        group: typer.Typer = import_module(module).app
        # Plain, as the root's help is: rich takes longer to load than all the rest of `--help`.
        group.rich_markup_mode = None
        command = typer.main.get_command(group)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        own = [(name, super().get_command(ctx, name)) for name in super().list_commands(ctx)]
        rows = {name: command.get_short_help_str() for name, command in own if command}
        rows |= {name: help_text for name, (_, help_text) in GROUPS.items()}
        with formatter.section("Commands"):
            formatter.write_dl(sorted(rows.items()))


app = typer.Typer(
    cls=_LazyGroup,
    name="mentalspace",
    help="Governance for a mental-health practice on Supabase.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _root() -> None:
    """Governance for a mental-health practice on Supabase."""


def main() -> None:
    """Run the CLI; an error of ours is one line on stderr and its exit code."""
    try:
        app()
    except MentalspaceError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(error.exit_code) from None
