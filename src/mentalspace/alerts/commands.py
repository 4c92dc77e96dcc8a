"""`mentalspace alerts`: list, ack, resolve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mentalspace import terminal
from mentalspace.errors import InputError
from mentalspace.options import DatabaseUrl, Json, load_settings, run_async

if TYPE_CHECKING:
    from mentalspace.alerts.alert import OpenAlert
    from mentalspace.settings import Settings

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="What is wrong now: list it, acknowledge it, resolve it."
)

Name = Annotated[str, typer.Argument(help="The alert's key or id, as `mentalspace alerts list` shows it.")]


@app.command("list")
def list_alerts(
    every: Annotated[bool, typer.Option("--all", help="Resolved ones too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """List alerts, worst first, with who is told of them. Read-only; exit 1 while any is open."""
    from mentalspace.alerts.printing import show_alerts

    settings = load_settings(database_url=database_url)
    alerts = run_async(_list(settings, every, limit))
    if as_json:
        terminal.emit_json(alerts)
    else:
        show_alerts(alerts, settings.time_zone)
    raise typer.Exit(int(any(alert.status == "open" for alert in alerts)))


@app.command()
def ack(
    name: Name,
    by: Annotated[str | None, typer.Option(help="Whose acknowledgement it is: an email address.")] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Acknowledge an alert: it stays open, and stops climbing."""
    run_async(_acknowledge(load_settings(database_url=database_url), name, by))
    terminal.show("acknowledged")


@app.command()
def resolve(name: Name, database_url: DatabaseUrl = None) -> None:
    """Resolve an alert by hand. What is still wrong is raised again by whoever finds it."""
    run_async(_resolve(load_settings(database_url=database_url), name))
    terminal.show("resolved")


async def _list(settings: Settings, every: bool, limit: int) -> list[OpenAlert]:
    from mentalspace.alerts.ladder import find_alerts
    from mentalspace.database.connection import connect

    async with connect(settings.database_url.get_secret_value()) as connection:
        return await find_alerts(connection, every=every, limit=limit)


async def _acknowledge(settings: Settings, name: str, by: str | None) -> None:
    from mentalspace.alerts.ladder import acknowledge_alert, queries
    from mentalspace.database.connection import connect

    async with connect(settings.database_url.get_secret_value()) as connection:
        if by and not await (await connection.execute(queries["find_person"], {"email": by})).fetchone():
            raise InputError("no active person has this email address; see the profiles")
        if not await acknowledge_alert(connection, name, by):
            raise InputError(f"no alert {name} is open and unacknowledged; see `mentalspace alerts list`")


async def _resolve(settings: Settings, name: str) -> None:
    from mentalspace.alerts.ladder import resolve_alert
    from mentalspace.database.connection import connect

    async with connect(settings.database_url.get_secret_value()) as connection, connection.transaction():
        if not await resolve_alert(connection, name):
            raise InputError(f"no alert {name} is open; see `mentalspace alerts list`")
