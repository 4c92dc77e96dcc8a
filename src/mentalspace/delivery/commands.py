"""`mentalspace notifications`: test, list, resend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from mentalspace import terminal
from mentalspace.errors import InputError
from mentalspace.options import DatabaseUrl, Json, load_settings, run_async

if TYPE_CHECKING:
    from mentalspace.delivery.channels import Channels
    from mentalspace.delivery.history import Listed
    from mentalspace.notifications import Channel
    from mentalspace.settings import Settings

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Messages to people: test the channels, list, send again.",
)
STATUSES = ("pending", "sending", "sent", "failed", "cancelled")


@app.command("test")
def send_test(
    channel: Annotated[str, typer.Argument(help="email, slack or sms.")],
    to: Annotated[
        str | None, typer.Option(help="Address or number, if the channel's URL has a place for one.")
    ] = None,
) -> None:
    """Send a test message through a channel at once, past the outbox. Exit 3 if it is not taken."""
    from mentalspace.delivery.channels import RECIPIENT, Channels
    from mentalspace.notifications import Channel

    if channel not in set(Channel) - {Channel.in_app}:
        raise InputError(f"{channel!r} is not a channel; write email, slack or sms")
    channels = Channels.from_settings(load_settings())
    if RECIPIENT in channels.urls.get(Channel(channel), "") and not to:
        raise InputError(f"channel {channel} needs --to")
    run_async(_test(channels, Channel(channel), to))
    terminal.show(f"the service of channel {channel} took the message")


@app.command("list")
def list_messages(
    status: Annotated[str | None, typer.Option(help=f"One of {', '.join(STATUSES)}.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many.")] = 50,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """List messages, newest first, with where their deliveries stand. Read-only."""
    from mentalspace.delivery.printing import show_messages

    if status is not None and status not in STATUSES:
        raise InputError(f"{status!r} is not a status; write one of {', '.join(STATUSES)}")
    settings = load_settings(database_url=database_url)
    messages = run_async(_list(settings, status, limit))
    if as_json:
        terminal.emit_json(messages)
    else:
        show_messages(messages, settings.time_zone)


@app.command()
def resend(
    ids: Annotated[
        list[UUID] | None, typer.Argument(help="Messages, as `mentalspace notifications list` names them.")
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Every message that failed.")] = False,
    database_url: DatabaseUrl = None,
    as_json: Json = False,
) -> None:
    """Send again what did not arrive, with all attempts anew. What arrived stays as it is."""
    if bool(ids) == failed:
        raise InputError("write ids of messages, or --failed")
    again = run_async(_resend(load_settings(database_url=database_url), ids))
    if as_json:
        terminal.emit_json(again)
    else:
        terminal.show(f"{len(again)} messages go out again within a minute")


async def _test(channels: Channels, channel: Channel, to: str | None) -> None:
    from secrets import token_hex

    from mentalspace.delivery.letter import Item, compose_letter

    key = f"test/{token_hex(8)}"
    item = Item("Test of a channel", "This channel works.")
    await channels.send(channel, to, compose_letter(channel, [item], key, digest=False), key)


async def _list(settings: Settings, status: str | None, limit: int) -> list[Listed]:
    from mentalspace.database.connection import connect
    from mentalspace.delivery.history import find_messages

    async with connect(settings.database_url.get_secret_value()) as connection:
        return await find_messages(connection, status, limit)


async def _resend(settings: Settings, ids: list[UUID] | None) -> list[UUID]:
    from mentalspace.database.connection import connect
    from mentalspace.delivery.history import resend_messages

    async with connect(settings.database_url.get_secret_value()) as connection:
        return await resend_messages(connection, ids)
