"""3 is what every command ends with that could not run: a line that says what to do, and nothing as data."""

from __future__ import annotations

from typing import Any

import pytest
import typer
from tests.acceptance.conftest import Cli

from mentalspace.cli import app

NOWHERE = "postgresql://postgres:secret@127.0.0.1:1/postgres"
ID = "00000000-0000-4000-8000-000000000001"
# What the commands that ask for something are given.
GIVEN = {
    "admin create": ("--email", "first@mentalspace.example", "--invite"),
    "admin emergency end": (ID,),
    "admin emergency review": (ID, "--by", "officer@mentalspace.example", "--justified"),
    "alerts ack": ("a:key",),
    "alerts resolve": ("a:key",),
    "contracts check": ("--live",),
    "contracts import": ("--table", "clients"),
    "deadlines late": ("create_note",),
    "events drop": ("1",),
    "events retry": ("1",),
    "job pause": ("data_quality",),
    "job resume": ("data_quality",),
    "job run": ("climb_alerts",),
    "notifications resend": (ID,),
    "quality explain": ("clients.required_fields",),
    "quality suggest": ("--table", "clients"),
    "release metrics": ("v1.0.0",),
    "release record": ("v1.0.0",),
    "release review": ("v1.0.0", "--complete"),
    "retention apply": ("--yes",),
}


def find_connecting(command: Any, name: str = "") -> list[str]:
    """The commands with --database-url; not the worker, which tries again until somebody answers."""
    if children := getattr(command, "commands", None) or getattr(command, "list_commands", None):
        context = typer.Context(command)
        names = command.list_commands(context) if callable(children) else children
        return [
            each
            for child in names
            for each in find_connecting(command.get_command(context, child), f"{name} {child}".strip())
        ]
    options = {option for parameter in command.params for option in parameter.opts}
    return [name] if "--database-url" in options and name != "worker" else []


COMMANDS = find_connecting(typer.main.get_command(app))


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_database_that_does_not_answer_is_3(cli: Cli, command: str) -> None:
    ended = await cli(*command.split(), *GIVEN.get(command, ()), "--database-url", NOWHERE)
    assert (ended.code, ended.out) == (3, "")
    assert "./run up" in ended.err.splitlines()[-1]
    assert "secret" not in ended.err


def test_commands_are_known() -> None:
    assert len(COMMANDS) > 30
    assert GIVEN.keys() <= set(COMMANDS)
