"""`mentalspace admin`: create, and emergency."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from mentalspace import terminal
from mentalspace.administration.emergency_commands import app as emergency_app
from mentalspace.errors import InputError
from mentalspace.options import DatabaseUrl, Json, load_settings, run_async

if TYPE_CHECKING:
    from mentalspace.administration.administrator import Administrator, Candidate
    from mentalspace.settings import Settings


class Access(StrEnum):
    """How a new administrator first gets in."""

    prompted = "prompted"
    generated = "generated"
    invitation = "invitation"


app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="The first administrator, whom nobody inside can appoint; emergency accesses.",
)
app.add_typer(emergency_app, name="emergency")


@app.callback()
def _root() -> None:
    """The first administrator, whom nobody inside can appoint; emergency accesses."""


@app.command()
def create(
    email: Annotated[str, typer.Option(help="The address to sign in with.")],
    first_name: Annotated[str, typer.Option(help="For a new profile.")] = "Practice",
    last_name: Annotated[str, typer.Option(help="For a new profile.")] = "Administrator",
    generate_password: Annotated[
        bool, typer.Option("--generate-password", help="Make a password and show it once.")
    ] = False,
    invite: Annotated[
        bool, typer.Option("--invite", help="Let Auth mail a link; needs a mail server there.")
    ] = False,
    additional: Annotated[
        bool, typer.Option("--additional", help="Although the practice has an administrator.")
    ] = False,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Make somebody an administrator: login, profile and role. Asks for a password if a login is made."""
    if generate_password and invite:
        raise InputError("choose one of --generate-password and --invite")
    access = Access.generated if generate_password else Access.invitation if invite else Access.prompted
    settings = load_settings(database_url=database_url)
    candidate = _candidate(email, first_name, last_name)
    made, password = run_async(_create(settings, candidate, access, additional=additional))
    if as_json:
        terminal.emit_json(made.model_dump(mode="json") | ({"password": password} if password else {}))
    else:
        _show(made, password)


async def _create(
    settings: Settings, candidate: Candidate, access: Access, *, additional: bool
) -> tuple[Administrator, str | None]:
    """The administrator, and the generated password if a login was made with one."""
    from mentalspace.administration.administrator import generate_password
    from mentalspace.administration.creating import create_administrator
    from mentalspace.administration.logins import open_logins
    from mentalspace.database.connection import connect

    generated = generate_password() if access is Access.generated else None
    async with (
        connect(settings.database_url.get_secret_value()) as connection,
        open_logins(settings) as logins,
    ):

        async def make_login(email: str) -> UUID:
            if access is Access.invitation:
                return await logins.invite(email)
            return await logins.create(email, generated or _ask_password())

        made = await create_administrator(connection, candidate, make_login, logins, additional=additional)
    return made, generated if made.login_created else None


def _ask_password() -> str:
    from mentalspace.administration.administrator import SHORTEST_PASSWORD

    if not sys.stdin.isatty():
        raise InputError("nobody to ask for a password here; add --generate-password or --invite")
    password: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    if len(password) < SHORTEST_PASSWORD:
        raise InputError(f"choose a password of at least {SHORTEST_PASSWORD} characters")
    return password


def _candidate(email: str, first_name: str, last_name: str) -> Candidate:
    from pydantic import ValidationError

    from mentalspace.administration.administrator import Candidate

    try:
        return Candidate(email=email, first_name=first_name, last_name=last_name)
    except ValidationError as error:
        wrong = error.errors()[0]
        option = str(wrong["loc"][0]).replace("_", "-")
        message = str(wrong["msg"]).removeprefix("Value error, ")
        raise InputError(f"--{option}: {message}") from None


def _show(made: Administrator, password: str | None) -> None:
    from rich.markup import escape

    terminal.show(f"{escape(made.email)} is an administrator" + ("" if made.role_assigned else ", as before"))
    if password:
        terminal.show(f"password: {escape(password)}")
        terminal.say("the password is shown this once; change it after the first sign-in")
    elif not made.login_created:
        terminal.say("the login was there already; its password is unchanged")
