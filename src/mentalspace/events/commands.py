"""`mentalspace events`: list, retry, drop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mentalspace import terminal
from mentalspace.errors import InputError
from mentalspace.options import DatabaseUrl, Json, load_settings, run_async

if TYPE_CHECKING:
    from mentalspace.events.history import Backlog, Entry, State
    from mentalspace.settings import Settings

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="The outbox: what waits, what died, try again, let go."
)

Ids = Annotated[list[int] | None, typer.Argument(help="Events, as `mentalspace events list` numbers them.")]
STATES = ("pending", "retrying", "dead", "consumed")


@app.command("list")
def list_events(
    state: Annotated[str | None, typer.Option(help=f"One of {', '.join(STATES)}; else all open.")] = None,
    table: Annotated[str | None, typer.Option(help="Of one table.")] = None,
    key: Annotated[str | None, typer.Option(help="Of one row.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 50,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """List events that wait to be consumed or died, oldest first. Read-only."""
    from mentalspace.events.history import State
    from mentalspace.events.printing import show_backlog, show_entries

    if state is not None and state not in STATES:
        raise InputError(f"{state!r} is not a state; write one of {', '.join(STATES)}")
    settings = load_settings(database_url=database_url)
    wanted = State(state) if state else None
    entries, backlog = run_async(_list(settings, wanted, table, key, limit))
    if as_json:
        terminal.emit_json(entries)
    else:
        show_entries(entries, settings.time_zone)
        show_backlog(backlog)


@app.command()
def retry(
    ids: Ids = None,
    every: Annotated[bool, typer.Option("--all", help="Every dead event.")] = False,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Give events all their attempts again, starting now."""
    _report("tried again", run_async(_change(database_url, "retry", _chosen(ids, every))), as_json)


@app.command()
def drop(
    ids: Ids = None,
    every: Annotated[bool, typer.Option("--all", help="Every dead event.")] = False,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Delete dead events for good. Living ones stay."""
    _report("dropped", run_async(_change(database_url, "drop", _chosen(ids, every))), as_json)


def _chosen(ids: list[int] | None, every: bool) -> list[int] | None:
    if bool(ids) == every:
        raise InputError("name the events by number, or write --all for every dead one")
    return ids or None


def _report(word: str, changed: list[int], as_json: bool) -> None:
    if as_json:
        terminal.emit_json(changed)
    else:
        terminal.show(f"{len(changed)} events {word}")


async def _list(
    settings: Settings, state: State | None, table: str | None, key: str | None, limit: int
) -> tuple[list[Entry], Backlog]:
    from mentalspace.database.connection import connect
    from mentalspace.events.history import find_events, measure_backlog

    async with connect(settings.database_url.get_secret_value()) as connection:
        return await find_events(connection, state, table, key, limit), await measure_backlog(connection)


async def _change(database_url: str | None, what: str, ids: list[int] | None) -> list[int]:
    from mentalspace.database.connection import connect
    from mentalspace.events.history import drop_events, retry_events

    settings = load_settings(database_url=database_url)
    async with connect(settings.database_url.get_secret_value()) as connection:
        return await {"retry": retry_events, "drop": drop_events}[what](connection, ids)
