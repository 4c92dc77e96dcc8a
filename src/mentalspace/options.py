"""What commands share, so that it is spelt and explained once: options, settings, the event loop.

What takes long to load is imported when it is used: `--help` needs none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from mentalspace.settings import Settings

Answer = TypeVar("Answer")

DatabaseUrl = Annotated[
    str | None, typer.Option("--database-url", help="Postgres to connect to; else MENTALSPACE_DATABASE_URL.")
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]


def load_settings(**overrides: object) -> Settings:
    """Read the settings, with what the options say. Raises `InputError`."""
    from mentalspace import settings

    return settings.load_settings(**overrides)


def run_async(work: Coroutine[Any, Any, Answer]) -> Answer:
    """Do the work in an event loop of its own, and return what it returns."""
    import asyncio

    return asyncio.run(work)
