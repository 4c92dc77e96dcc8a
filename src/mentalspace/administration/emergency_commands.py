"""`mentalspace admin emergency`: list, review, end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar
from uuid import UUID

import typer

from mentalspace import terminal
from mentalspace.options import DatabaseUrl, Json, load_settings, run_async

if TYPE_CHECKING:
    from mentalspace.administration.emergency import EmergencyAccess
    from mentalspace.database.connection import Connection
    from mentalspace.settings import Settings

Answer = TypeVar("Answer")
Access = Annotated[UUID, typer.Argument(help="The id, as `mentalspace admin emergency list` shows it.")]

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Charts that were opened in an emergency, and their reviews.",
)


@app.command("list")
def list_accesses(
    every: Annotated[bool, typer.Option("--all", help="Reviewed ones too.")] = False,
    reasons: Annotated[
        bool, typer.Option("--reasons", help="With the reasons, which may be PHI: to review, not to keep.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 100,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """List emergency accesses that are open or not reviewed. Read-only; exit 1 while a review is overdue."""
    from mentalspace.administration.emergency import find_accesses

    settings = load_settings(database_url=database_url)
    accesses = _ask(
        settings,
        lambda connection: find_accesses(connection, every=every, reasons=reasons, limit=limit),
    )
    if as_json:
        terminal.emit_json([{**each.model_dump(mode="json"), "state": each.state} for each in accesses])
    else:
        _show(accesses, settings)
    raise typer.Exit(int(any(access.is_overdue for access in accesses)))


@app.command()
def review(
    access: Access,
    by: Annotated[str, typer.Option(help="Whose review it is: an email address.")],
    justified: Annotated[bool, typer.Option("--justified/--not-justified", help="What the review came to.")],
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Record the review of an emergency access that is over. What was not justified becomes an incident."""
    from mentalspace.administration.emergency import Outcome, review_access

    outcome = Outcome.justified if justified else Outcome.not_justified
    settings = load_settings(database_url=database_url)
    _ask(settings, lambda connection: review_access(connection, access, by, outcome))
    _answer(access, outcome, as_json=as_json)


@app.command()
def end(access: Access, database_url: DatabaseUrl = None, as_json: Json = False) -> None:
    """End an emergency access now. It is gone at the person's next statement."""
    from mentalspace.administration.emergency import end_access

    _ask(load_settings(database_url=database_url), lambda connection: end_access(connection, access))
    _answer(access, "ended", as_json=as_json)


def _ask(settings: Settings, question: Callable[[Connection], Awaitable[Answer]]) -> Answer:
    from mentalspace.database.connection import connect

    async def ask() -> Answer:
        async with connect(settings.database_url.get_secret_value()) as connection:
            return await question(connection)

    return run_async(ask())


def _answer(access: UUID, said: str, *, as_json: bool) -> None:
    if as_json:
        terminal.emit_json({"id": str(access), "state": said})
    else:
        terminal.show(said.replace("_", " "))


def _show(accesses: list[EmergencyAccess], settings: Settings) -> None:
    from rich.markup import escape
    from rich.table import Table

    if not accesses:
        terminal.show("[green]✓[/] no emergency access to review")
        return
    table = Table(title=f"{len(accesses)} emergency accesses", title_justify="left")
    for column in ("Access", "Person and client", "From, until", "State"):
        table.add_column(column, overflow="fold")
    for access in accesses:
        until = access.ended_at or access.expires_at
        times = [
            f"{moment.astimezone(settings.time_zone):%a %Y-%m-%d %H:%M}"
            for moment in (access.began_at, until)
        ]
        reason = f"\n[dim]{escape(access.reason)}[/]" if access.reason else ""
        table.add_row(
            str(access.id), f"{access.user_id}\n{access.client_id}{reason}", "\n".join(times), access.state
        )
    terminal.show(table)
