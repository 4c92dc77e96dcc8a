"""`mentalspace stack`: up, down, status, reset, run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mentalspace import terminal
from mentalspace.errors import InputError
from mentalspace.options import Json, load_settings, run_async

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mentalspace.devstack.stack import Stack
    from mentalspace.devstack.state import State

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="An embedded Supabase for development: no Docker, no root needed.",
)

Port = Annotated[
    int, typer.Option("--port", help="The API's port; the next three are used too. Each port is a stack.")
]
DEFAULT_PORT = 54321


@app.command()
def up(
    port: Port = DEFAULT_PORT,
    foreground: Annotated[bool, typer.Option(help="Stay attached, and stop on Ctrl-C.")] = False,
    as_json: Json = False,
) -> None:
    """Start the stack, or find it running. Applies missing migrations, and the seed on the first start."""
    from mentalspace.devstack import background
    from mentalspace.devstack.foreground import serve

    stack = _stack(port)
    if foreground:
        run_async(serve(stack, _say_step, lambda: terminal.show(*_describe(stack))))
        return
    state, is_new = run_async(background.start(stack, _say_step))
    if as_json:
        terminal.emit_json(_report(stack, state))
        return
    terminal.say(f"ready in {state.seconds} s" if is_new else "it was running already")
    terminal.show(*_describe(stack))


@app.command()
def down(port: Port = DEFAULT_PORT) -> None:
    """Stop the stack; its data stays."""
    from mentalspace.devstack import background

    stopped = run_async(background.stop(_stack(port)))
    terminal.say("stopped" if stopped else f"no stack is running on port {port}")


@app.command()
def status(port: Port = DEFAULT_PORT, as_json: Json = False) -> None:
    """Say whether the stack runs, and where. Exit 3 when it does not."""
    from mentalspace.devstack.state import Phase, StateFile

    stack = _stack(port)
    state = StateFile(stack.folder).read()
    if as_json:
        terminal.emit_json(_report(stack, state))
    else:
        terminal.show(*_describe_state(stack, state))
    if state.phase is not Phase.ready:
        raise typer.Exit(3)


@app.command()
def reset(
    port: Port = DEFAULT_PORT,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Stop the stack and delete its data. The next start makes everything anew."""
    from mentalspace.devstack import background

    stack = _stack(port)
    if not yes:
        typer.confirm(f"Delete {stack.folder} with all data of this stack?", abort=True, err=True)
    removed = run_async(background.reset(stack))
    terminal.say(f"removed {stack.folder}" if removed else "there was nothing to remove")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(
    command: Annotated[list[str], typer.Argument(help="The command and its arguments, after --.")],
) -> None:
    """Run a command on a fresh, seeded stack, removed afterwards. Exits as the command does."""
    from mentalspace.devstack.foreground import run_inside

    raise typer.Exit(run_async(run_inside(_workspace(), command, _say_step)))


def _workspace() -> Path:
    workspace = load_settings().workspace.resolve()
    if not (workspace / "supabase").is_dir():
        raise InputError(
            f"{workspace} has no folder supabase; go to the workspace, or set MENTALSPACE_WORKSPACE"
        )
    return workspace


def _stack(port: int) -> Stack:
    from mentalspace.devstack.ports import Ports
    from mentalspace.devstack.stack import Stack

    return Stack(_workspace(), Ports(port))


def _say_step(step: str) -> None:
    terminal.say(f"· {step}")


def _report(stack: Stack, state: State) -> dict[str, Any]:
    return {
        "phase": state.phase,
        "error": state.error,
        "url": stack.url,
        "database_url": stack.database_url,
        "publishable_key": stack.keys.publishable,
        "secret_key": stack.keys.secret,
        "folder": str(stack.folder),
        "pid": state.pid,
        "processes": dict(state.processes),
        "started_at": state.started_at,
        "seconds": state.seconds,
    }


def _describe(stack: Stack) -> list[RenderableType]:
    """Where everything is, as whom to sign in, what to try."""
    from mentalspace.devstack import guide

    return guide.describe(stack)


def _describe_state(stack: Stack, state: State) -> list[RenderableType]:
    from mentalspace.devstack import guide

    return guide.describe_state(stack, state)
